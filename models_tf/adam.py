"""The optimiser Adam (Kingma and Ba 2015), with the numbers of Keras: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁷.

After t steps with gradients g: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², and each variable goes down by
rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε). One fused operation a variable, which reads and writes each array once.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from models_tf.optimizer import Optimizer

_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7


class Adam(Optimizer):
    """The arrays are m and v."""

    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """See Optimizer."""
        done = tf.cast(self.step.assign_add(1), tf.float32)
        powers = {"beta1_power": tf.pow(_BETA_1, done), "beta2_power": tf.pow(_BETA_2, done)}
        numbers = {"lr": self._rate, "beta1": _BETA_1, "beta2": _BETA_2, "epsilon": _EPSILON}
        for variable, first, second, gradient in zip(self._variables, self._first, self._second, gradients, strict=True):
            handles = {"var": variable.handle, "m": first.handle, "v": second.handle}
            tf.raw_ops.ResourceApplyAdam(**handles, **powers, **numbers, grad=gradient)
