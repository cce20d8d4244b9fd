"""The sheet that people fill in, as it lies in the folder of a run and as spreadsheets save it."""

from __future__ import annotations

import csv
from itertools import chain
from pathlib import Path

from utils import reading
from utils.csv_text import cells_of_any_length
from utils.errors import DataError

FILE = "to_label.csv"
"""In the folder of a run."""
COLUMNS = ("id", "name", "label", "annotator", "guess", "content")
Row = dict[str, str]
"""Column → text; columns that the sheet lost are not there."""


def rows(path: Path) -> list[tuple[int, Row]]:
    """(line, row) of all rows of a table as spreadsheets save it: with commas, semicolons or tabs.

    Raises:
        DataError: it cannot be read, or lacks the columns without which no answer is one.
    """
    try:
        with reading.open_csv(path) as table, cells_of_any_length():
            first = next(table, "")
            delimiter = max(",;\t", key=first.count)
            reader = csv.DictReader(chain([first], table), delimiter=delimiter, restval="")
            found = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read ({error}); save it as a comma-separated table in UTF-8") from None
    missing = [column for column in ("id", "label") if column not in (reader.fieldnames or ())]
    if missing:
        raise DataError(
            f"{path}: row 1 names no column {' and no column '.join(missing)}; expected {', '.join(COLUMNS)}, as it was "
            "written; remove the file, and the next call writes it anew"
        )
    return found


def is_filled(path: Path) -> bool:
    """Whether there is a sheet with a label in it, or one that cannot be read, which may hold some."""
    try:
        return path.exists() and any(row["label"].strip() for _, row in rows(path))
    except DataError:
        return True
