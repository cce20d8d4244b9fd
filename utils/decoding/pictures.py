"""Pictures as the run gets them: decoded in a process with limits, and checked before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from utils.data.image_files import Channels, ImageForm
from utils.decoding.frames import FrameError
from utils.decoding.limits import SECONDS
from utils.decoding.process import DecodingProcess, Reply
from utils.errors import DataError

T = TypeVar("T")
_MOST_PIXELS = 2**28


@dataclass(frozen=True)
class UprightPicture:
    """A picture as it is meant to be looked at."""

    pixels: NDArray[np.uint8]
    """(height, width) grey or (height, width, 3) in colour; made smaller where it was too large."""
    size: tuple[int, int]
    """Height and width in the file, in pixels."""


class PictureDecoder(DecodingProcess):
    """Decodes image files, or their bytes, for one thread at a time."""

    def __init__(self) -> None:
        """Starts nothing yet."""
        super().__init__("utils.decoding.picture_tasks")

    def forms(self, files: Sequence[Path | bytes]) -> Iterator[ImageForm | DataError]:
        """Yields what each file's header tells, or why it tells nothing."""

        def take(replies: Iterator[Reply]) -> ImageForm:
            (header, _) = next(replies)
            grey = header.get("grey")
            if not isinstance(grey, bool):
                raise FrameError("a form without colour")
            return ImageForm(*_size(header.get("height"), header.get("width")), grey)

        yield from self.each({"kind": "form", "seconds": SECONDS}, files, 0, take)

    def pixels(
        self, files: Sequence[Path | bytes], size: tuple[int, int], channels: Channels
    ) -> Iterator[NDArray[np.float32] | DataError]:
        """Yields the pixels of each file, (height, width, 1 or 3), from 0 to 1, or why it cannot be used; see `read_pixels`."""
        shape = (*size, 1 if channels == "grey" else 3)
        most = 4 * int(np.prod(shape))

        def take(replies: Iterator[Reply]) -> NDArray[np.float32]:
            (_, content) = next(replies)
            if len(content) != most:
                raise FrameError(f"{len(content):,} bytes of pixels")
            pixels = np.frombuffer(content, np.float32).reshape(shape)
            if not 0 <= pixels.min() <= pixels.max() <= 1:
                raise FrameError("pixels that are not from 0 to 1")
            return pixels

        yield from self.each({"kind": "pixels", "seconds": SECONDS, "size": size, "channels": channels}, files, most, take)

    def form(self, file: Path | bytes) -> ImageForm:
        """What the header of one file tells.

        Raises:
            DataError: why it tells nothing.
        """
        (answer,) = self.forms([file])
        return _good(answer)

    def one(self, file: Path | bytes, size: tuple[int, int], channels: Channels) -> NDArray[np.float32]:
        """The pixels of one file, as `pixels` gives them.

        Raises:
            DataError: why it cannot be used.
        """
        (answer,) = self.pixels([file], size, channels)
        return _good(answer)

    def upright(self, path: Path, longest: int) -> UprightPicture:
        """A picture for the eye, no side of it longer than `longest` pixels.

        Raises:
            DataError: why it cannot be shown.
        """

        def take(replies: Iterator[Reply]) -> UprightPicture:
            (header, content) = next(replies)
            height, width = _size(*_pair(header.get("size")))
            shape = (height, width, 3) if header.get("colour") is True else (height, width)
            if max(height, width) > longest or len(content) != np.prod(shape):
                raise FrameError(f"{len(content):,} bytes of {height} × {width} pixels")
            size = _size(header.get("height"), header.get("width"))
            return UprightPicture(np.frombuffer(content, np.uint8).reshape(shape), size)

        task = {"kind": "upright", "seconds": SECONDS, "longest": longest}
        (answer,) = self.each(task, [path], 3 * longest**2, take)
        return _good(answer)


def _good(answer: T | DataError) -> T:
    if isinstance(answer, DataError):
        raise answer
    return answer


def _pair(value: Any) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise FrameError("no size")
    return value[0], value[1]


def _size(height: Any, width: Any) -> tuple[int, int]:
    if type(height) is not int or type(width) is not int or min(height, width) < 1 or height * width > _MOST_PIXELS:
        raise FrameError(f"{height!r:.20} × {width!r:.20} pixels")
    return height, width
