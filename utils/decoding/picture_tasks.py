"""A decoding process for pictures; see `child.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from utils.data.image_files import read_form, read_pixels, read_upright, strict_decoding
from utils.decoding.child import Answer, serve


def _form(file: Any, task: Mapping[str, Any]) -> Iterator[Answer]:
    del task
    yield asdict(read_form(file)), b""


def _pixels(file: Any, task: Mapping[str, Any]) -> Iterator[Answer]:
    height, width = task["size"]
    yield {}, np.ascontiguousarray(read_pixels(file, (height, width), task["channels"])).data.cast("B")


def _upright(file: Any, task: Mapping[str, Any]) -> Iterator[Answer]:
    """Sends the picture in 8 bits a channel, no side longer than `task["longest"]`, and the size that it had."""
    picture = read_upright(file)
    header = {"height": picture.height, "width": picture.width, "colour": picture.mode == "RGB"}
    scale = task["longest"] / max(picture.size)
    if scale < 1:
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    yield {**header, "size": [picture.height, picture.width]}, picture.tobytes()


if __name__ == "__main__":
    Image.init()
    ImageOps.grayscale(Image.new("L", (1, 1)))
    with strict_decoding():
        serve({"form": _form, "pixels": _pixels, "upright": _upright})
