"""A network: a chain of named layers that ends in "logits"."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from itertools import takewhile

import tensorflow as tf

from models_tf.layers import Dropout, Layer, Shape
from models_tf.scale import Scale
from utils.frozen import EMBEDDING, LOGITS, PREDICTIONS, computed_once

__all__ = ["EMBEDDING", "LOGITS", "Network"]


class Network(tf.Module):  # type: ignore[misc] # TensorFlow has no types
    """The layers of one architecture, built for one shape of samples; see `utils/frozen.py` for what freezing means."""

    def __init__(
        self,
        name: str,
        input_shape: Shape,
        layers: Iterable[Layer],
    ) -> None:
        """Builds `layers`.

        Raises:
            ValueError: the samples do not fit the layers.
        """
        super().__init__(name)
        self.layers = tuple(layers)
        self.shapes: list[Shape] = [tuple(input_shape)]
        """Of the samples before each layer, and after the last."""
        for layer in self.layers:
            self.shapes.append(layer.build(self.shapes[-1]))
        self.frozen: frozenset[str] = frozenset()
        self.scale: Scale | None = None
        """What follows the last layer in regression; `__call__` leaves it out."""

    def freeze(self, names: Collection[str]) -> None:
        """Freezes the layers `names`."""
        self.frozen = frozenset(names)

    def predict_targets(self) -> None:
        """Adds `scale`, as a layer named "predictions"."""
        self.scale = Scale(PREDICTIONS)
        self.scale.build(self.shapes[-1])

    def __call__(self, x: tf.Tensor, seed: tf.Tensor | None = None, start: int = 0) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Logits (b, outputs), embedding (b, d; the input of the last layer where none is named so) and last input (b, e).

        Args:
            x: samples (b, …), or what comes before the layer `start`.
            seed: in training two whole numbers that dropout depends on; None to ask the network.
            start: the first layer to run.
        """
        embedding = None
        for number, layer in enumerate(self.layers[start:-1], start=start):
            if seed is None or layer.name in self.frozen:
                x = layer(x)
            else:
                x = layer(x, tf.stack([seed[0], seed[1] * len(self.layers) + number]))
            if layer.name == EMBEDDING:
                embedding = x
        return self.layers[-1](x), x if embedding is None else embedding, x

    def all_layers(self) -> tuple[Layer, ...]:
        """The chain and `scale`, where there is one."""
        return (*self.layers, self.scale) if self.scale else self.layers

    def weights(self) -> Iterator[tuple[str, str, tf.Variable]]:
        """All variables with the names of their layers and their own, in the order in which Keras lists them."""
        for layer in self.all_layers():
            for name, variable in layer.weights.items():
                yield layer.name, name, variable

    def trained(self) -> list[tf.Variable]:
        """The variables that training changes by their gradient."""
        return [variable for layer, _, variable in self.weights() if layer not in self.frozen and variable.trainable]

    def penalty(self) -> tf.Tensor:
        """Σ l2 · kernel² over the layers that are trained."""
        penalised = [layer for layer in self.layers if layer.l2 and layer.name not in self.frozen]
        return tf.add_n([tf.zeros([]), *(layer.l2 * tf.reduce_sum(layer.weights["kernel"] ** 2) for layer in penalised)])

    def resting(self) -> int:
        """How many layers at the start give the same in every epoch and are to be computed once; none where none is frozen."""
        if not self.frozen:
            return 0
        leading = list(takewhile(self._rests, self.layers))
        sizes = [math.prod(shape) for shape in self.shapes]
        return computed_once(sizes[0], [(layer.name, size) for layer, size in zip(leading, sizes[1:], strict=False)])

    def _rests(self, layer: Layer) -> bool:
        draws = isinstance(layer, Dropout) and layer.rate > 0
        return layer.name in self.frozen or not (layer.weights or draws)
