"""Images that come as arrays: scaled to [0, 1], one channel or three."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.data.source import DataSet, DataSource, Kind, Progress, SampleTable
from utils.errors import DataError
from utils.hardware import refuse_beyond_memory
from utils.registry import did_you_mean
from utils.showing.picture import show_pixels

_SHOWN = 40
_LARGEST = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}


def scale_of(pixels: np.dtype[Any]) -> float:
    """What pixels of this type are divided by: their largest possible value; 1 for floats."""
    return _LARGEST.get(pixels.newbyteorder("="), 255.0) if np.issubdtype(pixels, np.integer) else 1.0


@dataclass(frozen=True)
class ImageArrays:
    """Images as a set stores them; n = number of images."""

    images: NDArray[np.generic]
    """(n, height, width) or (n, height, width, channels), any number type; floats are fed as they are."""
    labels: NDArray[Any]
    """(n,) class indices from 0, int64; in regression the targets, float32."""
    names: NDArray[np.str_]
    """(n,) what a person would call each image."""
    test: NDArray[np.bool_] | None = None
    """(n,) the set's own test part, where it has one."""
    class_names: tuple[str, ...] | None = None
    """The set's own names of its classes; None where they have numbers alone, and may be given names."""


class ImageSource(DataSource):
    """Images in arrays, read by a function when they are first needed."""

    kind: Kind = "image"
    default_model = "cnn"
    _sample = "image"
    """What a sample is called in messages."""

    def __init__(
        self, where: str, read: Callable[[], ImageArrays], class_names: tuple[str, ...] | None, how_to_get: str = ""
    ) -> None:
        """Keeps what it is given; nothing is read yet.

        Args:
            where: names the set in messages.
            read: gives the arrays.
            class_names: the classes to use, in the order of their labels, by the set's own names or by their numbers; or, where
                classes have numbers alone, new names for 0, 1, …; None for all classes in the set's own order.
            how_to_get: one sentence for the user who does not have the set: where it comes from.
        """
        self.how_to_get = how_to_get
        self._where = where
        self._read = read
        self._class_names = class_names

    def scan(self) -> SampleTable:
        """The samples; images in arrays are read whole."""
        return self._chosen(self._read())[1]

    def load(self, cache: Path, progress: Progress) -> DataSet:
        """The samples and their pixels: integers divided by 255, those of 16 bits without sign by 65,535."""
        arrays = self._read()
        kept, table = self._chosen(arrays)
        features = self._features(arrays.images if kept is None else arrays.images[kept], table.names)
        features.flags.writeable = False
        digest = hashlib.sha256(np.ascontiguousarray(features).data)
        digest.update(table.labels.tobytes())
        show = partial(show_pixels, features) if self.kind == "image" else None
        return DataSet(table, digest.hexdigest(), self.kind, (), features, show=show)

    def _features(self, images: NDArray[np.generic], names: NDArray[np.str_]) -> NDArray[np.float32]:
        """(n, height, width, channels) a copy of the pixels, scaled; `names` (n,) of the images serve messages."""
        pixels = images[..., np.newaxis] if images.ndim == 3 else images
        if pixels.ndim != 4 or 0 in pixels.shape:
            raise DataError(f"{self._where}: expected images (n, height, width[, channels]), received shape {images.shape}")
        features = as_finite(pixels, names, self._where, self._sample, "pixels")
        if np.issubdtype(pixels.dtype, np.integer):
            # A largest value found among the samples would let those not yet labelled say how the labelled ones look.
            largest = scale_of(pixels.dtype)
            if not 0 <= features.min() <= features.max() <= largest:
                raise DataError(
                    f"{self._where}: expected pixels of {pixels.dtype} from 0 to {largest:,.0f}, received {pixels.min():,} to "
                    f"{pixels.max():,}; save them as uint8, as uint16, or as floats from 0 to 1"
                )
            features /= largest
        return features

    def _chosen(self, arrays: ImageArrays) -> tuple[NDArray[np.int64] | None, SampleTable]:
        """Positions of the images of the classes in use (None: all), and these images' table."""
        if not len(arrays.labels):
            raise DataError(f"{self._where}: holds no {self._sample}s")
        if arrays.labels.dtype.kind == "f":
            return None, SampleTable(arrays.labels, (), arrays.names, test=arrays.test)
        own = arrays.class_names or self._numbers(arrays.labels)
        if self._class_names is None:
            return None, SampleTable(arrays.labels, own, arrays.names, test=arrays.test)
        if arrays.class_names is None and not set(self._class_names) <= set(own):
            return None, SampleTable(arrays.labels, self._renamed(len(own)), arrays.names, test=arrays.test)
        return self._selected(arrays, own, self._class_names)

    def _numbers(self, labels: NDArray[np.int64]) -> tuple[str, ...]:
        """The classes 0, 1, … of a set whose classes have no names."""
        count = int(labels.max()) + 1
        if count > len(labels):
            raise DataError(
                f"{self._where}: has the label {count - 1} but only {len(labels)} {self._sample}s; labels count from 0"
            )
        return tuple(map(str, range(count)))

    def _renamed(self, count: int) -> tuple[str, ...]:
        names = self._class_names or ()
        if count > len(names):
            raise DataError(
                f"{self._where}: has the label {count - 1}, but class_names has {len(names)} names; add the missing ones"
            )
        return names

    def _selected(
        self, arrays: ImageArrays, own: tuple[str, ...], wanted: tuple[str, ...]
    ) -> tuple[NDArray[np.int64], SampleTable]:
        present = [own[label] for label in np.unique(arrays.labels).tolist()]
        for name in wanted:
            if name not in present:
                raise DataError(
                    f"{self._where}: the class {name!r} of class_names has no {self._sample}{did_you_mean(name, present)}; "
                    f"there are {self._sample}s of: {', '.join(present[:_SHOWN])}"
                )
        index = np.array([wanted.index(name) if name in wanted else -1 for name in own], np.int64)
        labels = index[arrays.labels]
        kept = np.flatnonzero(labels >= 0)
        test = None if arrays.test is None else arrays.test[kept]
        return kept, SampleTable(labels[kept], wanted, arrays.names[kept], test=test)


def as_finite(values: NDArray[np.generic], names: NDArray[np.str_], where: str, sample: str, parts: str) -> NDArray[np.float32]:
    """A copy of `values` (n, …) as float32.

    Args:
        values: what a set holds of each sample.
        names: (n,) what a person would call each sample.
        where: names the set in messages.
        sample: what a sample is called in messages.
        parts: what one value of it is called there, in the plural.

    Raises:
        DataError: no numbers, or one that is not finite; names the first such sample.
        MemoryShortError: this machine has no memory for the copy.
    """
    if values.dtype.kind not in "biuf":
        raise DataError(f"{where}: expected {sample}s of numbers, received {values.dtype}")
    refuse_beyond_memory(
        values.size * np.dtype(np.float32).itemsize,
        f"{where}: {len(values):,} {sample}s of shape {values.shape[1:]} in single precision",
        "store fewer or smaller ones, or use a machine with more",
    )
    with np.errstate(over="ignore"):
        features = values.astype(np.float32)
    if values.dtype.kind == "f" and not np.isfinite(features).all():
        bad = int(np.argmin(np.isfinite(features).reshape(len(features), -1).all(axis=1)))
        odd = (
            f"{parts} beyond ±{np.finfo(np.float32).max:.1e}" if np.isfinite(values[bad]).all() else f"NaN or infinite {parts}"
        )
        raise DataError(f"{where}: {sample} {names[bad]} has {odd}; remove or mend it")
    return features
