"""Pieces of clothing, 28 × 28 grey pixels, from the four files that Keras downloads."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.data.image_source import ImageArrays, ImageSource
from utils.data.keras_files import KerasSet, check_images, refuse_regression
from utils.data.source import DataSource, SourceRequest, sources
from utils.errors import DataError

_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
"""In the order of the labels 0 to 9."""
_PARTS = {"train": "train", "test": "t10k"}
"""Part → how its files' names begin."""
_SET = KerasSet(
    "fashion_mnist",
    tuple(f"{part}-{kind}-ubyte.gz" for part in _PARTS.values() for kind in ("images-idx3", "labels-idx1")),
    keras_folder="fashion-mnist",
)
_MOST_BYTES = 2**26
"""Of a file unpacked; the largest of the set takes 47 million."""


@sources.register("keras_fashion_mnist")
def keras_fashion_mnist(request: SourceRequest) -> DataSource:
    """Keras' Fashion-MNIST: 60,000 pieces of clothing and its own test part of 10,000, in four .gz files."""
    refuse_regression(request, "keras_fashion_mnist")
    return ImageSource("keras_fashion_mnist", lambda: _read(request.folder), request.class_names, _SET.how_to_get)


def _read(folder: Path) -> ImageArrays:
    place = _SET.find(folder)
    images = [_read_idx(place / f"{part}-images-idx3-ubyte.gz", 3) for part in _PARTS.values()]
    labels = [_read_idx(place / f"{part}-labels-idx1-ubyte.gz", 1) for part in _PARTS.values()]
    for part, own_images, own_labels in zip(_PARTS, images, labels, strict=True):
        if len(own_images) != len(own_labels):
            raise DataError(
                f"{place}: the {part} part has {len(own_images)} images but {len(own_labels)} labels; get its files again"
            )
    if images[0].shape[1:] != images[1].shape[1:]:
        raise DataError(
            f"{place}: the images of train and test are of two sizes, {images[0].shape[1:]} and {images[1].shape[1:]}; get the "
            "files again"
        )
    counts = [len(part) for part in labels]
    names = np.array([f"{part} {number}" for part, count in zip(_PARTS, counts, strict=True) for number in range(count)])
    test = np.repeat([part == "test" for part in _PARTS], counts)
    arrays = ImageArrays(np.concatenate(images), np.concatenate(labels).astype(np.int64), names, test, _CLASSES)
    return check_images(arrays, (28, 28), len(_CLASSES), place)


def _read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The array in an idx file: a magic number that tells bytes and the number of axes, the length of each, then the bytes."""
    try:
        with gzip.open(filename=path) as file:
            content = file.read(_MOST_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be unpacked ({error}); get the file again") from None
    start = 4 + 4 * dimensions
    magic, *shape = struct.unpack_from(f">{1 + dimensions}I", content.ljust(start, b"\0"))
    if magic != 0x800 + dimensions or len(content) - start != int(np.prod(shape, dtype=object)):
        raise DataError(
            f"{path}: expected bytes with {dimensions} axes, as idx files hold them, received another beginning or length; "
            "get the file again"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
