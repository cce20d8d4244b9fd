"""Weights from elsewhere into a Keras model; Keras' own reader builds objects of a `.keras` file and knows no layer's name."""

from __future__ import annotations

import re
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from models_keras.head import PREDICTIONS
from utils import weights_archive
from utils.weights_archive import ExpectedLayer


def read_pretrained(path: Path, model: keras.Model) -> None:
    """Sets all weights of `model` to those in a `.weights.h5` or `.keras` file that either backend or Keras wrote, or none.

    Raises:
        DataError: not such a file, or of another architecture; names the first layer that differs.
    """
    with_weights = [layer for layer in model.layers if layer.weights]
    expected = [ExpectedLayer(layer.name, _kind(layer), _shapes(layer), _otherwise(layer)) for layer in with_weights]
    model.set_weights(weights_archive.read(path, model.name, expected))


def _otherwise(layer: keras.layers.Layer) -> tuple[NDArray[np.float32], ...]:
    """Weights that change nothing for the layer that a model of plain Keras has not, none for others."""
    if layer.name != PREDICTIONS:
        return ()
    return np.eye(layer.units, dtype=np.float32), np.zeros(layer.units, np.float32)


def _kind(layer: keras.layers.Layer) -> str:
    """The class of `layer` as Keras writes it in files: BatchNormalization as batch_normalization, Conv2D as conv2d."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(layer).__name__).lower()


def _shapes(layer: keras.layers.Layer) -> dict[str, tuple[int, ...]]:
    """Of each weight, by the name that it has in models_tf as well."""
    if isinstance(layer, keras.layers.Bidirectional):
        directions = {"forward": layer.forward_layer, "backward": layer.backward_layer}
        return {f"{name}_{weight.name}": weight.shape for name, part in directions.items() for weight in part.weights}
    return {weight.path.partition("/")[2]: weight.shape for weight in layer.weights}
