"""Images in one NumPy archive, as Keras' own sets are handed around."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.data.image_source import ImageArrays, ImageSource
from utils.data.source import DataSource, SourceRequest, sources
from utils.errors import DataError

_PARTS = ("train", "test")


@sources.register("npz")
def npz(request: SourceRequest) -> DataSource:
    """A `.npz` file with x_train, y_train and, as its own test part, x_test, y_test; data_dir names it or its folder."""
    return ImageSource(str(request.folder), lambda: _read(_find(request.folder)), request.class_names)


def _find(folder: Path) -> Path:
    if folder.suffix == ".npz" and folder.is_file():
        return folder
    found = sorted(folder.glob("*.npz")) if folder.is_dir() else []
    if len(found) != 1:
        received = "no such folder" if not folder.exists() else f"{len(found)} of them"
        raise DataError(f"{folder}: expected one .npz file, found {received}; set data_dir to the file itself")
    return found[0]


def _read(path: Path) -> ImageArrays:
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("a single array")
        with archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, KeyError, MemoryError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: not an archive of plain arrays ({error}); objects are never unpickled") from None
    missing = [name for name in ("x_train", "y_train") if name not in arrays]
    if missing:
        raise DataError(f"{path}: has no {' and no '.join(missing)}; expected x_train, y_train[, x_test, y_test]")
    parts = [part for part in _PARTS if f"x_{part}" in arrays and f"y_{part}" in arrays]
    shapes = [arrays[f"x_{part}"].shape for part in parts]
    if not all(shapes) or len({shape[1:] for shape in shapes}) > 1:
        raise DataError(f"{path}: x_train and x_test are not images of one size: shapes {', '.join(map(str, shapes))}")
    images = np.concatenate([arrays[f"x_{part}"] for part in parts])
    labels = np.concatenate([_labels(arrays[f"y_{part}"], len(arrays[f"x_{part}"]), f"{path}: y_{part}") for part in parts])
    names = np.concatenate([np.char.add(f"{part} ", np.arange(len(arrays[f"y_{part}"])).astype(str)) for part in parts])
    sizes = [len(arrays[f"y_{part}"]) for part in parts]
    test = np.repeat([part == "test" for part in parts], sizes) if "test" in parts else None
    return ImageArrays(images, labels, names, test)


def _labels(values: NDArray[np.generic], count: int, where: str) -> NDArray[np.int64]:
    values = values.reshape(-1) if values.ndim == 2 and values.shape[1] == 1 else values
    if values.shape != (count,) or not np.issubdtype(values.dtype, np.integer) or (count and int(values.min()) < 0):
        raise DataError(f"{where}: expected {count} whole numbers from 0, received shape {values.shape} of {values.dtype}")
    return values.astype(np.int64)
