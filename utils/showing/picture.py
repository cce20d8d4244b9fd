"""An image as a person is shown it: as PNG, neither too large for a page nor too small for the eye."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from utils.annotation.shown import Shown
from utils.data.image_files import read_upright, strict_decoding
from utils.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

LARGEST, SMALLEST = 1024, 256
"""Pixels of the longer side."""


def show_file(path: Path) -> Shown:
    """What a person is shown of the image file `path`.

    Raises:
        DataError: it cannot be read any more.
    """
    try:
        with strict_decoding():
            picture = read_upright(path)
    except DataError as error:
        raise DataError(f"{path}: cannot be shown: {error}") from None
    return _shown(picture)


def show_pixels(images: NDArray[np.float32], sample: int) -> Shown:
    """What a person is shown of the image `sample` of `images` (n, height, width, channels).

    Three channels or four are red, green, blue, and what follows is left out; of one, two or more the mean is shown in grey.
    Values are meant to be from 0 to 1; where an image has others, its smallest is black and its largest white.
    """
    from PIL import Image

    pixels = np.asarray(images[sample], np.float32)
    low, high = float(pixels.min()), float(pixels.max())
    if low < 0 or high > 1:
        pixels = (pixels - low) / (high - low if high > low else 1.0)
    pixels = pixels[..., :3] if pixels.shape[2] in (3, 4) else pixels.mean(axis=2)
    return _shown(Image.fromarray(np.round(pixels * 255).astype(np.uint8)))


def _shown(picture: Image.Image) -> Shown:
    """The picture, in grey or in colour, in a size that suits a page."""
    from PIL import Image

    width, height = picture.size
    longest = max(width, height)
    note = f"{width:,} × {height:,} pixels"
    if longest > LARGEST:
        scale = LARGEST / longest
        picture = picture.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS)
    elif longest < SMALLEST:
        factor = -(-SMALLEST // longest)
        picture = picture.resize((width * factor, height * factor), Image.Resampling.NEAREST)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return Shown("image", picture=file.getvalue(), note=note)
