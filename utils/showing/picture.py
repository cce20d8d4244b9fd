"""An image as a person is shown it: as PNG, neither too large for a page nor too small for the eye."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.annotation.shown import Shown
from utils.decoding.pictures import PictureDecoder
from utils.errors import DataError

LARGEST, SMALLEST = 1024, 256
"""Pixels of the longer side."""
_decoder, _one_at_a_time = PictureDecoder(), threading.Lock()
"""Kept, for people are shown many pictures one after the other; nothing runs before the first."""


def show_file(path: Path) -> Shown:
    """What a person is shown of the image file `path`.

    Raises:
        DataError: it cannot be read any more.
    """
    try:
        with _one_at_a_time:
            picture = _decoder.upright(path, LARGEST)
    except DataError as error:
        raise DataError(f"{path}: cannot be shown: {error}") from None
    return _shown(picture.pixels, picture.size)


def show_pixels(images: NDArray[np.float32], sample: int) -> Shown:
    """What a person is shown of the image `sample` of `images` (n, height, width, channels).

    Three channels or four are red, green, blue, and what follows is left out; of one, two or more the mean is shown in grey.
    Values are meant to be from 0 to 1; where an image has others, its smallest is black and its largest white.
    """
    pixels = np.asarray(images[sample], np.float32)
    low, high = float(pixels.min()), float(pixels.max())
    if low < 0 or high > 1:
        pixels = (pixels - low) / (high - low if high > low else 1.0)
    pixels = pixels[..., :3] if pixels.shape[2] in (3, 4) else pixels.mean(axis=2)
    height, width, _ = images[sample].shape
    return _shown(np.round(pixels * 255).astype(np.uint8), (height, width))


def _shown(pixels: NDArray[np.uint8], size: tuple[int, int]) -> Shown:
    """The picture, in grey or in colour, in a size that suits a page; `size` is the height and width that it has itself."""
    from PIL import Image

    picture = Image.fromarray(pixels)
    longest = max(size)
    if longest > LARGEST:
        scale = LARGEST / longest
        smaller = max(1, round(size[1] * scale)), max(1, round(size[0] * scale))
        picture = picture if picture.size == smaller else picture.resize(smaller, Image.Resampling.LANCZOS)
    elif longest < SMALLEST:
        factor = -(-SMALLEST // longest)
        picture = picture.resize((size[1] * factor, size[0] * factor), Image.Resampling.NEAREST)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return Shown("image", picture=file.getvalue(), note=f"{size[1]:,} × {size[0]:,} pixels")
