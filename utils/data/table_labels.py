"""The column to predict: classes and their order, or numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.data.label_rules import PEOPLE_CAN_LABEL
from utils.data.table_cells import TableCells
from utils.errors import DataError
from utils.registry import did_you_mean

_SMALLEST_SPREAD = float(np.finfo(np.float32).tiny)
"""Of targets; what is smaller has fewer digits than others, or none, in single precision."""
_MOST_NUMBERED_CLASSES = 100
_FEWEST_OF_A_CLASS = 5
_SHOWN = 40
_PLAIN_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]{0,14})?(\.[0-9]*)?([eE][+-]?[0-9]+)?")
"""Not a code such as 01, nor digits beyond those that float64 tells apart."""


@dataclass(frozen=True)
class TableLabels:
    """The labels of the rows that take part; N = number of rows, n = of those that take part."""

    values: NDArray[Any]
    """(n,) class indices, int64, -1 where none is known; in regression targets, float32, NaN where none is known."""
    class_names: tuple[str, ...]
    """The classes in the order of their indices; none in regression."""
    kept: NDArray[np.bool_]
    """(N,) which rows take part."""


def targets(cells: TableCells, name: str, *, gaps: bool = False) -> TableLabels:
    """The numbers in the column `name`, of which `gaps` says whether some may be missing.

    Raises:
        DataError: a cell is no number, or all are the same in single precision.
    """
    known, places = _known(cells, name, gaps=gaps)
    values = np.full(len(cells.rows), np.nan, np.float32)
    every = np.ones(len(values), np.bool_)
    if gaps and not len(places):
        return TableLabels(values, (), every)
    numbers = known.numbers(name)
    if numbers is None:
        known.refuse_odd(name, known.odd(name), "; with task regression the target is a number")
        numbers = np.empty(0)
    if not gaps and (numbers == numbers[0]).all():
        raise DataError(_all_the_same(cells, name))
    values[places] = numbers
    if len(places) and not gaps and np.ptp(values.astype(np.float64)) < _SMALLEST_SPREAD:
        raise DataError(
            f"{cells.where}: column {name!r}, the one to predict, has numbers that differ by less than {_SMALLEST_SPREAD:.1e}, "
            "which single precision cannot tell apart; give them in a smaller unit"
        )
    return TableLabels(values, (), every)


def classes(
    cells: TableCells,
    name: str,
    chosen: tuple[str, ...] | None,
    own_order: tuple[str, ...] | None = None,
    *,
    gaps: bool = False,
) -> TableLabels:
    """The classes in the column `name`: in the order of the set, else numbers in that of numbers and texts in that of texts.

    Args:
        cells: the table.
        name: of a column of texts, or of numbers, of which "1" and "1.0" are the same; codes such as "01" are texts.
        chosen: the classes to use, in this order; None for all.
        own_order: the classes in the order of the set, where it has one; cells are taken for them as they read.
        gaps: whether cells may be empty, because people label. Classes may then be without a row, and where a cell is empty
            `chosen` names all classes there are.

    Raises:
        DataError: all rows have one class, or one that the set does not have, the numbers are too many to be classes, or a
            chosen class is not there.
    """
    known, places = _known(cells, name, gaps=gaps)
    texts, order = _class_texts(known, name) if own_order is None else _own_classes(known, name, own_order)
    if len(order) < 2 and not gaps:
        raise DataError(_all_the_same(cells, name))
    used = order if chosen is None else chosen
    others = set(order).difference(used)
    missing = len(places) < len(cells.rows)
    if others and missing:
        position = next(position for position, text in enumerate(texts) if text in others)
        raise DataError(
            f"{known.cell(name, position)}: the label {texts[position]!r} is none of class_names"
            f"{did_you_mean(texts[position], list(used))}; expected one of {', '.join(used[:_SHOWN])}; correct it, or add it "
            "to class_names"
        )
    absent = next((label for label in used if label not in order), None)
    if absent is not None and (others or not gaps):
        shown = ", ".join(order[:_SHOWN]) + (" …" if len(order) > _SHOWN else "")
        raise DataError(
            f"{cells.where}: the class {absent!r} of class_names stands in no row of column {name!r}"
            f"{did_you_mean(absent, list(order))}; there are: {shown}"
        )
    index = {label: position for position, label in enumerate(used)}
    labels = np.full(len(cells.rows), -1, np.int64)
    labels[places] = [index.get(text, -1) for text in texts]
    kept = np.ones(len(labels), np.bool_) if missing else labels >= 0
    return TableLabels(labels[kept], used, kept)


def _known(cells: TableCells, name: str, *, gaps: bool) -> tuple[TableCells, NDArray[np.int64]]:
    """The column `name` without its empty cells, and the positions of the others (k,).

    Raises:
        DataError: a cell is empty that may not be.
    """
    texts = cells.columns[name]
    places = np.array([position for position, text in enumerate(texts) if text], np.int64)
    if len(places) == len(texts):
        return cells, places
    if not gaps:
        raise DataError(
            f"{cells.cell(name, texts.index(''))}: is empty, as {texts.count(''):,} of {len(texts):,} cells of this column "
            f"are, and it is the one to predict; fill them in, remove their rows, or {PEOPLE_CAN_LABEL}"
        )
    filled = [texts[position] for position in places.tolist()]
    return TableCells(cells.where, {name: filled}, [cells.rows[position] for position in places.tolist()]), places


def _class_texts(cells: TableCells, name: str) -> tuple[Sequence[str], tuple[str, ...]]:
    """(n,) the class of each row, and all classes in order."""
    if not cells.rows:
        return (), ()
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
