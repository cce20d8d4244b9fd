"""The runs of one folder as their files tell them: the CSV of each seed, and the sizes of its parts.

Only the files are believed, so a comparison can be made of runs that are finished, under way or copied from elsewhere. A file
that cannot be read, or is not that of the journal beside it, by its name and cell for cell, costs that seed alone: it is left
out and named, and nothing is guessed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils import reading
from utils.errors import ParameterError
from utils.journal_beside import JournalBeside
from utils.measure import Measure, measure_of
from utils.printable import printable
from utils.results import stats_csv
from utils.run_directory import JOURNAL
from utils.saved_params import read_params, sizes_of_parts, without_dataset

CROSS_VALIDATE, FULL_DATA, TRAIN = "cross_validate", "full_data", "train"
"""Folders below stats/ that no strategy wrote: models without active learning; full_data is a comparison's reference."""

_NOT_COMPARED = (CROSS_VALIDATE, TRAIN)
_REQUIRED = ("round", "num_total_labeled")
_MOST_LABELS = 1e15


@dataclass(frozen=True)
class SavedRun:
    """One seed of a strategy.

    Attributes:
        strategy: name of its folder below stats/.
        variant: name of the variant without the part that tells the data set, "" when there is none.
        seed: of the run.
        rows: of the CSV, their cells as text.
        measure: what the run is compared by.
        labels: (n,) ascending numbers of labelled samples of the rows that have a value of it.
        results: (n,) of the measure in these rows.
        parts: sizes of pool, validation and test part; None when unknown.
        chosen_on_test: whether checkpoints were chosen on the test part, as the founding systems did.
        params: of its params.json; empty when unknown.
        dataset: name of the data set, "" when unknown.
        folder: `run_<seed>`, which need not exist.
    """

    strategy: str
    variant: str
    seed: int
    rows: list[dict[str, str]]
    measure: Measure
    labels: NDArray[np.float64]
    results: NDArray[np.float64]
    parts: tuple[int, ...] | None
    chosen_on_test: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = ""
    folder: Path = Path()

    @property
    def name(self) -> str:
        """Strategy and variant as they are shown."""
        return f"{self.strategy}/{self.variant}" if self.variant else self.strategy

    @property
    def pool(self) -> int | None:
        """Samples labelled or unlabelled at the start; None when unknown."""
        return self.parts[0] if self.parts else None


def read_runs(folder: Path, measure: Measure | None = None) -> tuple[list[SavedRun], list[str]]:
    """Reads the runs below `folder`, `outputs/<sub_dir>`, that can be compared, by `measure` or each by its own default.

    Returns:
        The runs in the order of data sets, strategies, variants and seeds, and one sentence for each CSV that was left out;
        nothing of plain training and of cross-validation.

    Raises:
        ParameterError: `folder` does not exist or holds no CSV of a run.
    """
    if not folder.is_dir():
        raise ParameterError(f"there is no folder {folder}: expected outputs/<sub_dir> of a finished run", "compare")
    stats = folder / "stats"
    paths = sorted([*stats.glob("*/al_stats_*.csv"), *stats.glob("*/*/al_stats_*.csv")])
    if not paths:
        wanted = "stats/<strategy>/al_stats_<seed>.csv"
        raise ParameterError(f"{folder} holds no {wanted}: run an experiment with this sub_dir first", "compare")
    runs, warnings, originals = [], [], dict[str, Path]()
    for path in paths:
        if path.relative_to(stats).parts[0] in _NOT_COMPARED:
            continue
        try:
            run = read_run(path, stats, measure)
            _refuse_a_copy(run.folder / JOURNAL, originals)
            runs.append(run)
        except (OSError, ValueError, csv.Error) as error:
            warnings.append(printable(f"{path}: {error}; left out, run that seed again to restore it"))
    return sorted(runs, key=lambda run: (run.dataset, run.strategy, run.variant, run.seed)), warnings


def _refuse_a_copy(journal: Path, originals: dict[str, Path]) -> None:
    """Raises ValueError where `journal` is byte for byte one of the `originals`, by their hashes; otherwise adds it to them."""
    if journal.exists() and (original := originals.setdefault(reading.sha256_of(journal), journal)) != journal:
        raise ValueError(f"{journal.parent.name}/{journal.name} beside it is a copy of {original}")


