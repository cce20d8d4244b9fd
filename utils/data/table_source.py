"""Tables as a data source: rows of numbers and categories, whoever hands them over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from utils.annotation.shown import Shown
from utils.data.padded_texts import padded_texts
from utils.data.source import DataSource, Kind, Progress, SampleTable, SourceRequest
from utils.data.table_cells import TableCells
from utils.data.table_columns import Column, make_columns
from utils.data.table_data import TableData
from utils.data.table_labels import TableLabels, classes, targets
from utils.data.table_options import TableOptions, assign_roles

_LOOKED_AT = 1_000
"""Rows in which most columns of numbers have more values than there are classes."""


class TableSource(DataSource):
    """Rows of one table, read by a function when they are first needed; quick enough to need no cache."""

    kind: Kind = "table"
    default_model = "dense"

    def __init__(self, read: Callable[[], TableData], how_to_get: str = "") -> None:
        """`read` gives the table, `how_to_get` says where the set comes from."""
        self._read = read
        self.how_to_get = how_to_get

    def scan(self) -> SampleTable:
        """The samples; a table is read whole."""
        return self._read().table

    def load(self, cache: Path, progress: Progress) -> TableData:
        """The samples with their columns."""
        return self._read()


def make_table(
    cells: TableCells,
    options: TableOptions,
    request: SourceRequest,
    own_orders: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    test: NDArray[np.bool_] | None = None,
) -> TableData:
    """The table that `cells` hold, read by `options`.

    Args:
        cells: N rows of text.
        options: which column plays which part.
        request: the classes to use, or that the target is a number.
        own_orders: column → its classes in the order of the set, where it has one.
        test: (N,) the set's own test part, where it has one.

    Raises:
        ParameterError, DataError: a sentence that names row and column.
    """
    roles = assign_roles(cells, options)
    if request.regression:
        labels = targets(cells, roles.target, gaps=request.unlabelled)
    else:
        own = own_orders.get(roles.target)
        labels = classes(cells, roles.target, request.class_names, own, gaps=request.unlabelled)
    kept = labels.kept
    columns = tuple(
        Column(column.name, column.values[kept], column.categories)
        for column in make_columns(cells, roles.features, options.categorical or ())
    )
    names = np.array([f"row {row}" for row in cells.rows])[kept]
    groups = {} if roles.group is None else {"group": _groups(cells, roles.group)[kept]}
    numeric = sum(column.categories is None for column in columns)
    note = f"predicts the column {roles.target!r} from {numeric} numeric and {len(columns) - numeric} categorical columns"
    note += "".join(
        f"; column {column.name!r} says the class itself: leave it out with data_params.ignore"
        for column in columns
        if _is_twin(column, labels)
    )
    table = SampleTable(labels.values, labels.class_names, names, groups, None if test is None else test[kept], note)
    show = partial(_show, cells, roles.target, np.flatnonzero(kept)) if request.unlabelled else None
    return TableData.of(table, columns, show)


def _groups(cells: TableCells, name: str) -> NDArray[np.str_]:
    """(N,) the group of each row, as the column `name` tells it."""
    return padded_texts(cells.texts(name), "a group's name", partial(cells.cell, name))


def _show(cells: TableCells, target: str, rows: NDArray[np.int64], sample: int) -> Shown:
    """What a person is shown of a row: all of it but what he is asked for, also what models are not fed."""
    row = int(rows[sample])
    return Shown("table", cells={name: texts[row] for name, texts in cells.columns.items() if name != target and texts})


def _is_twin(column: Column, labels: TableLabels) -> bool:
    """Whether each value of the column stands for one class, and each class for one value, as far as labels are known."""
    count = len(labels.class_names)
    known = column.values[labels.values >= 0] if count else column.values[:0]
    if not len(known) or len(np.unique(known[:_LOOKED_AT])) > count:
        return False
    values, places = np.unique(known, return_inverse=True)
    return len(values) == count == len(np.unique(places * count + labels.values[labels.values >= 0]))
