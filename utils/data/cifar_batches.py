"""CIFAR-10 and CIFAR-100 as they are handed around: Python pickles of pixels and labels, in a folder or packed in a .tar.gz.

The pickles are read as inert data, and a packed set is read where it lies: no member is unpacked onto the disk.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.data.image_source import ImageArrays
from utils.data.inert_pickle import read_inert_pickle
from utils.data.keras_files import keras_folder
from utils.errors import DataError

_SIDE = 32
_PIXELS = 3 * _SIDE * _SIDE
_MOST_BYTES = 2**28
"""Size of one pickle beyond which it is none of these sets."""
_MOST_UNPACKED = 2**31
"""Size of all that is packed with them; both sets take less than a tenth."""
_MOST_MEMBERS = 10_000
"""Of a packed set; both have fewer than ten."""
_SOURCE = "https://www.cs.toronto.edu/~kriz"


@dataclass(frozen=True)
class CifarBatches:
    """One of the two sets."""

    name: str
    """Of its module in keras.datasets."""
    folder: str
    """That the archive unpacks to."""
    archive: str
    train: tuple[str, ...]
    """Files of the training part."""
    test: str
    """File of the test part."""
    meta: str
    """File that names the classes."""
    labels: str
    """What labels are called in the files."""
    classes: str
    """What the names of the classes are called in `meta`."""

    @property
    def how_to_get(self) -> str:
        """One sentence for the user who does not have the set."""
        return (
            f"Download {_SOURCE}/{self.archive} into data_dir, packed or unpacked, or let Python fetch the set into "
            f"{keras_folder()}, where it is found too: keras.datasets.{self.name}.load_data()."
        )

    def read(self, folder: Path) -> ImageArrays:
        """The images of the set in `folder` (or in the packed file `folder`), or else in Keras' own folder.

        Raises:
            DataError: the set is in neither place, or a file of it is missing, damaged or of another form.
        """
        place = self._find(folder)
        batches = {name: _unpickled(place / name, content) for name, content in self._contents(place).items()}
        classes = _class_names(batches.pop(self.meta).get(self.classes), place / self.meta)
        files = (*self.train, self.test)
        images, labels = zip(*(self._batch(batches[name], place / name, len(classes)) for name in files), strict=True)
        test = np.repeat([name == self.test for name in files], [len(part) for part in labels])
        count, own = len(test), int(test.sum())
        names = np.array([f"train {number}" for number in range(count - own)] + [f"test {number}" for number in range(own)])
        return ImageArrays(np.concatenate(images), np.concatenate(labels), names, test, classes)

    def _find(self, folder: Path) -> Path:
        """The unpacked folder, or the packed file."""
        home = keras_folder()
        keras_own = home / f"{self.folder}-target" / self.folder
        unpacked = (folder, folder / self.folder, keras_own, home / self.folder)
        packed = (folder, folder / self.archive, home / self.archive)
        for place in unpacked:
            if (place / self.test).is_file():
                return place
        for place in packed:
            if place.is_file() and place.name.endswith(".gz"):
                return place
        raise DataError(f"{folder}: there is neither {self.folder} nor {self.archive}, nor in {home}. {self.how_to_get}")

    def _contents(self, place: Path) -> dict[str, bytes]:
        """Each file of the set with its content."""
        wanted = (*self.train, self.test, self.meta)
        try:
            contents = _packed(place, self.folder, wanted) if place.is_file() else _in_folder(place, wanted)
        except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
            raise DataError(f"{place}: cannot be read ({error}); get the set again") from None
        missing = [name for name in wanted if name not in contents]
        if missing:
            raise DataError(f"{place}: there is no {' and no '.join(missing)}; unpack the set again. {self.how_to_get}")
        return contents

    def _batch(self, batch: Mapping[str, Any], path: Path, num_classes: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Images (n, 32, 32, 3) and labels of one file."""
        pixels, labels = batch.get("data"), batch.get(self.labels)
        if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.shape[1:] != (_PIXELS,):
            raise DataError(f"{path}: expected 'data', rows of {_PIXELS:,} bytes, received something else; get the set again")
        labels = labels if isinstance(labels, list) else []
        if len(labels) != len(pixels) or not all(type(label) is int and 0 <= label < num_classes for label in labels):
            raise DataError(
                f"{path}: expected {self.labels!r}, a list of {len(pixels):,} numbers from 0 to {num_classes - 1}, received "
                "something else; get the set again"
            )
        return pixels.reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1), np.array(labels, np.int64)