def read_run(path: Path, stats: Path, measure: Measure | None = None) -> SavedRun:
    """Reads one CSV somewhere below `stats`, `outputs/<sub_dir>/stats`; without a column of `measure` it has no results.

    Raises:
        OSError: it cannot be read.
        csv.Error: it is no CSV.
        ValueError: it is no table of rounds; the message says what and where.
    """
    seed = re.fullmatch(r"al_stats_(0|-?[1-9][0-9]*)\.csv", path.name)
    if seed is None:
        raise ValueError("expected a name al_stats_<seed>.csv with an integer seed, without zeros in front")
    columns, rows = _read_rows(path)
    folder, told = path.parent / f"run_{seed[1]}", dict[str, Any]()
    if (folder / JOURNAL).exists():
        journal = JournalBeside(folder)
        journal.check_place(path, FULL_DATA)
        columns, rows = _with_the_last_round(columns, rows, journal)
        told = journal.params
    default, missing = measure_of(columns), [column for column in _REQUIRED if column not in columns]
    if default is None or missing:
        wanted = [*missing, *(["eval_acc (in regression eval_mae)"] if default is None else [])]
        raise ValueError(f"no column {', '.join(wanted)} in the first line")
    measure = measure or default
    points: dict[float, float] = {}
    for line, row in enumerate(rows if measure.column in columns else [], start=2):
        _add_point(points, row, line, measure)
    strategy, *variant = map(printable, path.relative_to(stats).parent.parts)
    params = read_params(folder / "params.json", told)
    return SavedRun(
        strategy,
        without_dataset("/".join(variant), params),
        int(seed[1]),
        rows,
        measure,
        np.array(list(points)),
        np.array(list(points.values())),
        sizes_of_parts(params),
        params.get("checkpoint_on", "validation") != "validation",
        params,
        params.get("dataset", ""),
        folder,
    )


def _read_rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The names of the columns and the rows of a CSV that is whole."""
    text = reading.read_text(path)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    columns, rows = list(reader.fieldnames or []), list(reader)
    for line, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise ValueError(f"line {line} has not the {len(columns)} fields of the first line")
    if text and not text.endswith("\n"):
        raise ValueError(f"line {len(rows) + 1} does not end: the file was cut in the middle of a row")
    return columns, rows


def _with_the_last_round(
    columns: list[str], rows: list[dict[str, str]], journal: JournalBeside
) -> tuple[list[str], list[dict[str, str]]]:
    """Both as the journal tells them, which is a round ahead of the CSV where the run was killed, or is, in its commit.

    Raises:
        ValueError: the CSV lacks more than that, or says something else.
    """
    told = journal.checked(rows, stats_csv)
    lacking = len(told) - len(rows)
    if lacking > 1 or (lacking and journal.ended):
        rounds = "1 round" if lacking == 1 else f"{lacking} rounds"
        raise ValueError(f"ends after line {len(rows) + 1}, {rounds} short of {journal.name}, which it was made from")
    return (list(told[0]), told) if lacking else (columns, rows)


def _add_point(points: dict[float, float], row: dict[str, str], line: int, measure: Measure) -> None:
    """Adds labels → value of `row`; a later round with as many labels replaces the earlier one."""
    try:
        labels, value = (float(row[column] or "nan") for column in ("num_total_labeled", measure.column))
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from None
    if np.isnan(labels) or np.isnan(value):
        return
    if labels == 0 and not points:  # nobody could answer yet, and no curve begins there
        return
    if not 1 <= labels <= _MOST_LABELS:
        raise ValueError(f"line {line}: num_total_labeled is {labels:g}, expected a number between 1 and {_MOST_LABELS:g}")
    fewest = max(points, default=0.0)
    if labels < fewest:
        raise ValueError(f"line {line}: num_total_labeled is {labels:g}, expected at least the {fewest:g} of the line before")
    if not measure.allows(value):
        raise ValueError(f"line {line}: {measure.column} is {value:g}, expected {measure.expected}")
    points[labels] = measure.within(value)
