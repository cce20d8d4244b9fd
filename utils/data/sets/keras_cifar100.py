"""Photographs of a hundred kinds of things, 32 × 32 pixels in colour, from the archive that Keras downloads."""

from __future__ import annotations

from typing import Literal

from utils.data.cifar_batches import CifarBatches
from utils.data.image_source import ImageSource
from utils.data.keras_files import refuse_regression
from utils.data.source import DataSource, SourceRequest, sources

LabelMode = Literal["fine", "coarse"]
"""The hundred classes, or the twenty that group them."""


@sources.register("keras_cifar100")
def keras_cifar100(request: SourceRequest, *, label_mode: LabelMode = "fine") -> DataSource:
    """Keras' CIFAR-100: 50,000 photographs in 100 fine or 20 coarse classes and its own test part of 10,000."""
    refuse_regression(request, "keras_cifar100")
    batches = CifarBatches(
        name="cifar100",
        folder="cifar-100-python",
        archive="cifar-100-python.tar.gz",
        train=("train",),
        test="test",
        meta="meta",
        labels=f"{label_mode}_labels",
        classes=f"{label_mode}_label_names",
    )
    return ImageSource("keras_cifar100", lambda: batches.read(request.folder), request.class_names, batches.how_to_get)
