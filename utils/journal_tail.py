"""Reads a journal while another process writes it."""

from __future__ import annotations

from pathlib import Path

from utils import reading
from utils.journal import Record, record_in


class JournalTail:
    """Hands out the records of a journal (see utils/journal.py) as they come; a line that is not whole yet waits."""

    def __init__(self, path: Path) -> None:
        """`path` need not exist yet."""
        self._path = path
        self._read = 0

    def news(self) -> list[Record]:
        """The records written since the last call; raises OSError where the file cannot be read."""
        if not self._path.exists():
            return []
        with reading.open_file(self._path, reading.LARGEST_JOURNAL) as file:
            file.seek(self._read)
            data = file.read()
        records = []
        for line in data[: data.rfind(b"\n") + 1].splitlines(keepends=True):
            record = record_in(line[:-1])
            if record is None:
                break
            records.append(record)
            self._read += len(line)
        return records
