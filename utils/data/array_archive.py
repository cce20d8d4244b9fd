"""A data set in one NumPy archive: arrays of a training and, where there is one, a test part, each with labels."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils import reading
from utils.data.array_labels import as_classes, read_labels, read_targets
from utils.data.image_source import ImageArrays, scale_of
from utils.data.most_samples import refuse_too_many
from utils.errors import DataError
from utils.hardware import refuse_beyond_memory

_PARTS = ("train", "test")
_NAMES = tuple(f"{axis}_{part}" for part in _PARTS for axis in "xy")
_MOST_BYTES = 2**34
"""Unpacked size of all arrays of a set; more would not fit into the memory that they are then copied in."""
_ODD_HEADER = (TypeError, IndexError, OverflowError, SyntaxError, tokenize.TokenError)
"""What NumPy raises besides on the header of an array, which is a Python literal."""
UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    KeyError,
    MemoryError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    *_ODD_HEADER,
)
"""What NumPy and zipfile raise on bytes that are no archive of arrays, or a damaged one."""


def read_array_archive(path: Path, regression: bool = False) -> ImageArrays:
    """The samples in the archive `path`: x_train, y_train and, as the set's own test part, x_test, y_test.

    Raises:
        DataError: no archive of plain arrays, or arrays that do not belong together; objects are never unpickled.
    """
    arrays = _arrays(path)
    missing = [name for name in ("x_train", "y_train") if name not in arrays]
    if missing:
        raise DataError(f"{path}: has no {' and no '.join(missing)}; expected x_train, y_train[, x_test, y_test]")
    odd = [name for name in _NAMES if name in arrays and f"{'y' if name[0] == 'x' else 'x'}{name[1:]}" not in arrays]
    if odd:
        raise DataError(f"{path}: has {odd[0]} alone; expected x_test and y_test, or neither of them")
    parts = [part for part in _PARTS if f"x_{part}" in arrays and f"y_{part}" in arrays]
    shapes = [arrays[f"x_{part}"].shape for part in parts]
    if not all(shapes) or len({shape[1:] for shape in shapes}) > 1:
        raise DataError(f"{path}: x_train and x_test are not images of one size: shapes {', '.join(map(str, shapes))}")
    _refuse_hollow([arrays[f"x_{part}"] for part in parts], path)
    _refuse_unlike([arrays[f"x_{part}"] for part in parts], path)
    sizes = [len(arrays[f"x_{part}"]) for part in parts]
    facts = [(arrays[f"y_{part}"], size, f"{path}: y_{part}") for part, size in zip(parts, sizes, strict=True)]
    # Names are made once labels and samples are found to be as many, and not too many.
    labels, classes = _labels(facts, path, regression)
    refuse_too_many(sum(sizes), path)
    images = np.concatenate([arrays[f"x_{part}"] for part in parts])
    names = np.array([f"{part} {number}" for part, size in zip(parts, sizes, strict=True) for number in range(size)], np.str_)
    test = np.repeat([part == "test" for part in parts], sizes) if "test" in parts else None
    return ImageArrays(images, labels, names, test, classes)


def _labels(
    facts: Sequence[tuple[NDArray[np.generic], int, str]], path: Path, regression: bool
) -> tuple[NDArray[Any], tuple[str, ...] | None]:
    """Targets, or class indices and the classes' names where they are not their numbers; `facts` are what readers take."""
    if regression:
        return np.concatenate([read_targets(*fact) for fact in facts]), None
    labels, classes = as_classes([read_labels(*fact) for fact in facts], str(path))
    counted = classes == tuple(map(str, range(len(classes))))
    return labels, None if counted else classes


def _refuse_hollow(parts: Sequence[NDArray[np.generic]], path: Path) -> None:
    """Samples without a single byte: a file of no size could claim any number of them."""
    hollow = next((part for part in parts if len(part) and not part.nbytes), None)
    if hollow is not None:
        form = "rows (n, columns)" if hollow.ndim == 2 else "images (n, height, width[, channels])"
        raise DataError(f"{path}: expected {form}, received shape {hollow.shape} of {hollow.dtype}; save the numbers of each")


def _refuse_unlike(parts: Sequence[NDArray[np.generic]], path: Path) -> None:
    """Parts that their types scale differently, and joined would both be scaled as that type which holds both."""
    types = [part.dtype for part in parts]
    if parts[0].ndim > 2 and len({scale_of(one) for one in [*types, np.result_type(*types)]}) > 1:
        raise DataError(
            f"{path}: x_train holds {types[0]} and x_test {types[-1]}, which stand for pixels of different scales; save both "
            "as one type"
        )


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """The arrays that a set is made of; others in the archive are not looked at."""
    try:
        archive = np.load(reading.plain_file(path), allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("a single array")
        with archive:
            refuse_too_large(path, _NAMES)
            return {name: array_of(archive, name) for name in _NAMES if name in archive.files}
    except UNREADABLE as error:
        raise DataError(f"{path}: not an archive of plain arrays ({error}); objects are never unpickled") from None


def refuse_too_large(path: Path, names: Collection[str]) -> None:
    """Looks at the bytes of the arrays `names` by the archive's directory; none is unpacked beyond the size that stands there.

    Raises:
        DataError: they are more than any set has.
        MemoryShortError: this machine has no memory for them.
    """
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist() if member.filename.removesuffix(".npy") in names)
    if size > _MOST_BYTES:
        raise DataError(f"{path}: its arrays would take {size:,} bytes, expected {_MOST_BYTES:,} at most; store fewer samples")
    refuse_beyond_memory(size, f"{path}: its arrays, unpacked,", "store fewer or smaller samples, or use a machine with more")


def array_of(archive: np.lib.npyio.NpzFile, name: str) -> NDArray[np.generic]:
    """The array called `name` in an open archive.

    Raises:
        ValueError: it is damaged, or holds objects, which are never unpickled; or its bytes are no array.
    """
    try:
        array = archive[name]
    except UNREADABLE as error:
        raise ValueError(f"{name}: {error}") from None
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{name}: does not begin as an array does")
    return array
