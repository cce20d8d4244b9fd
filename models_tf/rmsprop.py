"""The optimiser RMSprop (Hinton 2012, lecture 6e), with the numbers of Keras: ρ = 0.9, ε = 10⁻⁷, no momentum.

With gradients g: v ← ρv + (1 − ρ)g², and each variable goes down by rate · g / √(v + ε). One fused operation a variable.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from models_tf.optimizer import Optimizer

_RHO, _EPSILON = 0.9, 1e-7


class RMSprop(Optimizer):
    """The arrays are v and, as the operation asks for it, the last step."""

    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """See Optimizer."""
        self.step.assign_add(1)
        numbers = {"lr": self._rate, "rho": _RHO, "momentum": 0.0, "epsilon": _EPSILON}
        for variable, last, squares, gradient in zip(self._variables, self._first, self._second, gradients, strict=True):
            handles = {"var": variable.handle, "ms": squares.handle, "mom": last.handle}
            tf.raw_ops.ResourceApplyRMSProp(**handles, **numbers, grad=gradient)
