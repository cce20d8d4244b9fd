"""What both optimisers have: the variables that they train, and two arrays for each of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import tensorflow as tf


class Optimizer(ABC):
    """Trains `variables` with gradients, one dense array for each variable."""

    def __init__(self, variables: Sequence[tf.Variable], learning_rate: float) -> None:
        """Starts with no step done."""
        self._variables = list(variables)
        self._rate = learning_rate
        self._first = [tf.Variable(tf.zeros_like(variable)) for variable in variables]
        self._second = [tf.Variable(tf.zeros_like(variable)) for variable in variables]
        self.step = tf.Variable(0, dtype=tf.int64)
        """Steps done since the last restart."""

    def restart(self) -> None:
        """Forgets all steps."""
        for state in (self.step, *self._first, *self._second):
            state.assign(tf.zeros_like(state))

    @abstractmethod
    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """Makes one step down `gradients`."""
