"""Images, or rows of numbers, in one NumPy archive, as Keras' own sets are handed around."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils import reading
from utils.data.array_archive import UNREADABLE, read_array_archive
from utils.data.image_source import ImageSource, as_finite
from utils.data.source import DataSource, Kind, SourceRequest, sources
from utils.errors import DataError

_HOW_TO_GET = "Write one: numpy.savez(path, x_train=…, y_train=…[, x_test=…, y_test=…]), images or rows of numbers with labels."


class _RowSource(ImageSource):
    """Rows of numbers, which are fed to models as they are."""

    kind: Kind = "table"
    default_model = "dense"
    _sample = "row"

    def _features(self, images: NDArray[np.generic], names: NDArray[np.str_]) -> NDArray[np.float32]:
        if images.ndim != 2 or 0 in images.shape:
            raise DataError(f"{self._where}: expected rows (n, columns), received shape {images.shape}")
        return as_finite(images, names, self._where, self._sample, "numbers")


@sources.register("npz")
def npz(request: SourceRequest) -> DataSource:
    """A `.npz` file with x_train, y_train and, as its own test part, x_test, y_test; data_dir names it or its folder.

    x is images (n, height, width[, channels]), or rows (n, columns) that are fed as they are: the data set table_csv
    standardises. Labels are whole numbers, texts or one-hot rows, and numbers in regression.
    """
    make = _RowSource if _has_rows(request.folder) else ImageSource
    where, names = str(request.folder), request.class_names
    return make(where, lambda: read_array_archive(_find(request.folder), request.regression), names, _HOW_TO_GET)


def _has_rows(folder: Path) -> bool:
    """Whether samples are rows, as the header of x_train tells; False where there is no such header to be read."""
    try:
        with zipfile.ZipFile(reading.plain_file(_find(folder))) as archive, archive.open(name="x_train.npy") as file:
            np.lib.format.read_magic(file)
            shape, _, _ = np.lib.format.read_array_header_1_0(file)
    except (DataError, *UNREADABLE):
        return False
    return len(shape) == 2


def _find(folder: Path) -> Path:
    if folder.suffix == ".npz" and folder.is_file():
        return folder
    found = sorted(folder.glob("*.npz")) if folder.is_dir() else []
    if len(found) != 1:
        received = "no such folder" if not folder.exists() else f"{len(found)} of them"
        raise DataError(f"{folder}: expected one .npz file, found {received}; set data_dir to the file itself. {_HOW_TO_GET}")
    return found[0]
