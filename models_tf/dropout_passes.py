"""Passes with dropout at prediction, as Monte Carlo dropout needs them: one set of masks for all samples, in one graph.

What lies before the first dropout layer is the same in every pass and computed once per block of samples; only what comes
after it is repeated. Each pass has masks of its own, drawn from a seed and shared by all samples, so that the passes are K
models that can be compared across the pool.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from models_tf.layers import Dropout
from models_tf.network import Network
from utils.seeds import rng_for


class DropoutPasses:
    """`passes` passes through a network."""

    def __init__(self, network: Network, passes: int) -> None:
        """Looks at `network` and builds nothing."""
        self._passes = passes
        layers = network.layers
        active = [number for number, layer in enumerate(layers) if isinstance(layer, Dropout) and layer.rate > 0]
        start = active[0] if active else len(layers)
        self._trunk, self._repeated = layers[:start], layers[start:]
        inside = zip(self._repeated, network.shapes[start:-1], strict=True)
        self._dropouts = [(layer.rate, shape) for layer, shape in inside if isinstance(layer, Dropout)]

    @property
    def available(self) -> bool:
        """Whether the network has dropout."""
        return bool(self._repeated)

    @property
    def signature(self) -> list[tf.TensorSpec]:
        """Of the masks."""
        return [tf.TensorSpec([self._passes, 1, *shape]) for _, shape in self._dropouts]

    def masks(self, seed: int) -> list[tf.Tensor]:
        """For each dropout layer (K, 1, …): 0, or 1/(1 − rate) where a unit is kept."""
        drawn = []
        for number, (rate, shape) in enumerate(self._dropouts):
            kept = rng_for(seed, "passes", number).random((self._passes, 1, *shape)) >= rate
            drawn.append(tf.constant((kept / (1 - rate)).astype(np.float32)))
        return drawn

    def logits(self, x: tf.Tensor, *masks: tf.Tensor) -> tf.Tensor:
        """(K, b, units) logits of the samples `x` (b, …); to be called inside a `tf.function`."""
        before = x
        for layer in self._trunk:
            before = layer(before)

        def one(number: tf.Tensor) -> tf.Tensor:
            values, left = before, list(masks)
            for layer in self._repeated:
                values = values * left.pop(0)[number] if isinstance(layer, Dropout) else layer(values)
            return values

        return tf.map_fn(one, tf.range(self._passes), fn_output_signature=tf.float32)
