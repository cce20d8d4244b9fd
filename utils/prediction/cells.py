"""The cells of a CSV of new samples, which may have a single column and cells of any length."""

from __future__ import annotations

from pathlib import Path

from utils import reading
from utils.csv_text import cells_of_any_length
from utils.data.audio_layout import read_rows
from utils.data.table_cells import TableCells
from utils.data.table_file import read_cells, unreadable
from utils.errors import DataError

_DELIMITERS = ",;\t"


def new_cells(path: Path) -> TableCells:
    """The cells of the file `path`, read as those of the run's own table; one column is enough.

    Raises:
        DataError: names row and column.
    """
    with cells_of_any_length():
        return read_cells(path) if _has_columns(path) else _only_column(path)


def _has_columns(path: Path) -> bool:
    try:
        with reading.open_file(path, reading.LARGEST_TABLE) as file:
            header = file.readline(reading.LONGEST_LINE).decode(errors="replace")
    except OSError as error:
        raise unreadable(path, error) from None
    return any(delimiter in header for delimiter in _DELIMITERS)


def _only_column(path: Path) -> TableCells:
    header, rows = read_rows(path)
    if not header or not rows:
        raise DataError(f"{path}: has no row below its header; expected a first row that names the columns, and others below")
    return TableCells(str(path), {header[0].strip(): [row[header[0]].strip() for _, row in rows]}, [line for line, _ in rows])
