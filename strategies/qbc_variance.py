"""Uncertainty for regression by how much the models of the last rounds disagree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import REGRESSION, SelectionStrategy, strategies
from strategies.computation.prediction_variance import variance
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("qbc_variance")
class CommitteeVariance(SelectionStrategy):
    """Query by committee: Σ_t Var_k ŷ_kt / s_t² over its K members, s_t² the variance of target t over L. O(K·m·t).

    With one target s is 1: the score is the variance of the prediction. The committee is the weights of the last K rounds,
    where the paper trains one on parts of L; of one member, as in the first round, nobody disagrees: all scores are 0, the
    picks random.
    """

    needs = frozenset({Need.COMMITTEE})
    rowwise = True
    tasks = REGRESSION
    reference = "RayChaudhuri and Hamey 1995, Minimisation of data collection by active learning"

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) at least 0."""
        return variance(view.committee, view)
