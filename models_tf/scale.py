"""What brings a network's outputs into the unit of the targets, in regression."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from models_tf.layers import Array, Layer, Shape, zeros


def identity(shape: Shape, _rng: np.random.Generator) -> Array:
    """1 on the diagonal."""
    return np.eye(*shape, dtype=np.float32)


class Scale(Layer):
    """x · kernel + bias, neither trained: (…, t) → (…, t); deviations stand on the diagonal, means in the bias."""

    def build(self, shape: Shape) -> Shape:
        """See Layer."""
        self._needs(1, shape)
        self._add("kernel", (*shape, *shape), identity, trainable=False)
        self._add("bias", shape, zeros, trainable=False)
        return shape

    def neutral(self) -> tuple[Array, Array]:
        """Kernel and bias that change nothing."""
        kernel, bias = (np.zeros(variable.shape, np.float32) for variable in self.weights.values())
        return kernel + np.eye(len(bias), dtype=np.float32), bias

    def __call__(self, x: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """See Layer."""
        return tf.matmul(x, self.weights["kernel"]) + self.weights["bias"]
