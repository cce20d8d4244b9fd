"""How far each run of a grid is, read off its folder without touching it: done, failed, under way, stopped or missing."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from utils import files, reading
from utils.annotation.sheet import FILE as TO_LABEL
from utils.errors import DiskError, FolderInUseError, ParameterError
from utils.failure import Failure
from utils.journal import Record
from utils.measure import measure_of
from utils.printable import printable
from utils.results import stats_path
from utils.run_directory import JOURNAL, LOCK, changed_params

State = Literal["done", "running", "stopped", "failed", "missing", "other"]
_STATES: tuple[State, ...] = ("done", "running", "stopped", "failed", "missing", "other")
_IN_WORDS = {"other": "of other values"}
_TAIL, _LONGEST_LINE = 1 << 16, 1 << 28
"""Bytes."""


@dataclass(frozen=True)
class RunStatus:
    """Of one run.

    Attributes:
        title: what the terminal calls it.
        state: done; running in some process; stopped, to be continued; failed; missing; other: its folder holds a run with
            other values.
        detail: its last round, or why it is not done.
    """

    title: str
    state: State
    detail: str

    @classmethod
    def of(cls, params: Any, outputs: Path, defaults: Record) -> RunStatus:
        """The status of the single run with the resolved parameters `params`, whose folder lies below `outputs`.

        Args:
            params: of the run, an instance of HParams.
            outputs: where run folders lie.
            defaults: what parameters stand for that were not there yet when a run began.
        """
        try:
            return cls._read(params, outputs, defaults)
        except (DiskError, ParameterError) as error:
            return cls(params.title(), "failed", str(error).replace("\n", " "))
        except (OSError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, csv.Error, RecursionError):
            return cls(params.title(), "failed", f"damaged: {params.run_folder(outputs)}")

    @classmethod
    def _read(cls, params: Any, outputs: Path, defaults: Record) -> RunStatus:
        folder, title = params.run_folder(outputs), params.title()
        failure, header = Failure.read(folder), _record_in(_first_line(folder / JOURNAL))
        row = _last_row(stats_path(folder))
        if _is_locked(folder):
            return cls(title, "running", _progress(row, params.max_round))
        last = _record_in(_last_line(folder / JOURNAL)) or {}
        if failure and last.get("type") != "end":
            return cls(title, "failed", failure.error.split("\n")[0])
        if header and last.get("type") != "end" and (folder / TO_LABEL).exists():
            return cls(title, "stopped", f"waits for labels: {folder / TO_LABEL}")
        if header is None or not row:
            return cls(title, "missing", "")
        if changes := changed_params(header, params.result_params(), defaults):
            return cls(title, "other", "; ".join(changes))
        cut = str(last.get("reason", "")).startswith("max_round") and int(row["round"]) < params.max_round
        done = last.get("type") == "end" and not cut
        return cls(title, "done" if done else "stopped", _progress(row, params.max_round))


def status_text(found: Sequence[RunStatus]) -> str:
    """One line a run, then how many of each kind there are."""
    width = max((len(one.title) for one in found), default=0)
    lines = [f"{one.state:<8} {one.title:<{width}}  {printable(one.detail)}".rstrip() for one in found]
    counts = Counter(one.state for one in found)
    counted = ", ".join(f"{counts[state]:,} {_IN_WORDS.get(state, state)}" for state in _STATES if counts[state])
    lines.append(f"{len(found):,} run{'s' * (len(found) != 1)}: {counted}")
    if counts["stopped"] or counts["failed"] or counts["missing"]:
        lines.append("the same command without --status runs what is not done")
    return "\n".join(lines)


def _progress(row: dict[str, str], max_round: int) -> str:
    measure = measure_of(row)
    if not row or measure is None:
        return "before its first round"
    value = row[measure.column]
    result = f", {measure.label} {measure.shown(float(value))}" if value else ""
    return f"round {row['round']}/{max_round}, {int(row['num_total_labeled']):,} labels{result}"


def _is_locked(folder: Path) -> bool:
    try:
        files.check_unlocked(folder / LOCK)
    except FolderInUseError:
        return True
    return False


def _last_row(path: Path) -> dict[str, str]:
    """The last row of a CSV by its columns; empty where there is none."""
    columns, last = _first_line(path), _last_line(path)
    rows = list(csv.reader([columns.decode(errors="replace"), last.decode(errors="replace")]))
    return dict(zip(*rows, strict=False)) if columns != last and len(rows) == 2 else {}


def _first_line(path: Path) -> bytes:
    with _opened(path) as file:
        return file.readline(_LONGEST_LINE).rstrip(b"\n")


def _last_line(path: Path) -> bytes:
    """The last whole line."""
    with _opened(path) as file:
        size, back = file.seek(0, os.SEEK_END), _TAIL
        while True:
            file.seek(max(0, size - back))
            lines = file.read().split(b"\n")[:-1]
            if len(lines) > 1 or back >= min(size, _LONGEST_LINE):
                return lines[-1] if lines else b""
            back *= 4


def _opened(path: Path) -> BinaryIO:
    """The file, or an empty one where it cannot be opened; raises OSError where it is larger than any run writes."""
    try:
        return reading.open_file(path, reading.LARGEST_JOURNAL)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise
        return io.BytesIO()


def _record_in(line: bytes) -> Record | None:
    try:
        record = json.loads(line.partition(b" ")[2])
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
