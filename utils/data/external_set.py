"""What a library of data sets hands out, whichever library it was: named columns of plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.errors import DataError, ParameterError
from utils.registry import did_you_mean


@dataclass(frozen=True)
class ExternalSet:
    """The samples of one or two splits of a set, one after the other; n = number of samples."""

    where: str
    """Names the set in messages."""
    columns: tuple[str, ...]
    """Names of the columns, in the order of the set."""
    read: Callable[[str], Sequence[Any]]
    """Column → its n values, as the library gives them."""
    names: Sequence[str]
    """(n,) what a person would call each sample: its split, and its place in it."""
    test: NDArray[np.bool_] | None = None
    """(n,) the set's own test part, where it has one."""
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column of class numbers → the names of all classes."""

    def values(self, column: str, option: str) -> Sequence[Any]:
        """(n,) the values of the column that the parameter `option` names.

        Raises:
            ParameterError: there is no such column.
        """
        if column not in self.columns:
            raise ParameterError(
                f"{option}: {self.where} has no column {column!r}{did_you_mean(column, list(self.columns))}; it has "
                f"{', '.join(map(repr, self.columns))}",
                "data_params",
            )
        return self.read(column)

    def texts(self, column: str, option: str) -> list[str]:
        """(n,) the values of a column as texts: classes by their names, nothing where there is no value.

        Raises:
            ParameterError: there is no such column.
            DataError: a value is neither text nor number, or a class number that stands for no class.
        """
        names = self.classes.get(column)
        texts = []
        for position, (sample, value) in enumerate(zip(self.names, self.values(column, option), strict=True)):
            text = _text(value)
            if text is None:
                raise DataError(
                    f"{self.where}: sample {sample}, column {column!r}: expected a text or a number, received a "
                    f"{type(value).__name__}; leave the column out by data_params.ignore, or choose another"
                )
            if names and text:
                if not 0 <= int(text) < len(names):
                    raise DataError(
                        f"{self.where}: sample {sample}, column {column!r}: received the class number {text}, expected 0 to "
                        f"{len(names) - 1}; {self._other_split(position)}"
                    )
                text = names[int(text)]
            texts.append(text)
        return texts

    def labels(self, column: str) -> list[str]:
        """(n,) the values of the column to predict as texts.

        Raises:
            ParameterError: there is no such column.
            DataError: there is no sample, or one without a label.
        """
        labels = self.texts(column, "label_column")
        if not labels:
            raise DataError(f"{self.where}: holds no samples; choose another split by data_params.split")
        if "" in labels:
            position = labels.index("")
            raise DataError(
                f"{self.where}: sample {self.names[position]}, column {column!r}: has no label; {self._other_split(position)}"
            )
        return labels

    def groups(self, column: str | None) -> dict[str, list[str]]:
        """Group kind → (n,) the group of each sample, itself where it has none; nothing where `column` is None.

        Raises:
            ParameterError, DataError: as `texts`.
        """
        if column is None:
            return {}
        groups = zip(self.texts(column, "group"), self.names, strict=True)
        return {"group": [group or name for group, name in groups]}

    def place(self, position: int) -> str:
        """What messages call the sample at `position`."""
        return f"{self.where}: sample {self.names[position]}"

    def _other_split(self, position: int) -> str:
        """What to do where the sample at `position` has no label, as all samples of its split may have none."""
        split = self.names[position].rpartition(" ")[0]
        if self.test is not None and self.test[position]:
            advice = 'set data_params.test_split to another, or to "none" to do without'
        else:
            advice = "choose another by data_params.split"
        return f"the split {split!r} cannot be used where it has no labels; {advice}"


def _text(value: object) -> str | None:
    """A single value as a person would write it, or None for a list, a picture, a recording."""
    plain = value.item() if isinstance(value, np.generic) else value
    if plain is None:
        return ""
    if isinstance(plain, bytes):
        plain = plain.decode("utf-8", "replace")
    return str(plain).strip() if isinstance(plain, (str, int, float)) else None
