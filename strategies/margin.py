"""Uncertainty by how close the two most probable classes are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import SelectionStrategy, strategies
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("margin")
class Margin(SelectionStrategy):
    """−(p₍₁₎ − p₍₂₎), the two largest probabilities: asks where the model hesitates between two classes. O(m·C).

    With a single class there is nothing to hesitate between: every score is −p₍₁₎.
    """

    needs = frozenset({Need.PROBABILITIES})
    reference = "Scheffer, Decomain and Wrobel 2001, Active hidden Markov models for information extraction"

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) in [−1, 0]."""
        if view.probabilities.shape[1] == 1:
            return -view.probabilities[:, 0]
        two_largest = np.partition(view.probabilities, -2, axis=1)[:, -2:]
        return two_largest[:, 0] - two_largest[:, 1]
