"""CSV files → cells: which file, which delimiter, and whether each row has as many cells as the first names columns."""

from __future__ import annotations

import csv
import errno
from collections.abc import Iterable
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from utils import reading
from utils.csv_text import cells_of_any_length
from utils.data.table_cells import TableCells
from utils.errors import DataError

if TYPE_CHECKING:
    from _csv import Reader

EXPECTED = "one CSV with a header and a row for each sample"
HOW_TO_GET = (
    "Save your table as a comma-separated file in UTF-8 whose first row names the columns, and set data_dir to it or to its "
    "folder."
)
_DELIMITERS = ",;\t"
_BYTES = 4
"""Of a character in UTF-8, at most."""


def find_csv(folder: Path) -> Path:
    """`folder` itself where it is a file, otherwise the one `.csv` in it.

    Raises:
        DataError: there is none, or more than one.
    """
    if folder.is_file():
        return folder
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such file or folder; {EXPECTED} is expected there. {HOW_TO_GET}")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv" and not path.name.startswith("."))
    if len(found) != 1:
        received = ", ".join(path.name for path in found[:5]) + (" …" if len(found) > 5 else "") if found else "no CSV"
        raise DataError(f"{folder}: expected {EXPECTED}, received {received}; set data_dir to the CSV itself. {HOW_TO_GET}")
    return found[0]


def read_cells(path: Path) -> TableCells:
    """The cells of the file `path`, in UTF-8 with or without a mark, between commas, semicolons or tabs.

    Raises:
        DataError: names row and column.
    """
    try:
        with reading.open_csv(path) as table:
            first = next(table, "")
            delimiter = _delimiter(first)
            reader = csv.reader(chain([first], table), delimiter=delimiter, strict=True)
            header, lines, rows = _read(path, reader, delimiter)
    except UnicodeDecodeError:
        raise DataError(_not_utf8(path)) from None
    except OSError as error:
        raise unreadable(path, error) from None
    except csv.Error as error:
        raise DataError(f"{path}: row 1: {error}; {EXPECTED} is expected there. {HOW_TO_GET}") from None
    if not rows:
        raise DataError(f"{path}: has no row below its header; {EXPECTED} is expected there")
    columns = zip(*rows, strict=True)
    return TableCells(str(path), {name: [*map(str.strip, next(columns))] for name in header}, lines)


def unreadable(path: Path, error: OSError) -> DataError:
    """Says that the table `path` cannot be opened, or is too large to be read."""
    return DataError(
        f"{path}: cannot be read ({error.strerror}); make it {'smaller' if error.errno == errno.EFBIG else 'readable'}"
    )


def _read(path: Path, reader: Reader, delimiter: str) -> tuple[list[str], list[int], list[list[str]]]:
    """The names of the columns, and for each row below them the line that it ends on and its cells; blank lines are none."""
    header: list[str] = []
    lines: list[int] = []
    rows: list[list[str]] = []
    done = 0
    try:
        for row in reader:
            if not done:
                header = [name.strip() for name in row]
                _check_header(path, header)
            elif row:
                if len(row) != len(header):
                    raise DataError(
                        f"{path}: row {reader.line_num}: expected {len(header)} cells, as row 1 names columns, received "
                        f'{len(row)}; complete the row, or put texts that hold {delimiter!r} in "quotes"'
                    )
                lines.append(reader.line_num)
                rows.append(row)
            done = reader.line_num
    except csv.Error as error:
        raise DataError(f'{path}: row {done + 1}: {error}; put a cell that holds a quote or a delimiter in "quotes"') from None
    _check_header(path, header)
    return header, lines, rows


def _delimiter(header: str) -> str:
    """What cuts the first row into most columns; between other delimiters it may be a single cell of any length."""
    with cells_of_any_length():
        return max(_DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter), [])))


def _check_header(path: Path, header: list[str]) -> None:
    if len(header) < 2:
        received = f"only {header[0]!r}" if header else "nothing"
        raise DataError(
            f"{path}: row 1: expected the names of two or more columns between commas, semicolons or tabs, received {received}"
        )
    refuse_doubled(path, header)


def refuse_doubled(path: Path, header: Iterable[str]) -> None:
    """Raises DataError where the first row of the table `path` names two columns alike: the last would silently count."""
    known = set[str]()
    for name in header:
        if name in known:
            raise DataError(f"{path}: row 1 names two columns {name!r}; rename or remove one")
        known.add(name)


def _not_utf8(path: Path) -> str:
    good_rows = good_bytes = 0
    with reading.open_file(path, reading.LARGEST_TABLE) as file:
        for line in iter(partial(file.readline, _BYTES * reading.LONGEST_LINE), b""):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                good_bytes += error.start
                break
            good_rows, good_bytes = good_rows + 1, good_bytes + len(line)
    return f"{path}: row {good_rows + 1}, byte {good_bytes + 1} of the file: is not UTF-8; save the table in UTF-8"
