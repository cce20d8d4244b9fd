"""A table before anybody knows which of its columns are numbers: named columns of text.

Every table comes through here, whether it stood in a CSV or was handed over by a library, so that all of them are told
numbers from categories by the same rules and refused with the same sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.errors import DataError

LARGEST = float(np.finfo(np.float32).max)
"""Beyond it a number cannot be fed to a model."""
_PLAIN = "0123456789+-.eE"
_MISSING = frozenset({"?", "-", "na", "n/a", "nan", "null", "none"})
"""How tables write in lower case that a number is not known."""


@dataclass(frozen=True)
class TableCells:
    """The cells of a table; n = number of rows, one or more."""

    where: str
    """Names the table in messages."""
    columns: Mapping[str, Sequence[str]]
    """Column → its n cells without surrounding blanks, in the order of the table."""
    rows: Sequence[int]
    """(n,) the number by which a person finds each row; in a file, that of its line."""

    def texts(self, name: str) -> Sequence[str]:
        """(n,) the cells of the column `name`.

        Raises:
            DataError: one is empty; names the row.
        """
        texts = self.columns[name]
        if "" in texts:
            count = sum(not text for text in texts)
            raise DataError(
                f"{self.cell(name, texts.index(''))}: is empty, as {count:,} of {len(texts):,} cells of this column are; "
                "fill them in, remove their rows, or, where it is not the target, name the column in data_params.ignore"
            )
        return texts

    def numbers(self, name: str) -> NDArray[np.float64] | None:
        """(n,) the cells of the column `name` where all of them write numbers, otherwise None.

        Raises:
            DataError: one is empty or too large, or all are numbers but for some that say that nothing is known.
        """
        texts = self.texts(name)
        numbers = _numbers(texts)
        if numbers is None:
            odd = self.odd(name)
            if len(odd) < len(texts) and all(_says_missing(texts[position]) for position in odd):
                self.refuse_odd(name, odd)
            return None
        if not (np.abs(numbers) <= LARGEST).all():
            position = int(np.argmax(~(np.abs(numbers) <= LARGEST)))
            raise DataError(
                f"{self.cell(name, position)}: expected a number within ±{LARGEST:.1e}, received {texts[position]!r}; "
                "correct it"
            )
        return numbers

    def odd(self, name: str) -> list[int]:
        """Positions of the cells of the column `name` that write no number."""
        return [position for position, text in enumerate(self.columns[name]) if _numbers([text]) is None]

    def refuse_odd(self, name: str, odd: Sequence[int], advice: str = "") -> None:
        """Raises DataError: the cells at the positions `odd` of the column `name` should have been numbers."""
        others, received = len(self.rows) - len(odd), self.columns[name][odd[0]]
        form = " and write decimals with a point, without separators or units" if any(map(str.isdigit, received)) else ""
        raise DataError(
            f"{self.cell(name, odd[0])}: expected a number, as in {others:,} of {len(self.rows):,} rows, received "
            f"{received!r}; correct it{form}, or remove the row{advice}"
        )

    def cell(self, name: str, position: int) -> str:
        """What messages call the cell at `position` of the column `name`."""
        return f"{self.where}: row {self.rows[position]}, column {name!r}"


def _numbers(texts: Sequence[str]) -> NDArray[np.float64] | None:
    """(n,) what `texts` write, or None where one writes no number; "1_000", "nan" and "inf", which float takes, are none."""
    if "".join(texts).strip(_PLAIN):
        return None
    try:
        return np.fromiter(map(float, texts), np.float64, len(texts))
    except ValueError:
        return None


def _says_missing(text: str) -> bool:
    return text.lower() in _MISSING or text.lower().lstrip("+-") in {"inf", "infinity"}
