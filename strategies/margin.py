"""Uncertainty by how close the two most probable classes are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import SelectionStrategy, strategies
from utils.largest import two_largest
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("margin")
class Margin(SelectionStrategy):
    """−(p₍₁₎ − p₍₂₎), the two largest probabilities: asks where the model hesitates between two classes. O(m·C).

    With a single class there is nothing to hesitate between: every score is −p₍₁₎.
    """

    needs = frozenset({Need.PROBABILITIES})
    rowwise = True
    reference = "Scheffer, Decomain and Wrobel 2001, Active hidden Markov models for information extraction"

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) in [−1, 0]."""
        first, second = two_largest(view.probabilities)
        return np.subtract(second, first, out=second)