def _in_folder(folder: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    files = {name: folder / name for name in names if (folder / name).is_file()}
    for path in files.values():
        _check_size(path.stat().st_size, path)
    return {name: path.read_bytes() for name, path in files.items()}


def _packed(path: Path, folder: str, names: tuple[str, ...]) -> dict[str, bytes]:
    contents = {}
    wanted = {f"{folder}/{name}": name for name in names}
    with gzip.open(filename=path) as file:
        for member in _members(file, path):
            if member.name in wanted and member.isreg():
                _check_size(member.size, path / member.name)
                contents[wanted[member.name]] = file.read(member.size)
                if len(contents[wanted[member.name]]) < member.size:
                    raise EOFError(f"{member.name} is cut off")
    return contents


def _members(file: gzip.GzipFile, path: Path) -> Iterator[tarfile.TarInfo]:
    """Each header of the tar `file`, which then stands at the member's content.

    Headers of 512 bytes alone are read, which the files of these sets need: what extends them (long names, attributes, sparse
    files) can be made to fill the memory, and is passed over as members that nobody wants are.
    """
    start = count = 0
    while start <= _MOST_UNPACKED:
        file.seek(start)
        header = file.read(tarfile.BLOCKSIZE)
        if not header.strip(b"\0"):
            return
        count += 1
        if count > _MOST_MEMBERS:
            raise DataError(f"{path}: holds more than {_MOST_MEMBERS:,} files and folders; get the set again")
        member = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        yield member
        has_content = not (member.isdir() or member.issym() or member.islnk() or member.isdev())
        blocks = -(-max(member.size, 0) // tarfile.BLOCKSIZE) if has_content else 0
        start += (1 + blocks) * tarfile.BLOCKSIZE
    raise DataError(f"{path}: unpacks to {start:,} bytes or more, expected {_MOST_UNPACKED:,} at most; get the set again")


def _check_size(size: int, path: Path) -> None:
    if size > _MOST_BYTES:
        raise DataError(f"{path}: takes {size:,} bytes, expected {_MOST_BYTES:,} at most; get the set again")


def _unpickled(path: Path, content: bytes) -> dict[str, Any]:
    """The dictionary in a file, its keys as texts whichever Python wrote it."""
    try:
        batch = read_inert_pickle(content)
    except ValueError as error:
        raise DataError(f"{path}: {error}; pickles are read as plain data alone, get the set again") from None
    if not isinstance(batch, dict):
        raise DataError(f"{path}: expected a dictionary, received a {type(batch).__name__}; get the set again")
    odd = [type(key).__name__ for key in batch if not isinstance(key, (bytes, str))]
    if odd:
        raise DataError(f"{path}: expected a dictionary whose keys are texts, received one of type {odd[0]}; get the set again")
    return {_text(key): value for key, value in batch.items()}


def _class_names(names: Any, path: Path) -> tuple[str, ...]:
    if not isinstance(names, list) or not names or not all(isinstance(name, (bytes, str)) for name in names):
        raise DataError(f"{path}: expected a list of the classes' names, received something else; get the set again")
    return tuple(_text(name) for name in names)


def _text(value: bytes | str) -> str:
    encoded = value if isinstance(value, bytes) else value.encode("utf-8", "replace")
    return encoded.decode("utf-8", "replace")
