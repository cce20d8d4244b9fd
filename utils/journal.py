"""The journal of a run: one line a record, `sha256 json`, appended and synced. Writing the line is the commit.

A crash can only leave the last line unfinished; that line is dropped and its round done again. Damage anywhere else means
that somebody or something altered the file, and nothing of it is used.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from utils import files, reading
from utils.errors import DamagedRunError

Record = dict[str, Any]
_DIGEST = re.compile(rb"[0-9a-f]{64} ")


class Journal:
    """An append-only file of records; the caller holds the lock of its folder."""

    def __init__(self, path: Path) -> None:
        """Reads what is in `path` (nothing, when there is no such file) and drops an unfinished last line from it.

        Raises:
            DamagedRunError: a record before the last was altered; names its line and both hashes. Or it is no record, or there
                are more bytes than any run writes.
        """
        self._path = path
        self.records, whole = read_journal(path)
        if whole is not None:
            files.cut_file(path, whole)

    def append(self, *records: Record) -> None:
        """Commits `records`, one or more: all are on the disk when this returns; a crash leaves none or the first of them."""
        files.append_line(self._path, b"\n".join(_line(record) for record in records))
        self.records += records


def read_journal(path: Path) -> tuple[list[Record], int | None]:
    """The records in `path`, and how many bytes they take where an unfinished line follows, otherwise None.

    Raises:
        DamagedRunError: as `Journal`.
    """
    if path.exists() and not path.is_file():
        raise DamagedRunError(f"{path}: is no file; move it away, and put the journal there if there was one")
    data = _content(path) if path.exists() else b""
    records = list[Record]()
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        line = data[start:end] if end >= 0 else data[start:]
        digest, _, content = line.partition(b" ")
        if end < 0 or _hash_of(content) != digest:
            if 0 <= end < len(data) - 1 or _holds_a_record(line):
                raise DamagedRunError(
                    f"{path}, line {len(records) + 1}: the record was altered (its SHA-256 is "
                    f"{_hash_of(content).decode()}, the line says {digest.decode(errors='replace')[:64]}); "
                    "restore the file, or start afresh with --overwrite true"
                )
            return records, start
        try:
            records.append(_record_in(content))
        except ValueError:
            raise DamagedRunError(f"{path}, line {len(records) + 1}: holds no record; restore the file") from None
        start = end + 1
    return records, None


def _content(path: Path) -> bytes:
    try:
        return reading.read_bytes(path, reading.LARGEST_JOURNAL)
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        raise DamagedRunError(f"{path}: cannot be read ({error.strerror}); restore the file") from None


def record_in(line: bytes) -> Record | None:
    """The record in a `line` without its end; None where the hash is that of another.

    Raises:
        ValueError: it holds none, or texts that are no Unicode.
    """
    digest, _, content = line.partition(b" ")
    return _record_in(content) if _hash_of(content) == digest else None


def _record_in(content: bytes) -> Record:
    try:
        record = json.loads(content.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(record, dict):
        raise ValueError("no record")
    if b"\\u" in content:
        json.dumps(record, ensure_ascii=False).encode()  # fails on half of a surrogate pair
    return record


def _line(record: Record) -> bytes:
    content = json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return _hash_of(content) + b" " + content


def _hash_of(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _holds_a_record(line: bytes) -> bool:
    """Whether an intact record stands inside `line`: then the line end before it was altered, and more than it is lost."""
    matches = _DIGEST.finditer(line, 1)
    return any(_hash_of(line[match.end() :]) == match[0][:-1] for match in matches)
