"""Passes with dropout at prediction, as Monte Carlo dropout needs them: one set of masks for all samples, in one graph.

What lies before the first dropout layer is the same in every pass and computed once per block of samples; only what comes
after it is repeated. Each pass has masks of its own, drawn from a seed and shared by all samples, so that the passes are K
models that can be compared across the pool.
"""

from __future__ import annotations

from itertools import pairwise

import keras
import numpy as np
from numpy.typing import NDArray

from models_keras.head import LOGITS
from utils.seeds import rng_for


class DropoutPasses:
    """`passes` passes through a model whose layers, from the first dropout to the logits, form a chain."""

    def __init__(self, model: keras.Model, passes: int) -> None:
        """Looks at `model` and builds nothing that it does not own."""
        self._passes = passes
        self._chain = _chain_from_first_dropout(model)
        self._dropouts = [layer for layer in self._chain if isinstance(layer, keras.layers.Dropout)]
        self._trunk = keras.Model(model.inputs, self._chain[0].input if self._chain else model.outputs)

    @property
    def available(self) -> bool:
        """Whether the model has dropout, and a chain of layers after it."""
        return bool(self._chain)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Of the masks."""
        return [(self._passes, 1, *layer.output.shape[1:]) for layer in self._dropouts]

    def masks(self, seed: int) -> list[NDArray[np.float32]]:
        """For each dropout layer (K, 1, …): 0, or 1/(1 − rate) where a unit is kept."""
        drawn = []
        for number, (layer, shape) in enumerate(zip(self._dropouts, self.shapes, strict=True)):
            kept = rng_for(seed, "passes", number).random(shape) >= layer.rate
            drawn.append((kept / (1 - layer.rate)).astype(np.float32))
        return drawn

    def logits(self, x: keras.KerasTensor, *masks: keras.KerasTensor) -> keras.KerasTensor:
        """(K, b, units) logits of the samples `x` (b, …); to be called inside a compiled function."""
        before = self._trunk(x, training=False)

        def one(of_pass: list[keras.KerasTensor]) -> keras.KerasTensor:
            values, left = before, list(of_pass)
            for layer in self._chain:
                is_dropout = isinstance(layer, keras.layers.Dropout)
                values = values * left.pop(0) if is_dropout else layer(values, training=False)
            return values

        return keras.ops.map(one, list(masks))


def _chain_from_first_dropout(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers from the first dropout that is not idle to the logits; empty when there is none, or they branch."""
    layers = model.layers[: [layer.name for layer in model.layers].index(LOGITS) + 1]
    active = [number for number, layer in enumerate(layers) if isinstance(layer, keras.layers.Dropout) and layer.rate > 0]
    chain = layers[active[0] :] if active else []
    linked = all(after.input is before.output for before, after in pairwise(chain))
    return chain if linked else []
