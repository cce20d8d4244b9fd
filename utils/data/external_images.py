"""Pictures that a library hands out, encoded or as pixels → one array."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from utils.data.image_files import Channels, strict_decoding
from utils.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""Of encoded pictures; some others start programs."""
_GREY = {"1", "L", "LA", "La"}
_TOO_DEEP = ("I", "F")


def decode_images(
    values: Sequence[Any], names: Sequence[str], where: str, size: tuple[int, int] | None, channels: Channels | None
) -> NDArray[np.uint8]:
    """(n, height, width, 1 or 3) the pictures' pixels, from 0 to 255.

    Args:
        values: (n,) each picture as the bytes of its file, as `{"bytes": …, "path": …}`, or as an array of pixels in bytes.
        names: (n,) what a person would call each.
        where: names the set in messages.
        size: height and width to scale them to; None where all have one size.
        channels: one or three; None: one where all are grey.

    Raises:
        DataError: a picture cannot be decoded, or has another size than the first.
    """
    from PIL import Image

    pictures: list[Image.Image] = []
    with strict_decoding():
        for name, value in zip(names, values, strict=True):
            try:
                picture = _open(value)
            except Exception as error:  # Pillow's decoders raise whatever damaged bytes lead them to
                raise DataError(f"{where}: sample {name}: is no picture that can be decoded ({error}); remove it") from None
            if size is not None:
                picture = picture.resize(size[::-1], Image.Resampling.BILINEAR)
            if pictures and picture.size != pictures[0].size:
                raise DataError(
                    f"{where}: sample {name}: expected {_size(pictures[0])} pixels as {names[0]} has, received "
                    f"{_size(picture)}; give the size to scale all to, [height, width], in data_params.image_size"
                )
            pictures.append(picture)
    grey = channels == "grey" or (channels is None and all(picture.mode == "L" for picture in pictures))
    pixels = [np.asarray(picture.convert("L" if grey else "RGB")) for picture in pictures]
    return np.stack(pixels).reshape(len(pixels), *pixels[0].shape[:2], 1 if grey else 3)


def _open(value: Any) -> Image.Image:
    """The picture, grey or in colours, 8 bits each."""
    from PIL import Image

    if isinstance(value, Mapping):
        value = Path(value["path"]).read_bytes() if value.get("bytes") is None else value["bytes"]
    if isinstance(value, bytes):
        picture: Image.Image = Image.open(io.BytesIO(value), mode="r", formats=_FORMATS)
    else:
        pixels = np.asarray(value)
        if pixels.dtype != np.uint8:
            raise ValueError(f"pixels of {pixels.dtype}, expected bytes")
        picture = Image.fromarray(pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels)
    if picture.mode.startswith(_TOO_DEEP):
        raise ValueError(f"more than 8 bits in mode {picture.mode}")
    return picture.convert("L" if picture.mode in _GREY else "RGB")


def _size(picture: Image.Image) -> str:
    return f"{picture.height} × {picture.width}"
