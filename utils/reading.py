"""Reading files in `outputs/` or of a data set, where a pipe that nobody fills or a link to an endless device may lie.

Neither is waited for nor read: opening them fails, as opening a missing file does. So does reading as a whole what would not
fit into memory: a file can claim any size without taking up room on the disk.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BufferedReader, TextIOWrapper
from pathlib import Path

from utils.errors import DataError

LARGEST, LARGEST_SMALL, LARGEST_JOURNAL, LARGEST_TABLE = 1 << 30, 1 << 26, 1 << 32, 1 << 32
"""Bytes: of a file that is read as a whole, of one that holds a few values, of a journal, which grows with the rounds, and of a
table, which takes several times as many in memory."""
LONGEST_LINE = 1 << 24
"""Characters: of a line of a table. A file that takes no room on the disk is a single one, which nothing can interrupt."""
_LARGEST_HASHED = 1 << 37
"""Bytes: more would take many minutes, and no weights are as large."""
_MEBIBYTE = 1 << 20


def is_file(path: Path) -> bool:
    """Whether `path` is a file or a link to one; not where no file can be called so, or nobody may look."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def plain_file(path: Path) -> Path:
    """`path` itself, where it is a file or a link to one.

    Raises:
        OSError: it is missing, or something else, or no file can be called so.
    """
    try:
        mode = path.stat().st_mode
    except ValueError as error:
        raise OSError(errno.EINVAL, f"no file can be called so: {error}", str(path)) from None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no plain file", str(path))
    return path


def open_file(path: Path, most: int | None = None) -> BufferedReader:
    """Such a file, opened to read its bytes.

    Raises:
        OSError: as `plain_file`, and where it may not be read; with EFBIG where it has more than `most` bytes.
    """
    file = plain_file(path).open("rb")
    if most is not None and os.fstat(file.fileno()).st_size > most:
        file.close()
        raise OSError(errno.EFBIG, f"it is larger than {most // _MEBIBYTE:,} MiB", str(path))
    return file


@contextmanager
def open_csv(path: Path) -> Iterator[Iterator[str]]:
    """The lines of such a file for the `csv` module, in UTF-8 with or without a mark.

    Args:
        path: of the table; ends of lines stay what they are.

    Raises:
        OSError: as `open_file`.
        DataError: in the place of a line of more than `LONGEST_LINE` characters.
    """
    with TextIOWrapper(open_file(path, LARGEST_TABLE), encoding="utf-8-sig", newline="") as file:
        yield _lines(path, file)


def _lines(path: Path, file: TextIOWrapper) -> Iterator[str]:
    for number, line in enumerate(iter(partial(file.readline, LONGEST_LINE + 1), ""), start=1):
        if len(line) > LONGEST_LINE:
            raise DataError(
                f"{path}: row {number}: has more than {LONGEST_LINE:,} characters; shorten it, or save the table with a line "
                "for each row"
            )
        yield line


def read_bytes(path: Path, most: int = LARGEST) -> bytes:
    """All of such a file; raises OSError as `open_file`."""
    with open_file(path, most) as file:
        return file.read()


def read_text(path: Path, most: int = LARGEST) -> str:
    """All of such a file as UTF-8, its line ends as they are; raises OSError as `open_file`, and UnicodeDecodeError."""
    return read_bytes(path, most).decode("utf-8")


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of such a file's content; raises OSError as `open_file`."""
    with open_file(path, _LARGEST_HASHED) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
