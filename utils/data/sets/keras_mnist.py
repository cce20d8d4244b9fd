"""Handwritten digits, 28 × 28 grey pixels, from the file that Keras downloads."""

from __future__ import annotations

from pathlib import Path

from utils.data.array_archive import read_array_archive
from utils.data.image_source import ImageArrays, ImageSource
from utils.data.keras_files import KerasSet, check_images, refuse_regression
from utils.data.source import DataSource, SourceRequest, sources

_SET = KerasSet("mnist", ("mnist.npz",))


@sources.register("keras_mnist")
def keras_mnist(request: SourceRequest) -> DataSource:
    """Keras' MNIST: 60,000 handwritten digits and its own test part of 10,000, in mnist.npz."""
    refuse_regression(request, "keras_mnist")
    return ImageSource("keras_mnist", lambda: _read(request.folder), request.class_names, _SET.how_to_get)


def _read(folder: Path) -> ImageArrays:
    path = _SET.find(folder) / _SET.files[0]
    return check_images(read_array_archive(path), (28, 28), 10, path)
