"""The files of Keras' own data sets, as Keras downloads them: where they lie, and what their archives hold.

Nothing is downloaded here. A file is looked for in the folder of the data set and then where `keras.datasets` keeps its own;
whoever has it in neither place is told where to get it. Arrays of objects, as two of these sets have them, are read as inert
data (see `inert_pickle.py`) and so cannot run code.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.data.array_archive import UNREADABLE
from utils.data.image_source import ImageArrays
from utils.data.inert_pickle import read_inert_pickle
from utils.data.source import SourceRequest
from utils.errors import DataError

STORE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"
_MOST_BYTES = 2**30
"""Unpacked size of one array beyond which an archive is none of Keras' own."""


@dataclass(frozen=True)
class KerasSet:
    """One of Keras' own sets, in the form that Keras downloads it."""

    name: str
    """Of its module in keras.datasets."""
    files: tuple[str, ...]
    """Names of its files, all in one folder."""
    source: str = STORE
    """Address of the folder that they are downloaded from."""
    keras_folder: str = ""
    """Below the folder of all of Keras' sets, where this one's files lie."""

    @property
    def how_to_get(self) -> str:
        """One sentence for the user who does not have the set."""
        addresses = " and ".join(f"{self.source}/{file}" for file in self.files)
        return (
            f"Download {addresses} into data_dir, or let Python fetch the set into {keras_folder() / self.keras_folder}, where "
            f"it is found too: keras.datasets.{self.name}.load_data()."
        )

    def find(self, folder: Path) -> Path:
        """The folder that the set's files lie in: `folder` (or that of the file `folder`), or that of Keras.

        Raises:
            DataError: neither has all of them.
        """
        own = folder.parent if folder.name in self.files and folder.is_file() else folder
        places = (own, keras_folder() / self.keras_folder)
        for place in places:
            if all((place / file).is_file() for file in self.files):
                return place
        missing = [file for file in self.files if not (own / file).is_file()]
        raise DataError(f"{own}: there is no {' and no '.join(missing)}, nor in {places[1]}. {self.how_to_get}")


def keras_folder() -> Path:
    """Where Keras keeps the data sets that it downloads."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets"


def refuse_regression(request: SourceRequest, name: str) -> None:
    """Raises DataError when a number is to be predicted from a set that has classes."""
    if request.regression:
        raise DataError(
            f"{name}: the labels of this data set are classes, not numbers to predict; leave task out, or set it to multiclass"
        )


def check_images(arrays: ImageArrays, shape: tuple[int, ...], num_classes: int, where: Path) -> ImageArrays:
    """The arrays, once they are found to be what the set consists of: bytes of this shape, and labels below `num_classes`.

    Raises:
        DataError: they are not.
    """
    if arrays.images.shape[1:] != shape or arrays.images.dtype != np.uint8:
        raise DataError(
            f"{where}: expected images of {' × '.join(map(str, shape))} bytes, received {arrays.images.dtype} of shape "
            f"{arrays.images.shape}; get the file again"
        )
    if len(arrays.labels) and not 0 <= arrays.labels.min() <= arrays.labels.max() < num_classes:
        raise DataError(
            f"{where}: expected labels from 0 to {num_classes - 1}, received {arrays.labels.min()} to {arrays.labels.max()}; "
            "get the file again"
        )
    return arrays


def read_keras_archive(path: Path, names: Sequence[str]) -> list[NDArray[Any]]:
    """The arrays called `names` in the archive `path`; arrays of objects hold plain lists, texts and numbers.

    Raises:
        DataError: the archive is damaged, an array is missing, or one holds objects that are no plain data.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            missing = [name for name in names if f"{name}.npy" not in archive.namelist()]
            if missing:
                raise DataError(f"{path}: has no array {' and no array '.join(missing)}; get the file again")
            return [_array(archive, name, path) for name in names]
    except UNREADABLE as error:
        raise DataError(f"{path}: cannot be read as an archive of arrays ({error}); get the file again") from None


def _array(archive: zipfile.ZipFile, name: str, path: Path) -> NDArray[Any]:
    member = f"{name}.npy"
    size = archive.getinfo(member).file_size
    if size > _MOST_BYTES:
        raise DataError(f"{path}: {name} would take {size:,} bytes, expected {_MOST_BYTES:,} at most; get the file again")
    file = io.BytesIO(archive.read(member))
    version = np.lib.format.read_magic(file)
    read_header = np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
    shape, _, kind = read_header(file)
    if not kind.hasobject:
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)
    try:
        array = read_inert_pickle(file.read())
    except ValueError as error:
        raise DataError(f"{path}: {name}: {error}; pickles are read as plain data alone, get the file again") from None
    if not isinstance(array, np.ndarray) or array.shape != shape:
        raise DataError(f"{path}: {name}: expected an array of shape {shape}, received another object; get the file again")
    return array
