"""Uncertainty over all classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import SelectionStrategy, strategies
from utils.entropy import entropy
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("entropy")
class Entropy(SelectionStrategy):
    """H(p) = −Σ_c p_c ln p_c in nats, with 0 ln 0 = 0. O(m·C)."""

    needs = frozenset({Need.PROBABILITIES})
    rowwise = True
    reference = "Shannon 1948; Settles 2009, Active learning literature survey, section 3.1"

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) in [0, ln C] nats."""
        return entropy(view.probabilities)
