"""How every CSV of the project is written, and how cells of any length are read."""

from __future__ import annotations

import contextlib
import csv
import math
from collections.abc import Iterable, Iterator
from typing import Any

from utils.annotation.number import written_number
from utils.inert import inert

_LONGEST_CELL = 2**31 - 1
"""The largest limit that Python's csv module takes everywhere."""


def csv_text(columns: tuple[str, ...], rows: Iterable[list[Any]]) -> str:
    """A table in UTF-8 with LF at the end of each row; numbers with all their digits, None as an empty cell.

    Args:
        columns: first row.
        rows: the cells of each further row.
    """
    lines: list[str] = []
    writer = csv.writer(_Lines(lines), lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([float.__repr__(cell) if isinstance(cell, float) else cell for cell in row] for row in rows)
    return "".join(lines)


def inert_csv_text(columns: tuple[str, ...], rows: Iterable[list[Any]]) -> str:
    """As `csv_text`, with texts from files and people in it: those that a spreadsheet would compute are made inert.

    What writes a number is one, and stays as it is. `utils/inert.py` tells what the others were.
    """
    return csv_text(columns, ([inert_cell(cell) for cell in row] for row in rows))


def inert_cell(cell: Any) -> Any:
    """`cell`, made inert where it is a text that writes no number."""
    return inert(cell) if isinstance(cell, str) and math.isnan(written_number(cell)) else cell


@contextlib.contextmanager
def cells_of_any_length() -> Iterator[None]:
    """Lets Python's csv module read cells of more than 131,072 characters; the limit is one for all of its readers."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


class _Lines:
    """Takes rows that end in CR LF, so that a CR inside a cell is quoted, and ends them in LF."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, row: str) -> None:
        self._lines.append(row.removesuffix("\r\n") + "\n")
