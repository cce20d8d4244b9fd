"""The part of a model that training changes, and the part before it that is the same in every epoch.

Both are made of the model's own layers, not copies. See `utils/frozen.py` for what freezing means.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import takewhile
from math import prod

import keras

from models_keras.head import LOGITS
from utils.frozen import computed_once


def split(model: keras.Model, frozen: Collection[str]) -> tuple[keras.Model | None, keras.Model]:
    """(samples → what rests gives of them, that → logits), the first None where nothing rests; freezes the layers `frozen`."""
    layers = model.layers[: [layer.name for layer in model.layers].index(LOGITS) + 1]
    for layer in layers:
        if layer.name in frozen:
            layer.trainable = False
    cut = _cut(layers, frozen)
    trained = keras.Model(layers[cut].output, layers[-1].output)
    if any(_draws(layer) and layer.name in frozen for layer in trained.layers):
        trained = keras.models.clone_model(trained, clone_function=lambda layer: _at_rest(layer, frozen))
    return (keras.Model(model.inputs, layers[cut].output) if cut else None), trained


def _cut(layers: list[keras.layers.Layer], frozen: Collection[str]) -> int:
    """The layer after which training starts: it and all before it rest, and all after it take nothing from before it."""
    if not frozen:
        return 0
    leading = list(takewhile(lambda layer: layer.name in frozen or not (layer.weights or _draws(layer)), layers))
    number_of = {id(layer.output): number for number, layer in enumerate(layers)}
    earliest = [min((number_of[id(tensor)] for tensor in keras.tree.flatten(layer.input)), default=0) for layer in layers]
    whole = [number for number in range(1, len(leading)) if min(earliest[number + 1 :]) >= number]
    sample_size = prod(layers[0].output.shape[1:])
    resting = [(layers[number].name, prod(layers[number].output.shape[1:])) for number in whole]
    chosen = computed_once(sample_size, resting)
    return whole[chosen - 1] if chosen else 0


def _draws(layer: keras.layers.Layer) -> bool:
    """Whether the layer is random in training."""
    return hasattr(layer, "seed_generator")


def _at_rest(layer: keras.layers.Layer, frozen: Collection[str]) -> keras.layers.Layer:
    """The layer itself, or in the place of a frozen layer of noise one that does nothing."""
    idle = _draws(layer) and layer.name in frozen and not layer.weights
    return keras.layers.Identity(name=layer.name) if idle else layer
