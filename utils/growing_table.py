"""A table that is written anew after each round, though only its last rows are new."""

from __future__ import annotations

from collections.abc import Callable

from utils.journal import Record


class GrowingTable:
    """Formats the rows of records that came since the last call, and remembers those of the others."""

    def __init__(self, csv_of: Callable[[list[Record]], str]) -> None:
        """`csv_of` gives the header and the rows of any records; each row depends on its own record alone."""
        self._csv_of = csv_of
        self._count, self._header, self._rows = 0, "", ""

    def of(self, records: list[Record]) -> str:
        """The same as `csv_of(records)`; the records of the call before are the first of these."""
        header, _, rows = self._csv_of(records[self._count :]).partition("\n")
        if self._count and header != self._header:
            header, _, rows = self._csv_of(records).partition("\n")
            self._rows = ""
        self._count, self._header, self._rows = len(records), header, self._rows + rows
        return f"{header}\n{self._rows}"
