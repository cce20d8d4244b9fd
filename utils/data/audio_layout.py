"""How a set of recordings lies in its folder: what a layout finds there, and what layouts have in common.

A layout reads names and small tables, never sound. It tells each recording's label and groups and the order of the classes;
everything after that (headers, windows, features, cache) is the same for all sets and lives in `AudioSource`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from utils import reading
from utils.data.files_below import files_below
from utils.data.given_label import GivenLabel
from utils.data.table_file import refuse_doubled
from utils.errors import DataError

SUFFIXES = (".wav", ".flac", ".ogg", ".aiff", ".aif", ".mp3")
"""Names of audio files that libsndfile reads, in lower case."""


@dataclass(frozen=True)
class Recording:
    """One audio file of a set."""

    name: str
    """Path relative to the set's folder, with forward slashes."""
    label: str
    """"" where it is not known."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Group kind → group, such as "speaker" → "jackson"."""
    windows: Mapping[int, GivenLabel] = field(default_factory=dict)
    """Number of a window → its label, where that is known apart from the label of the whole."""
    place: str = ""
    """Where the label stands, for messages; "" where the name or folder of the recording tells it."""
    unusable: bool = False
    """Whether people have found that the whole cannot be labelled."""


@dataclass(frozen=True)
class AudioLayout:
    """One form in which audio sets come."""

    find: Callable[[Path], tuple[Sequence[Recording], tuple[str, ...]]]
    """Folder → its recordings, in an order that does not depend on the file system, and the classes in the set's own order."""
    expected: str
    """What is expected in the folder, for messages: "… is expected there"."""
    how_to_get: str
    """One sentence: where the set comes from."""
    numbers: bool = False
    """Whether labels may be numbers for regression to predict."""


def audio_files(folder: Path, inner: str = "") -> list[str]:
    """Paths, relative to `folder` and sorted, of the audio files in and below its folder `inner`, without what is hidden."""
    return files_below(folder, SUFFIXES, inner)


def class_order(labels: Iterable[str]) -> tuple[str, ...]:
    """The distinct `labels`, sorted: as numbers where all are whole numbers, otherwise as text."""
    distinct = set(labels)
    if all(label.isascii() and label.isdigit() for label in distinct):
        return tuple(sorted(distinct, key=lambda label: (size_of_digits(label), label)))
    return tuple(sorted(distinct))


def size_of_digits(digits: str) -> tuple[int, str]:
    """What sorts and equals as the number that `digits` write, of any length; Python makes no number of thousands of them."""
    significant = digits.lstrip("0")
    return len(significant), significant


def read_rows(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The columns of the CSV file `path`, and its rows: (line number, column → text as it stands, "" where a row is short).

    Raises:
        DataError: names the file and the row.
    """
    try:
        with reading.open_csv(path) as table:
            reader = csv.DictReader(table, restval="", strict=True)
            header = list(reader.fieldnames or ())
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as a comma-separated table in UTF-8 ({error}); save it as one") from None
    refuse_doubled(path, filter(None, header))
    for line, row in rows:
        if None in row:
            raise DataError(f'{path}: row {line} has more fields than row 1 has columns; put texts with commas in "quotes"')
    return header, rows


def read_table(
    path: Path, columns: Sequence[str], optional: Sequence[str] = (), gaps: Sequence[str] = ()
) -> list[tuple[int, dict[str, str]]]:
    """The rows of the CSV file `path`: (line number, column → text without surrounding blanks).

    Args:
        path: a comma-separated file in UTF-8 whose first line names the columns.
        columns: that must be there, with a text in every row.
        optional: that may be missing or empty.
        gaps: those of `columns` that may be empty in some rows.

    Raises:
        DataError: names the file, the row and the column.
    """
    header, rows = read_rows(path)
    missing = [column for column in columns if column not in header]
    if missing:
        expected = ", ".join(columns) + (f" and, where wanted, {', '.join(optional)}" if optional else "")
        raise DataError(
            f"{path}: row 1 names no column {' and no column '.join(map(repr, missing))}; "
            f"expected {expected}; received {', '.join(header) or 'nothing'}"
        )
    table = []
    for line, row in rows:
        values = {column: row[column].strip() for column in (*columns, *optional) if column in header}
        empty = next((column for column in columns if not values[column] and column not in gaps), None)
        if empty is not None:
            raise DataError(f"{path}: row {line}, column {empty!r}: is empty; fill it in, or delete the row")
        table.append((line, values))
    return table
