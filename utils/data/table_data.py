"""A table in memory, standardised by what a run has labelled at its start and by nothing else."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from utils.annotation.shown import Shown
from utils.data.source import DataSet, LoadedData, SampleTable
from utils.data.table_cells import LARGEST
from utils.data.table_columns import Column
from utils.data.table_features import TableFeatures
from utils.errors import DataError

STANDARDISATION = "standardisation.csv"
"""The file in a run's folder by which new rows become features."""
_ROUNDING = 1e-12
"""A deviation no larger than this share of the numbers is what rounding makes of equal ones."""
_REMEMBERED = 8


@dataclass(frozen=True)
class TableData(LoadedData):
    """The columns of a table; n = number of samples, f = features."""

    columns: tuple[Column, ...]
    """In the order of the features; one or more."""

    @classmethod
    def of(cls, table: SampleTable, columns: tuple[Column, ...], show: Callable[[int], Shown] | None = None) -> Self:
        """The samples of `table` with their `columns`, and the fingerprint over both.

        `show` tells what a person is shown of a row; None: the values of its columns.
        """
        digest = hashlib.sha256(json.dumps([[column.name, column.categories] for column in columns]).encode())
        digest.update(table.labels.astype(table.labels.dtype.newbyteorder("<")).tobytes())
        for column in columns:
            digest.update(column.values.astype(column.values.dtype.newbyteorder("<")).tobytes())
        return cls(table, digest.hexdigest(), "table", (), columns, show=show or partial(_show, columns))

    @property
    def sample_shape(self) -> tuple[int]:
        """(f,): one feature for a column of numbers, one for each category of the others."""
        return (sum(column.width for column in self.columns),)

    def prepared(self, ids: NDArray[np.int64]) -> DataSet:
        """The set with its numbers less the mean of the samples `ids` (l,), divided by their deviation (÷ l; 0 → 1).

        Raises:
            DataError: a number is so far from those of the samples `ids` that float32 cannot hold what this leaves of it.
        """
        return self._remembered(np.unique(ids).tobytes())

    @cached_property
    def _remembered(self) -> Callable[[bytes], DataSet]:
        return lru_cache(_REMEMBERED)(lambda key: self._prepare(np.frombuffer(key, np.int64)))

    def _prepare(self, ids: NDArray[np.int64]) -> DataSet:
        known = self._numbers[ids]
        smallest, largest = known.min(axis=0), known.max(axis=0)
        mean = np.clip(known.mean(axis=0), smallest, largest)
        deviation = known.std(axis=0)
        deviation[deviation <= _ROUNDING * np.maximum(np.abs(smallest), np.abs(largest))] = 1.0
        self._refuse_too_far(mean, deviation)
        places = np.cumsum([0, *(column.width for column in self.columns)])[:-1]
        numeric = np.array([column.categories is None for column in self.columns])
        features = TableFeatures(
            self._numbers, places[numeric], mean, deviation, self._positions, places[~numeric], *self.sample_shape
        )
        return DataSet(
            self.table,
            self.fingerprint,
            self.kind,
            self.rejected,
            features,
            {STANDARDISATION: self._file(mean, deviation)},
            show=self.show,
        )

    def _refuse_too_far(self, mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> None:
        far = np.maximum(self._extremes[1] - mean, mean - self._extremes[0]) / deviation > LARGEST
        if far.any():
            place = int(np.argmax(far))
            values = self._numbers[:, place]
            row = int(np.argmax(np.abs(values - mean[place])))
            name = [column.name for column in self.columns if column.categories is None][place]
            raise DataError(
                f"{self.table.names[row]}, column {name!r}: expected a number near the {mean[place]:g} ± "
                f"{deviation[place]:g} of the samples labelled at the run's start, received {values[row]:g}, too far to be "
                f'standardised; correct it, remove the row, or put "{name}" into data_params.ignore'
            )

    @cached_property
    def _extremes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(p,) the smallest and the largest number of each column."""
        return self._numbers.min(axis=0), self._numbers.max(axis=0)

    @cached_property
    def _numbers(self) -> NDArray[np.float64]:
        """(n, p) the columns of numbers."""
        values = [column.values for column in self.columns if column.categories is None]
        return np.stack(values, axis=1) if values else np.empty((len(self.table), 0))

    @cached_property
    def _positions(self) -> NDArray[np.int64]:
        """(n, c) the columns of categories."""
        values = [column.values for column in self.columns if column.categories is not None]
        return np.stack(values, axis=1) if values else np.empty((len(self.table), 0), np.int64)

    def _file(self, mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> str:
        """One line for each feature, in order: a number's mean and deviation, or the category that is 1."""
        buffer = io.StringIO()
        lines = csv.writer(buffer, lineterminator="\n")
        lines.writerow(["column", "mean", "deviation", "category"])
        numbers = zip(mean.tolist(), deviation.tolist(), strict=True)
        for column in self.columns:
            if column.categories is None:
                lines.writerow([column.name, *map(repr, next(numbers)), ""])
            else:
                lines.writerows([column.name, "", "", category] for category in column.categories)
        return buffer.getvalue()


def _show(columns: tuple[Column, ...], sample: int) -> Shown:
    """What a person is shown of a row: what models are fed."""
    cells = {}
    for column in columns:
        value = column.values[sample].item()
        cells[column.name] = repr(value) if column.categories is None else column.categories[value]
    return Shown("table", cells=cells)
