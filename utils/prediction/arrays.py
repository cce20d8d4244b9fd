"""New samples in a NumPy archive: images scaled by their type as training scaled its own, or rows of numbers as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils import reading
from utils.data.array_archive import UNREADABLE, array_of, refuse_too_large
from utils.data.image_source import ImageArrays, ImageSource, as_finite
from utils.data.most_samples import refuse_too_many
from utils.errors import DataError
from utils.prediction.new_data import Batch, NewData, checked

_NAME = "x"


class Arrays(NewData):
    """A `.npz` file with the array x, (n, …), or a single array of any name."""

    def __init__(self, path: Path, sample_shape: tuple[int, ...]) -> None:
        """Reads nothing yet; `sample_shape` is what the model was trained on.

        Raises:
            ParameterError: there is nothing at `path`.
        """
        super().__init__()
        self.sample_shape = sample_shape
        self._path = checked(path)

    def batches(self) -> Iterator[Batch]:
        """All samples at once.

        Raises:
            DataError: no archive of a plain array, or of samples of another shape or of no finite numbers.
        """
        array = self._array()
        self._refuse_other_shape(array)
        names = np.array([f"{_NAME} {number}" for number in range(len(array))])
        if len(self.sample_shape) == 1:
            features = as_finite(array, names, str(self._path), "row", "numbers")
        else:
            arrays = ImageArrays(array, np.zeros(len(array), np.int64), names)
            features = np.asarray(ImageSource(str(self._path), lambda: arrays, None).load(Path(), _say_nothing).features)
        yield Batch(names.tolist(), names.tolist(), features)

    def _refuse_other_shape(self, array: NDArray[np.generic]) -> None:
        """Before any sample is looked at: a file of no size could claim any number of samples without a single pixel."""
        shape = (*array.shape[1:], 1) if array.ndim == 3 and len(self.sample_shape) > 1 else array.shape[1:]
        if shape != self.sample_shape:
            raise DataError(
                f"{self._path}: expected samples of shape {self.sample_shape}, which the model was trained on, received {shape}"
            )
        if not array.nbytes:
            raise DataError(f"{self._path}: expected samples of numbers, received {array.dtype}")

    def _array(self) -> NDArray[np.generic]:
        try:
            with np.load(reading.plain_file(self._path), allow_pickle=False) as archive:
                names = [_NAME] if _NAME in archive.files else archive.files
                if len(names) != 1:
                    raise DataError(f"{self._path}: expected an array {_NAME}, received {', '.join(names) or 'none'}")
                refuse_too_large(self._path, names)
                array = array_of(archive, names[0])
        except (AttributeError, *UNREADABLE) as error:
            raise DataError(f"{self._path}: not an archive of plain arrays ({error}); objects are never unpickled") from None
        if not array.ndim or not len(array):
            raise DataError(f"{self._path}: holds no samples")
        refuse_too_many(len(array), self._path)
        return array


def _say_nothing(what: str, done: int, total: int) -> None:
    """An archive is read in no time."""
