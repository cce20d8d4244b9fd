"""A folder of pictures as a data source: one folder per class, or train and test with such folders."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from utils.data.audio_layout import class_order, subfolders
from utils.data.image_extraction import ImageSettings, extract_images
from utils.data.image_files import SUFFIXES
from utils.data.source import DataSet, DataSource, Kind, Progress, SampleTable, SourceRequest
from utils.errors import DataError
from utils.registry import did_you_mean

_PARTS = ("test", "train")
_EXPECTED = f"a folder for each class with its images ({', '.join(SUFFIXES)}), or train and test with such folders,"


@dataclass(frozen=True)
class _Picture:
    name: str
    """Path relative to the set's folder, with forward slashes."""
    label: str
    part: str


class ImageFolder(DataSource):
    """Pictures in files, decoded once."""

    kind: Kind = "image"
    default_model = "cnn"
    how_to_get = "Sort your images into such folders."

    def __init__(self, request: SourceRequest, settings: ImageSettings) -> None:
        """Keeps what it is given; nothing is read yet."""
        self._request = request
        self._settings = settings

    def scan(self) -> SampleTable:
        """The samples as names of files and folders tell them; those that `load` finds to be unreadable are among them."""
        pictures, classes = self._chosen()
        return _table(pictures, classes)

    def load(self, cache: Path, progress: Progress) -> DataSet:
        """The pictures with their pixels, (n, height, width, 1 or 3), memory-mapped from the folder `cache`."""
        pictures, classes = self._chosen()
        names = [picture.name for picture in pictures]
        most = self._request.max_bad_files
        images = extract_images(self._request.folder, names, self._settings, cache, progress, most)
        good = [picture for picture, reason in zip(pictures, images.reasons, strict=True) if reason is None]
        rejected = tuple((name, reason) for name, reason in zip(names, images.reasons, strict=True) if reason is not None)
        table = _table(good, classes)
        digest = hashlib.sha256(bytes.fromhex(images.sha256))
        digest.update(repr(images.features.shape).encode())
        digest.update(table.labels.astype("<i8").tobytes())
        return DataSet(table, digest.hexdigest(), self.kind, rejected, images.features)

    def _chosen(self) -> tuple[list[_Picture], tuple[str, ...]]:
        """The pictures of the classes in use, and these classes in the order of their labels."""
        folder = self._request.folder
        if not folder.is_dir():
            received = "it is a file" if folder.exists() else "there is no such folder"
            raise DataError(f"{folder}: {received}; {_EXPECTED} is expected there. {self.how_to_get}")
        found = _found(folder)
        if not found:
            raise DataError(f"{folder}: no image found; {_EXPECTED} is expected there. {self.how_to_get}")
        own = class_order(picture.label for picture in found)
        classes = self._request.class_names or own
        for name in classes:
            if name not in own:
                raise DataError(
                    f"{folder}: the class {name!r} of class_names has no image{did_you_mean(name, list(own))}; there are "
                    f"images of: {', '.join(own[:40])}"
                )
        return [picture for picture in found if picture.label in classes], classes


def _table(pictures: Sequence[_Picture], classes: tuple[str, ...]) -> SampleTable:
    index = {name: label for label, name in enumerate(classes)}
    labels = np.array([index[picture.label] for picture in pictures], np.int64)
    both = len({picture.part for picture in pictures}) > 1
    test = np.array([picture.part == "test" for picture in pictures]) if both else None
    return SampleTable(labels, classes, np.array([picture.name for picture in pictures]), test=test)


def _found(folder: Path) -> list[_Picture]:
    """All pictures with a label, in the order of their names."""
    present = subfolders(folder)
    parts = [part for part in _PARTS if part in present and subfolders(folder / part)]
    for other in set(present) - set(parts) if parts else ():
        if _image_files(folder / other):
            raise DataError(
                f"{folder / other}: lies beside {' and '.join(parts)}, so it is neither a class nor a part that is known; move "
                "it away, or into the part that it belongs to"
            )
    pictures = []
    for part in parts or [""]:
        for path in sorted((folder / part).iterdir()):
            if _is_image(path.name) and path.is_file():
                raise DataError(f"{path}: lies in no class folder, so it has no label; move it into the folder of its class")
        for label in subfolders(folder / part):
            prefix = f"{part}/{label}".lstrip("/")
            pictures += [_Picture(f"{prefix}/{name}", label, part) for name in _image_files(folder / part / label)]
    return pictures


def _image_files(folder: Path) -> list[str]:
    """Paths of the images in and below `folder`, relative to it, sorted; hidden files and folders are passed over."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name).relative_to(folder).as_posix() for name in names if _is_image(name)]
    return sorted(found)


def _is_image(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")
