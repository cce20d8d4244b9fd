"""A network: a chain of named layers that ends in "logits"."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import tensorflow as tf

from models_tf.layers import Dropout, Layer, Shape

LOGITS = "logits"
EMBEDDING = "embedding"


class Network(tf.Module):  # type: ignore[misc] # TensorFlow has no types
    """The layers of one architecture, built for one shape of samples.

    Frozen layers keep their weights and run in training as they do otherwise: no dropout, moving statistics at rest.
    """

    def __init__(
        self,
        name: str,
        input_shape: Shape,
        layers: Iterable[Layer],
        *,
        frozen: Sequence[str] = (),
        clip_norm: float | None = None,
    ) -> None:
        """Builds `layers`; `clip_norm` is kept for the engine that trains it.

        Raises:
            ValueError: the samples do not fit the layers, or `frozen` names a layer that is not there.
        """
        super().__init__(name)
        self.layers = tuple(layers)
        self.clip_norm = clip_norm
        self.shapes: list[Shape] = [tuple(input_shape)]
        """Of the samples before each layer, and after the last."""
        for layer in self.layers:
            self.shapes.append(layer.build(self.shapes[-1]))
        names = [layer.name for layer in self.layers]
        if unknown := [name for name in frozen if name not in names]:
            raise ValueError(f"frozen: it has no layer {', '.join(unknown)}; its layers: {', '.join(names)}")
        if LOGITS in frozen:
            raise ValueError(f"frozen: the last layer, {LOGITS}, must be trained")
        self.frozen = frozenset(frozen)

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

    def weights(self) -> Iterator[tuple[str, str, tf.Variable]]:
        """All variables with the names of their layers and their own, in the order in which Keras lists them."""
        for layer in self.layers:
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
        """How many layers at the start give the same in every epoch, so that what they give can be computed once.

        None where nothing is frozen, otherwise at most as many as leave a sample no larger than it was.
        """
        if not self.frozen:
            return 0
        leading = 0
        while self._rests(self.layers[leading]):
            leading += 1
        sizes = [math.prod(shape) for shape in self.shapes[: leading + 1]]
        return max(number for number, size in enumerate(sizes) if size <= sizes[0])

    def _rests(self, layer: Layer) -> bool:
        draws = isinstance(layer, Dropout) and layer.rate > 0
        return layer.name in self.frozen or not (layer.weights or draws)
