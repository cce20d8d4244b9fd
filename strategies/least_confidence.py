"""Uncertainty by the most probable class alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import SelectionStrategy, strategies
from utils.largest import largest
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("least_confidence")
class LeastConfidence(SelectionStrategy):
    """1 − max p: asks for what the model is least sure of. O(m·C)."""

    needs = frozenset({Need.PROBABILITIES})
    rowwise = True
    reference = "Lewis and Gale 1994, A sequential algorithm for training text classifiers"

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) in [0, 1 − 1/C]."""
        return 1 - largest(view.probabilities)
