"""New pictures in files: pixels as training made them of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.data.image_files import SUFFIXES, Channels
from utils.decoding.crew import batched
from utils.decoding.pictures import PictureDecoder
from utils.errors import DataError
from utils.prediction.new_data import Batch, NewData, find_files

_BYTES_TOGETHER = 64_000_000


class Pictures(NewData):
    """A picture, a folder of them, or a CSV whose column `path` lists them."""

    def __init__(self, path: Path, sample_shape: tuple[int, int, int], *, scales: bool) -> None:
        """Looks at names alone.

        Args:
            path: of the file or folder.
            sample_shape: height, width and channels that the model was trained on.
            scales: whether pictures of another size are brought to this one, as those of the run were.

        Raises:
            ParameterError: there is nothing at `path`.
            DataError: no picture is there.
        """
        super().__init__()
        self.sample_shape = sample_shape
        self._size = sample_shape[0], sample_shape[1]
        self._channels: Channels = "grey" if sample_shape[2] == 1 else "rgb"
        self._scales = scales
        self._found = find_files(path, SUFFIXES)

    def batches(self) -> Iterator[Batch]:
        """The pictures, as many at a time as memory holds easily."""
        together = max(1, _BYTES_TOGETHER // (4 * int(np.prod(self.sample_shape))))
        with PictureDecoder() as decoder:
            for found in batched(self._found, together):
                read = list(self.read_each(found, partial(self._pixels, decoder)))
                if read:
                    names = [name for name, _ in read]
                    yield Batch(names, names, np.stack([pixels for _, pixels in read]))

    def _pixels(self, decoder: PictureDecoder, path: Path) -> NDArray[np.float32]:
        form = decoder.form(path)
        if not self._scales and (form.height, form.width) != self._size:
            raise DataError(
                f"is {form.height} × {form.width} pixels (height × width), the model was trained on {self._size[0]} × "
                f"{self._size[1]}; scale it as you would have scaled the run's own"
            )
        return decoder.one(path, self._size, self._channels)
