"""What of the Keras engine must be TensorFlow's own: graphs that are traced once, and gradients.

An epoch runs inside one `tf.function` that gathers its own batches. Of the six ways that `make bench` measures none is faster
on a CPU, and for small models this takes half of the time of Keras' own `fit`; XLA takes several times as long and has no
deterministic gradient for max-pooling. Shapes of batches are left open, so nothing is traced after the first round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

Shape = tuple[int | None, ...]
Objective = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
"""Samples, targets and weights of a batch → the loss to descend, and the logits (b, outputs)."""


def compiled(function: Callable[..., Any], shapes: Sequence[Shape], _variables: Sequence[keras.Variable]) -> Callable[..., Any]:
    """`function` of float32 arrays of `shapes`, as one graph; a graph finds its variables by itself."""
    return tf.function(function, input_signature=[tf.TensorSpec(shape, tf.float32) for shape in shapes])


class TensorFlowTraining:
    """Training steps, compiled into one graph."""

    def __init__(
        self,
        objective: Objective,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        num_outputs: int,
        *,
        regression: bool,
    ) -> None:
        """Steps of `optimizer` on what `model` trains, down `objective`.

        Targets are (b,) class indices, in regression (b, num_outputs) numbers.
        """
        self._objective, self._variables, self._optimizer = objective, model.trainable_variables, optimizer
        self._num_outputs = num_outputs
        samples = tf.TensorSpec(model.input.shape, tf.float32)
        targets = tf.TensorSpec([None, num_outputs], tf.float32) if regression else tf.TensorSpec([None], tf.int64)
        ids = tf.TensorSpec([None], tf.int64)
        self.run = tf.function(self._steps, input_signature=[samples, targets, tf.TensorSpec([None], tf.float32), ids, ids])
        """(samples, targets, weights, order, bounds) → losses, logits; see `BatchedEngine`."""

    def _steps(
        self, x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor, order: tf.Tensor, bounds: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        batches = tf.size(bounds) - 1
        losses = tf.TensorArray(tf.float32, size=batches, element_shape=[])
        outputs = tf.TensorArray(tf.float32, size=batches, element_shape=[None, self._num_outputs], infer_shape=False)
        for batch in tf.range(batches):
            ids = order[bounds[batch] : bounds[batch + 1]]
            loss, logits = self.step(tf.gather(x, ids), tf.gather(y, ids), tf.gather(weight, ids))
            losses, outputs = losses.write(batch, loss), outputs.write(batch, logits)
        return losses.stack(), outputs.concat()

    def step(self, x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and logits of one batch, which the variables have then moved down."""
        with tf.GradientTape() as tape:
            loss, logits = self._objective(x, y, weight)
        # a word that stands in a batch twice has one gradient, the sum, not two
        gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, self._variables)]
        self._optimizer.apply(gradients, self._variables)
        return loss, logits
