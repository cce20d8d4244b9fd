"""Uncertainty that more data could remove: how far passes with dropout disagree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import SelectionStrategy, strategies
from strategies.computation.disagreement import mean_divergence
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("bald")
class Bald(SelectionStrategy):
    """H[p̄] − (1/K) Σ_k H[p_k] in nats: the mutual information of a sample's label and the model's weights.

    p_k (C,) are the probabilities in pass k with dropout, p̄ their mean. Computed from passes (K, m, C) as the mean of
    KL(p_k ‖ p̄), which is the same. O(K·m·C), in blocks.
    """

    needs = frozenset({Need.STOCHASTIC})
    rowwise = True
    reference = "Houlsby et al. 2011, arXiv 1112.5745; Gal, Islam and Ghahramani 2017, arXiv 1703.02910"

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) in [0, min(ln C, ln K)] nats."""
        return mean_divergence(view.stochastic)
