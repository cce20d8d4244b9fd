"""The `.npy` files of the caches, mapped into memory without making sense of what they say of themselves.

NumPy's own reader runs a parser over the header and takes an archive for what it claims to be. Whoever asks here knows the type
and the shape already, so the header is compared with the only one that the file can have, byte for byte.
"""

from __future__ import annotations

import io
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from utils import reading


def header(shape: tuple[int, ...], dtype: DTypeLike) -> bytes:
    """What a `.npy` file of that shape and type starts with; as long for any first axis, for which NumPy leaves room in it.

    Raises:
        ValueError: it would be longer than version 1.0 of the format allows.
    """
    start = io.BytesIO()
    about = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(start, about)
    return start.getvalue()


def mapped_array(path: Path, shape: tuple[Any, ...], dtype: DTypeLike) -> NDArray[Any] | None:
    """The array in `path`, read-only and memory-mapped; None where no such array with this shape and type lies there.

    Args:
        path: a `.npy` file.
        shape: may come from a file too, so anything but whole numbers ≥ 0 is the shape of no array.
        dtype: without objects.
    """
    if not all(type(length) is int and length >= 0 for length in shape):
        return None
    try:
        start = header(shape, dtype)
        with reading.open_file(path) as file:
            size = len(start) + math.prod(shape) * np.dtype(dtype).itemsize
            if os.fstat(file.fileno()).st_size != size or file.read(len(start)) != start:
                return None
            return np.memmap(file, dtype, "r", len(start), shape)
    except (OSError, ValueError, OverflowError):
        return None
