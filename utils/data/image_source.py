"""Images that come as arrays: scaled to [0, 1], one channel or three."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.data.source import DataSet, DataSource, Kind, Progress, SampleTable
from utils.errors import DataError


@dataclass(frozen=True)
class ImageArrays:
    """Images as a set stores them; n = number of images."""

    images: NDArray[np.generic]
    """(n, height, width) or (n, height, width, channels), any number type."""
    labels: NDArray[np.int64]
    """(n,) class indices from 0."""
    names: NDArray[np.str_]
    """(n,) what a person would call each image."""
    test: NDArray[np.bool_] | None = None
    """(n,) the set's own test part, where it has one."""


class ImageSource(DataSource):
    """Images in arrays, read by a function when they are first needed."""

    kind: Kind = "image"
    default_model = "cnn"

    def __init__(self, where: str, read: Callable[[], ImageArrays], class_names: tuple[str, ...] | None) -> None:
        """`read` gives the arrays, `where` names the set in messages."""
        self._where = where
        self._read = read
        self._class_names = class_names

    def scan(self) -> SampleTable:
        """The samples; images in arrays are read whole."""
        return self._table(self._read())

    def load(self, cache: Path, progress: Progress) -> DataSet:
        """The samples and their pixels: integers divided by 255 (or by the largest value, where that is smaller)."""
        arrays = self._read()
        images = arrays.images[..., np.newaxis] if arrays.images.ndim == 3 else arrays.images
        if images.dtype.kind not in "biuf":
            raise DataError(f"{self._where}: expected images of numbers, received {images.dtype}")
        if images.ndim != 4 or 0 in images.shape:
            raise DataError(
                f"{self._where}: expected images (n, height, width[, channels]), received shape {arrays.images.shape}"
            )
        with np.errstate(over="ignore"):
            features = images.astype(np.float32)
        if not np.isfinite(features).all():
            bad = int(np.argmin(np.isfinite(features).reshape(len(features), -1).all(axis=1)))
            raise DataError(f"{self._where}: image {arrays.names[bad]} has NaN or infinite pixels; remove or mend it")
        if np.issubdtype(images.dtype, np.integer):
            largest = float(features.max())
            features /= largest if largest > 255 else min(255.0, max(1.0, largest))
        features.flags.writeable = False
        digest = hashlib.sha256(np.ascontiguousarray(features).data)
        digest.update(arrays.labels.tobytes())
        return DataSet(self._table(arrays), digest.hexdigest(), self.kind, (), features)

    def _table(self, arrays: ImageArrays) -> SampleTable:
        if not len(arrays.labels):
            raise DataError(f"{self._where}: holds no images")
        count = int(arrays.labels.max()) + 1
        if count > len(arrays.labels):
            raise DataError(
                f"{self._where}: has the label {count - 1} but only {len(arrays.labels)} images; labels count from 0"
            )
        names = self._class_names or tuple(map(str, range(count)))
        if count > len(names):
            raise DataError(
                f"{self._where}: has the label {count - 1}, but class_names has {len(names)} names; add the missing ones"
            )
        return SampleTable(arrays.labels, names, arrays.names, test=arrays.test)
