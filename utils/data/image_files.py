"""One image file → its pixels in [0, 1]; what is wrong with a file is one sentence.

Pillow decodes, and only the formats named here: some others start programs. A picture that a camera stored lying is turned
upright, transparency is left out, of an animation the first picture is taken.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from utils.data.passing_error import PassingError, may_pass
from utils.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

Channels = Literal["grey", "rgb"]

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm")
"""Names of image files, in lower case."""
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
_GREY_MODES = {"1", "L", "LA", "La"}
_DEEP = "I;16"
"""How the names of modes with 16 bits a pixel begin, all of them grey."""
_TOO_DEEP = {"I", "F"}
_ORIENTATION = 0x112
_LYING = {5, 6, 7, 8}
"""Values of the tag `_ORIENTATION` that swap width and height."""


@dataclass(frozen=True)
class ImageForm:
    """What a file's header tells."""

    height: int
    """Pixels, once upright."""
    width: int
    grey: bool


@contextlib.contextmanager
def strict_decoding() -> Iterator[None]:
    """While images are decoded in any thread: a suspiciously large one is an error, and Pillow's other warnings are silent.

    Warnings are a matter of the whole process, so this stands around the threads and not in them.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def read_form(path: Path) -> ImageForm:
    """The size of an image and whether it is grey, from its header.

    Raises:
        DataError: the file is damaged, or too large; the reason, without the file.
        PassingError: it cannot be read now.
        MemoryError: it needs more than there is.
    """
    with _opened(path) as image:
        lying = image.getexif().get(_ORIENTATION) in _LYING
        width, height = (image.height, image.width) if lying else image.size
        return ImageForm(height, width, _is_grey(image))


def _is_grey(image: Image.Image) -> bool:
    if image.mode == "P" and image.palette is not None and (image.palette.rawmode or image.palette.mode) == "RGB":
        colours = np.frombuffer(bytes(image.palette.palette), np.uint8).reshape(-1, 3)
        return bool((colours == colours[:, :1]).all())
    return image.mode in _GREY_MODES or image.mode.startswith(_DEEP)


def read_pixels(path: Path, size: tuple[int, int], channels: Channels) -> NDArray[np.float32]:
    """The pixels of an image, (height, width, 1 or 3), from 0 to 1.

    Args:
        path: of the file.
        size: height and width in pixels; an image of another size is scaled to it, smoothly.
        channels: one channel or three; colours become grey by their brightness (ITU-R 601-2).

    Raises:
        DataError: the file is damaged, or too large; the reason, without the file.
        PassingError: it cannot be read now.
        MemoryError: it needs more than there is.
    """
    from PIL import Image

    with _opened(path) as image:
        upright = _upright(image, "L" if channels == "grey" else "RGB")
        if upright.size != size[::-1]:
            upright = upright.resize(size[::-1], Image.Resampling.BILINEAR)
        pixels = np.asarray(upright, np.float32).reshape(*size, -1)
        if upright.mode != "F":
            pixels = pixels / np.float32(255)
    return np.repeat(pixels, 3, axis=2) if channels == "rgb" and pixels.shape[2] == 1 else pixels


def read_upright(path: Path) -> Image.Image:
    """An image as it is meant to be looked at, with 8 bits a channel, grey or in colour.

    Raises:
        DataError, PassingError: as `read_pixels`.
    """
    from PIL import Image

    with _opened(path) as image:
        upright = _upright(image, "L" if _is_grey(image) else "RGB")
        if upright.mode != "F":
            return upright
        return Image.fromarray(np.round(np.asarray(upright) * np.float32(255)).astype(np.uint8))


def _upright(image: Image.Image, mode: str) -> Image.Image:
    """The image in this mode; where it has 16 bits a pixel, as floats from 0 to 1 (mode F)."""
    from PIL import Image, ImageOps

    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith(_DEEP):
        return Image.fromarray(np.asarray(image, np.float32) / np.float32(65_535))
    image.load()
    return image if image.mode == mode else image.convert(mode)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(fp=path, formats=_FORMATS) as image:
            if image.mode in _TOO_DEEP:
                raise DataError("pixels of 32 bits have no known largest value; save it with 8 or 16 bits")
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DataError(f"more than {Image.MAX_IMAGE_PIXELS:,} pixels; make it smaller") from None
    except UnidentifiedImageError:
        raise DataError(f"not an image, or none of {', '.join(_FORMATS)}") from None
    except (DataError, MemoryError):
        raise
    except Exception as error:  # Pillow's decoders raise whatever damaged bytes lead them to
        kind = PassingError if may_pass(error) else DataError
        raise kind(f"cannot be decoded ({type(error).__name__}: {error})") from None
