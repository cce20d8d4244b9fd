"""What of the Keras engine must be JAX's own: functions compiled once for each shape, and gradients.

In JAX a compiled function neither reads nor changes a variable: all values go in as arguments and come out as results. A step
trains on one batch, gathered in NumPy, and is called batch after batch from Python, so that neither more samples nor more
batches make it compile anew. JAX is imported where it is used: not every installation has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from utils.batched_engine import BLOCK

if TYPE_CHECKING:
    import jax
    import keras

Shape = tuple[int | None, ...]
Objective = Callable[["jax.Array", "jax.Array", "jax.Array"], tuple["jax.Array", "jax.Array"]]
"""Samples, targets and weights of a batch → the loss to descend, and the logits (b, outputs)."""
Values = list["jax.Array"]
"""Of variables, in their order."""


def compiled(function: Callable[..., Any], _shapes: Sequence[Shape], variables: Sequence[keras.Variable]) -> Callable[..., Any]:
    """`function` of float32 arrays and the present values of `variables`, compiled for each shape that it meets.

    So that these are few, fewer samples than a block are padded to a block, and what comes out, samples first, is cut again.
    """
    import jax
    import keras

    def of_values(values: Values, *arrays: jax.Array) -> Any:
        with keras.StatelessScope(state_mapping=zip(variables, values, strict=True)):
            return function(*arrays)

    at_once = jax.jit(of_values)

    def call(samples: NDArray[np.float32], *others: jax.Array) -> Any:
        missing = BLOCK - len(samples)
        if missing <= 0:
            return at_once(_values(variables), samples, *others)
        padded = np.pad(samples, [(0, missing)] + [(0, 0)] * (samples.ndim - 1))
        return jax.tree.map(lambda found: found[: len(samples)], at_once(_values(variables), padded, *others))

    return call


class JaxTraining:
    """Training steps, each compiled for the sizes of batches that it meets."""

    def __init__(
        self, objective: Objective, model: keras.Model, optimizer: keras.optimizers.Optimizer, *_: Any, **__: Any
    ) -> None:
        """Steps of `optimizer` on what `model` trains, down `objective`; the types of all are read off the arrays."""
        import jax

        self._objective, self._optimizer = objective, optimizer
        self._state = model.trainable_variables, model.non_trainable_variables, optimizer.variables
        self._step = jax.jit(self._moved)

    def run(
        self, x: Any, y: Any, weight: Any, order: NDArray[np.int64], bounds: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(samples, targets, weights, order, bounds) → losses, logits; see `BatchedEngine`."""
        arrays = [np.asarray(array) for array in (x, y, weight)]
        state = [_values(variables) for variables in self._state]
        losses, outputs = [], []
        for start, end in pairwise(bounds):
            ids = order[start:end]
            loss, logits, state = self._step(state, *(array[ids] for array in arrays))
            losses.append(loss)
            outputs.append(logits)
        for variables, values in zip(self._state, state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        return np.stack(losses), np.concatenate(outputs)

    def _moved(self, state: list[Values], *batch: jax.Array) -> tuple[jax.Array, jax.Array, list[Values]]:
        """Loss and logits of one batch, and the state after the step down from it."""
        import jax

        trained, others, of_optimizer = state
        (loss, (logits, others)), gradients = jax.value_and_grad(self._loss, has_aux=True)(trained, others, *batch)
        trained, of_optimizer = self._optimizer.stateless_apply(of_optimizer, gradients, trained)
        return loss, logits, [trained, others, of_optimizer]

    def _loss(self, trained: Values, others: Values, *batch: jax.Array) -> tuple[jax.Array, tuple[jax.Array, Values]]:
        """Loss, and with it the logits and what the forward pass made of moving statistics and the seeds of dropout."""
        import keras

        of_trained, of_others, _ = self._state
        mapping = [*zip(of_trained, trained, strict=True), *zip(of_others, others, strict=True)]
        with keras.StatelessScope(state_mapping=mapping, collect_losses=True) as scope:
            loss, logits = self._objective(*batch)
        return loss, (logits, [scope.get_current_value(variable) for variable in of_others])


def _values(variables: Sequence[keras.Variable]) -> Values:
    return [variable.value for variable in variables]
