"""Pictures that a library hands out, encoded or as pixels → one array, by the reader of image files.

A picture that cannot be used has a reason and no pixels. A cell may name a file in place of its bytes; a set from elsewhere
could so name any file of this computer, so files are read below the set's own folder alone.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from utils import reading
from utils.data.audio_extraction import core_count
from utils.data.image_extraction import ImageSettings
from utils.data.image_files import Channels, ImageForm
from utils.data.source import Progress
from utils.decoding.crew import batched, in_turn
from utils.decoding.pictures import PictureDecoder
from utils.errors import DataError
from utils.hardware import refuse_beyond_memory

T = TypeVar("T")
_LARGEST_FILE = 2**27
"""Bytes."""
_IMAGES_PER_BLOCK = 64
_IMAGES_PER_REPORT = 1_000
"""Pictures between two calls of a `Progress`."""


@dataclass(frozen=True)
class GivenPictures:
    """The pictures of a set as it hands them out; n = number of pictures, one or more."""

    where: str
    """Names the set in messages."""
    names: Sequence[str]
    """(n,) what a person would call each."""
    values: Sequence[Any]
    """(n,) each as the bytes of its file, as `{"bytes": …, "path": …}`, or as an array of pixels of 8 or 16 bits."""
    folder: Path
    """Where the files lie that `path` names."""

    def pixels(self, settings: ImageSettings, progress: Progress) -> tuple[NDArray[np.float32], dict[int, str]]:
        """The pixels of the good ones, (m, height, width, 1 or 3) from 0 to 1, and position → reason of the others.

        Raises:
            DataError: the good ones are of several sizes, and `settings` name none.
            MemoryShortError: this machine has no memory for their pixels.
        """
        forms = self._in_turn(range(len(self.values)), lambda decoder, file: decoder.form(file))
        read = dict(enumerate(forms))
        reasons = {position: form for position, form in read.items() if isinstance(form, str)}
        good = {position: form for position, form in read.items() if isinstance(form, ImageForm)}
        if not good:
            return np.empty((0, 0, 0, 1), np.float32), reasons
        channels: Channels = settings.channels or ("grey" if all(form.grey for form in good.values()) else "rgb")
        size = settings.size or self._common_size(good)
        shape = (*size, 1 if channels == "grey" else 3)
        refuse_beyond_memory(
            len(good) * prod(shape) * np.dtype(np.float32).itemsize,
            f"{self.where}: {len(good):,} images of shape {shape} in single precision",
            "choose a smaller size, or use a machine with more",
        )
        pixels = np.empty((len(good), *shape), np.float32)
        count = 0
        decoded = self._in_turn(list(good), lambda decoder, file: decoder.one(file, size, channels))
        for done, (position, picture) in enumerate(zip(good, decoded, strict=True), 1):
            if isinstance(picture, str):
                reasons[position] = picture
            else:
                pixels[count] = picture
                count += 1
            if done % _IMAGES_PER_REPORT == 0 or done == len(good):
                progress("decoding images", done, len(good))
        return pixels[:count], reasons

    def _in_turn(self, positions: Sequence[int], read: Callable[[PictureDecoder, Path | bytes], T]) -> Iterator[T | str]:
        """Yields what `read` gives for each picture, or the reason why it gives nothing."""

        def answer(decoder: PictureDecoder, position: int) -> T | str:
            try:
                return read(decoder, self._file(self.values[position]))
            except DataError as error:
                return str(error)

        def answers(decoder: PictureDecoder, block: Sequence[int]) -> list[T | str]:
            return [answer(decoder, position) for position in block]

        blocks = batched(positions, _IMAGES_PER_BLOCK)
        with contextlib.closing(in_turn(PictureDecoder, core_count(), blocks, answers)) as answered:
            for block in answered:
                yield from block

    def _file(self, value: Any) -> Path | bytes:
        """What holds the encoded picture: a path, or bytes."""
        if isinstance(value, Mapping):
            value = self._checked(value.get("path")) if value.get("bytes") is None else value["bytes"]
        if isinstance(value, Path):
            return value
        return value if isinstance(value, bytes) else _encoded(value)

    def _checked(self, name: Any) -> Path:
        """The file `name` of the set's folder."""
        if not isinstance(name, str):
            raise DataError("has neither bytes nor a file")
        folder = self.folder.resolve()
        path = folder / name
        if not reading.is_file(path) or not path.resolve().is_relative_to(folder):
            raise DataError(
                f"names {name!r}, which is no file below {folder}; save the set with its pictures in it, as save_to_disk does"
            )
        if path.stat().st_size > _LARGEST_FILE:
            raise DataError(f"names {name!r}, a file of more than {_LARGEST_FILE:,} bytes; make the picture smaller")
        return path.resolve()

    def _common_size(self, forms: Mapping[int, ImageForm]) -> tuple[int, int]:
        first = next(iter(forms))
        size = forms[first].height, forms[first].width
        for position, form in forms.items():
            if (form.height, form.width) != size:
                raise DataError(
                    f"{self.where}: sample {self.names[position]}: expected {size[0]} × {size[1]} pixels as "
                    f"{self.names[first]} has, received {form.height} × {form.width}; give the size to scale all to, "
                    "[height, width], in data_params.image_size"
                )
        return size


def _encoded(value: Any) -> bytes:
    """Pixels as a file, so that they take the path of all pictures."""
    from PIL import Image

    pixels = np.asarray(value)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise DataError(f"holds {pixels.dtype}, expected an encoded picture or pixels of 8 or 16 bits")
    file = io.BytesIO()
    try:
        picture = Image.fromarray(pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels)
        picture.save(file, "PNG", compress_level=0)
    except (TypeError, ValueError, OSError, SystemError) as error:
        raise DataError(f"pixels of shape {pixels.shape} are no picture ({error})") from None
    return file.getvalue()
