"""The table labels.csv read back: it may have been opened in a spreadsheet, cut off or edited since it was written."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from utils import reading
from utils.annotation.annotation import Annotation
from utils.annotation.labels_csv import COLUMNS
from utils.inert import original

_LONGEST = 1e9
"""Seconds, some thirty years: with more, sums and axes lose their sense."""
_MOST_SHOWN = 40
"""Characters of a wrong cell."""


@dataclass(frozen=True)
class Answers:
    """What everybody said in a run.

    Attributes:
        all: annotations, those of one sample next to each other and in order of time.
        rounds: sample → the round that took its answer in; those that no round has taken in yet are not there.
    """

    all: Sequence[Annotation]
    rounds: Mapping[int, int]

    @property
    def by_sample(self) -> list[list[Annotation]]:
        """The annotations of each sample."""
        found: dict[int, list[Annotation]] = {}
        for said in self.all:
            found.setdefault(said.id, []).append(said)
        return list(found.values())

    def by_round(self) -> dict[int, list[Annotation]]:
        """Round → the annotations that it took in, rounds ascending."""
        found: dict[int, list[Annotation]] = {}
        for said in self.all:
            if said.id in self.rounds:
                found.setdefault(self.rounds[said.id], []).append(said)
        return dict(sorted(found.items()))

    @classmethod
    def read(cls, path: Path) -> Answers:
        """Reads a labels.csv.

        Raises:
            OSError: it cannot be read.
            ValueError: it is no such table; the message says where and why.
        """
        text = reading.read_text(path)
        if text and not text.endswith("\n"):
            raise ValueError("it is cut off in the middle of a row; run that seed again to restore it")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        try:
            return cls._of(reader.fieldnames or (), ((reader.line_num, row) for row in reader))
        except csv.Error as error:
            raise ValueError(f"line {reader.line_num + 1}: {error}") from None

    @classmethod
    def _of(cls, columns: Sequence[str], rows: Iterable[tuple[int, dict[str, str]]]) -> Answers:
        if missing := [column for column in COLUMNS if column not in columns]:
            raise ValueError(f"line 1 names no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
        found: list[Annotation] = []
        rounds: dict[int, int] = {}
        for line, row in rows:
            if None in row or None in row.values():
                raise ValueError(f"line {line} has not the {len(columns)} fields of the first line")
            sample, seconds = _whole(row, "id", line), _seconds(row["seconds"], line)
            label, by = original(row["label"]) or None, original(row["annotator"])
            found.append(Annotation(sample, label, by, row["when"], seconds, f"line {line}"))
            if row["round"]:
                rounds[sample] = _whole(row, "round", line)
        return cls(found, rounds)


def _whole(row: Mapping[str, str], column: str, line: int) -> int:
    if not (row[column].isascii() and row[column].isdigit() and len(row[column]) < 16):
        raise ValueError(f"line {line}: {column} is {row[column][:_MOST_SHOWN]!r}, expected a whole number from 0 on")
    return int(row[column])


def _seconds(text: str, line: int) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        value = math.nan
    if value is not None and not 0 <= value <= _LONGEST:
        raise ValueError(f"line {line}: seconds is {text[:_MOST_SHOWN]!r}, expected a number from 0 on, or an empty cell")
    return value
