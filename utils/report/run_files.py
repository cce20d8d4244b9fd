"""Reads what a run wrote beside its CSV: seconds, picks, and how well each class was told.

A file that is missing, cut off or altered costs its own run alone and is named in a sentence; nothing is guessed.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from utils import reading
from utils.inert import original
from utils.journal import Record
from utils.journal_beside import JournalBeside
from utils.report.wording import listed
from utils.results import classes_csv, selections_csv, timing_csv
from utils.run_directory import JOURNAL
from utils.saved_run import SavedRun

Table = pd.DataFrame
_MOST_NAMED = 3
_MOST_ROUNDS = 2**31


def read_tables(
    groups: Sequence[Sequence[SavedRun]], file: str, columns: Sequence[str], texts: Sequence[str] = ()
) -> tuple[list[list[Table | None]], list[str]]:
    """Reads `file` of every run.

    Args:
        groups: runs by curve.
        file: name of a CSV in the folder of a run.
        columns: those that are needed; the others are not read.
        texts: those of them that are text; the others are numbers.

    Returns:
        A table for each run, None where there is none, and one sentence for each way in which files were missing.
    """
    tables: list[list[Table | None]] = []
    problems: dict[str, list[str]] = {}
    for group in groups:
        row: list[Table | None] = []
        for run in group:
            try:
                row.append(_read(run.folder / file, columns, texts))
            except (OSError, ValueError, csv.Error) as error:
                row.append(None)
                reason = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
                problems.setdefault(reason, []).append(f"{run.name}, seed {run.seed}")
        tables.append(row)
    return tables, [f"{file} {reason}: {_named(names)}" for reason, names in sorted(problems.items())]


def number_in(row: Mapping[str, str], column: str) -> float:
    """The number in a cell of a row of al_stats; NaN where it is empty, no finite number, or not there."""
    try:
        value = float(row.get(column) or "nan")
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _named(names: list[str]) -> str:
    return listed(sorted(names), _MOST_NAMED).replace(", seed", " seed") if len(names) > 1 else names[0]


def _read(path: Path, columns: Sequence[str], texts: Sequence[str]) -> Table:
    content = reading.read_bytes(path)
    if not content.endswith(b"\n"):
        raise ValueError("it is cut off in the middle of a row; run that seed again to restore it")
    types = {column: str if column in texts else "float64" for column in columns}
    try:
        table = pd.read_csv(io.BytesIO(content), usecols=list(columns), dtype=types, keep_default_na=False, na_values=[""])
    except (ValueError, pd.errors.ParserError) as error:
        first = str(error).splitlines()[0]
        raise ValueError(f"it is no table with the columns {', '.join(columns)}: {first}") from None
    _check(table, [column for column in columns if column not in texts])
    if path.name in _MADE_BY and (path.parent / JOURNAL).exists():
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
        JournalBeside(path.parent).checked(rows, partial(_MADE_BY[path.name], rows))
    for column in texts:
        table[column] = table[column].map(original, na_action="ignore")
    return table


def _classes_csv(rows: Sequence[Mapping[str, str]], rounds: list[Record]) -> str:
    return classes_csv(rounds, list(dict.fromkeys(original(row["class"]) for row in rows)))


_MADE_BY: Mapping[str, Callable[[Sequence[Mapping[str, str]], list[Record]], str]] = {
    "classes.csv": _classes_csv,
    "selections.csv": lambda _, rounds: selections_csv(rounds),
    "timing.csv": lambda _, rounds: timing_csv(rounds),
}
"""File → the text that its rows, of which the names of classes are taken, and the rounds of its journal give."""


def _check(table: Table, columns: Sequence[str]) -> None:
    """Raises ValueError where numbers in `columns` are none that a run writes; other columns than the round may be empty."""
    for column in columns:
        values = table[column].to_numpy()
        if np.isinf(values).any():
            line = int(np.isinf(values).argmax()) + 2
            raise ValueError(f"{column} is {values[line - 2]:g} in line {line}, expected a finite number")
    if "round" not in columns:
        return
    rounds = table["round"].to_numpy()
    if np.isnan(rounds).any():
        raise ValueError("it has a row without a round")
    wrong = (rounds < 0) | (rounds >= _MOST_ROUNDS) | (rounds != np.floor(rounds))
    if wrong.any():
        line = int(wrong.argmax()) + 2
        raise ValueError(f"round is {rounds[line - 2]:g} in line {line}, expected a whole number from 0 on")
