"""Photographs of ten kinds of things, 32 × 32 pixels in colour, from the archive that Keras downloads."""

from __future__ import annotations

from utils.data.cifar_batches import CifarBatches
from utils.data.image_source import ImageSource
from utils.data.keras_files import refuse_regression
from utils.data.source import DataSource, SourceRequest, sources

_SET = CifarBatches(
    name="cifar10",
    folder="cifar-10-batches-py",
    archive="cifar-10-python.tar.gz",
    train=tuple(f"data_batch_{number}" for number in range(1, 6)),
    test="test_batch",
    meta="batches.meta",
    labels="labels",
    classes="label_names",
)


@sources.register("keras_cifar10")
def keras_cifar10(request: SourceRequest) -> DataSource:
    """Keras' CIFAR-10: 50,000 photographs in ten classes and its own test part of 10,000, packed or unpacked."""
    refuse_regression(request, "keras_cifar10")
    return ImageSource("keras_cifar10", lambda: _SET.read(request.folder), request.class_names, _SET.how_to_get)
