"""House prices in Keras' own archives: plain arrays `x` and `y`, and the test part that Keras draws from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.data.keras_files import KerasSet, read_keras_archive
from utils.data.source import SampleTable, SourceRequest
from utils.data.table_cells import LARGEST
from utils.data.table_columns import Column
from utils.data.table_data import TableData
from utils.data.table_source import TableSource
from utils.errors import DataError, ParameterError

_TEST_SHARE = 0.2
_SEED = 113
"""Of Keras' `load_data`, by which everybody's published numbers were measured."""


@dataclass(frozen=True)
class Housing:
    """One of Keras' sets of house prices."""

    name: str
    """In `keras.datasets` and here."""
    columns: tuple[str, ...]
    """What the columns of `x` are called."""
    target: str
    """What `y` is, with its unit."""

    def source(self, request: SourceRequest) -> TableSource:
        """The set in data_dir, or where Keras keeps it.

        Raises:
            ParameterError: the task is not regression.
        """
        if not request.regression:
            raise ParameterError(
                f"task: data set {self.name!r} has {self.target} to predict and no classes; set task to regression"
            )
        archive = KerasSet(self.name, (f"{self.name}.npz",))
        return TableSource(lambda: self._read(archive.find(request.folder) / archive.files[0]), archive.how_to_get)

    def _read(self, path: Path) -> TableData:
        x, y = self._arrays(path)
        test = np.zeros(len(y), np.bool_)
        order = np.arange(len(y))
        np.random.RandomState(_SEED).shuffle(order)
        test[order[int(len(y) * (1 - _TEST_SHARE)) :]] = True
        names = np.array([f"row {row}" for row in range(len(y))])
        columns = tuple(Column(name, values) for name, values in zip(self.columns, x.T, strict=True))
        note = f"predicts {self.target}; the set's own test part is that of Keras"
        return TableData.of(SampleTable(y.astype(np.float32), (), names, test=test, note=note), columns)

    def _arrays(self, path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n, columns) features and (n,) targets, checked."""
        expected = f"arrays x (n, {len(self.columns)}) and y (n,) of finite numbers"
        x, y = read_keras_archive(path, ("x", "y"))
        numbers = x.dtype.kind in "iuf" and y.dtype.kind in "iuf"
        if not numbers or x.ndim != 2 or x.shape[1] != len(self.columns) or y.shape != x.shape[:1] or len(y) < 2:
            raise DataError(
                f"{path}: expected {expected}, received x {x.shape} of {x.dtype} and y {y.shape} of {y.dtype}; get it again"
            )
        table = np.concatenate([x, y[:, np.newaxis]], axis=1).astype(np.float64)
        good = (np.abs(table) <= LARGEST).all(axis=1)
        if not good.all():
            raise DataError(f"{path}: row {int(np.argmin(good))}: expected {expected}, received others; get the file again")
        return table[:, :-1], table[:, -1]
