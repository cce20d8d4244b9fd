"""Cells → columns that a model can be fed: numbers as they are, and categories as positions in the list of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.data.audio_layout import class_order
from utils.data.table_cells import TableCells
from utils.errors import DataError

_MOSTLY = 0.95
"""Share of a column's cells from which on the others are taken for mistakes rather than categories."""
_MANY = 1_000
_FEW = 20
"""Categories: more than many are never meant, few always are."""


@dataclass(frozen=True)
class Column:
    """One column of a table; n = number of samples."""

    name: str
    values: NDArray[Any]
    """(n,) numbers, float64; of categories the positions in `categories`, int64."""
    categories: tuple[str, ...] | None = None
    """All categories in order; None in a column of numbers."""

    @property
    def width(self) -> int:
        """How many features the column makes: one number, or one 0/1 for each category."""
        return 1 if self.categories is None else len(self.categories)


def make_columns(cells: TableCells, names: Sequence[str], categorical: Sequence[str]) -> tuple[Column, ...]:
    """The columns `names` of `cells`; those of numbers are numeric unless they stand in `categorical`.

    Raises:
        DataError: a cell is empty, no number in a column of numbers, or a column names rows rather than categories.
    """
    return tuple(_category_column(cells, name) if name in categorical else _column(cells, name) for name in names)


def _column(cells: TableCells, name: str) -> Column:
    numbers = cells.numbers(name)
    if numbers is not None:
        return Column(name, numbers)
    odd = cells.odd(name)
    if len(odd) <= (1 - _MOSTLY) * len(cells.rows):
        cells.refuse_odd(name, odd, f', or put "{name}" into data_params.categorical')
    column = _category_column(cells, name)
    _refuse_decimal_commas(cells, column)
    if column.width > max(_FEW, min(_MANY, len(cells.rows) // 2)):
        raise DataError(
            f"{cells.where}: column {name!r} holds {column.width:,} different texts in {len(cells.rows):,} rows, such as "
            f'{cells.columns[name][0]!r}: too many to be categories; put "{name}" into data_params.ignore, or into '
            "data_params.categorical if each is to be a feature"
        )
    return column


def _category_column(cells: TableCells, name: str) -> Column:
    texts = cells.texts(name)
    categories = class_order(texts)
    index = {category: position for position, category in enumerate(categories)}
    return Column(name, np.array([index[text] for text in texts], np.int64), categories)


def _refuse_decimal_commas(cells: TableCells, column: Column) -> None:
    categories = column.categories or ()
    points = TableCells(cells.where, {column.name: [text.replace(",", ".") for text in categories]}, range(len(categories)))
    if not points.odd(column.name):
        position = next(position for position, text in enumerate(cells.columns[column.name]) if "," in text)
        raise DataError(
            f"{cells.cell(column.name, position)}: received {cells.columns[column.name][position]!r}, a number with a decimal "
            "comma; save the table with decimal points"
        )
