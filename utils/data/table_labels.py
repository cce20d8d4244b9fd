"""The column to predict: classes and their order, or numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.data.table_cells import TableCells
from utils.errors import DataError
from utils.registry import did_you_mean

_MOST_NUMBERED_CLASSES = 100
_FEWEST_OF_A_CLASS = 5
_SHOWN = 40
_PLAIN_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]{0,14})?(\.[0-9]*)?([eE][+-]?[0-9]+)?")
"""Not a code such as 01, nor digits beyond those that float64 tells apart."""


@dataclass(frozen=True)
class TableLabels:
    """The labels of the rows that take part; N = number of rows, n = of those that take part."""

    values: NDArray[Any]
    """(n,) class indices, int64; in regression targets, float32."""
    class_names: tuple[str, ...]
    """The classes in the order of their indices; none in regression."""
    kept: NDArray[np.bool_]
    """(N,) which rows take part."""


def targets(cells: TableCells, name: str) -> TableLabels:
    """The numbers in the column `name`.

    Raises:
        DataError: a cell is no number, or all are the same.
    """
    numbers = cells.numbers(name)
    if numbers is None:
        cells.refuse_odd(name, cells.odd(name), "; with task regression the target is a number")
        numbers = np.empty(0)
    if (numbers == numbers[0]).all():
        raise DataError(_all_the_same(cells, name))
    return TableLabels(numbers.astype(np.float32), (), np.ones(len(numbers), np.bool_))


def classes(
    cells: TableCells, name: str, chosen: tuple[str, ...] | None, own_order: tuple[str, ...] | None = None
) -> TableLabels:
    """The classes in the column `name`: in the order of the set, else numbers in that of numbers and texts in that of texts.

    Args:
        cells: the table.
        name: of a column of texts, or of numbers, of which "1" and "1.0" are the same; codes such as "01" are texts.
        chosen: the classes to use, in this order; None for all.
        own_order: the classes in the order of the set, where it has one; cells are taken for them as they read.

    Raises:
        DataError: all rows have one class, or one that the set does not have, the numbers are too many to be classes, or a
            chosen class is not there.
    """
    texts, order = _class_texts(cells, name) if own_order is None else _own_classes(cells, name, own_order)
    if len(order) < 2:
        raise DataError(_all_the_same(cells, name))
    for label in chosen or ():
        if label not in order:
            shown = ", ".join(order[:_SHOWN]) + (" …" if len(order) > _SHOWN else "")
            raise DataError(
                f"{cells.where}: the class {label!r} of class_names stands in no row of column {name!r}"
                f"{did_you_mean(label, list(order))}; there are: {shown}"
            )
    used = chosen or order
    index = {label: position for position, label in enumerate(used)}
    labels = np.array([index.get(text, -1) for text in texts], np.int64)
    return TableLabels(labels[labels >= 0], used, labels >= 0)


def _class_texts(cells: TableCells, name: str) -> tuple[Sequence[str], tuple[str, ...]]:
    """(n,) the class of each row, and all classes in order."""
    numbers = cells.numbers(name)
    if numbers is None or not all(map(_PLAIN_NUMBER.fullmatch, cells.columns[name])):
        return cells.columns[name], tuple(sorted(set(cells.columns[name])))
    values, counts = np.unique(numbers, return_counts=True)
    fractions = bool((values != np.floor(values)).any())
    if len(values) > _MOST_NUMBERED_CLASSES and (fractions or len(numbers) < _FEWEST_OF_A_CLASS * len(values)):
        raise DataError(
            f"{cells.where}: column {name!r} has {len(counts):,} different numbers in {len(numbers):,} rows, too many to be "
            "classes; to predict the number set task to regression, or name the column of the classes in data_params.target"
        )
    texts = [_class_name(number) for number in numbers.tolist()]
    return texts, tuple(_class_name(value) for value in values.tolist())


def _own_classes(cells: TableCells, name: str, own_order: Sequence[str]) -> tuple[Sequence[str], tuple[str, ...]]:
    """(n,) the class of each row, and the classes that have rows in the order of the set."""
    texts = cells.texts(name)
    present = set(texts)
    order = tuple(label for label in own_order if label in present)
    if len(order) < len(present):
        position = next(position for position, text in enumerate(texts) if text not in order)
        raise DataError(
            f"{cells.cell(name, position)}: expected one of the set's classes {', '.join(own_order[:_SHOWN])}, received "
            f"{texts[position]!r}; get the set again, or choose another"
        )
    return texts, order


def _class_name(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)


def _all_the_same(cells: TableCells, name: str) -> str:
    return (
        f"{cells.where}: column {name!r}, the one to predict, reads {cells.columns[name][0]!r} in all of {len(cells.rows):,} "
        "rows; expected two or more values; set data_params.target to the column to predict"
    )
