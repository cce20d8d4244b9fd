"""Uncertainty for regression by how much dropout moves the prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import REGRESSION, SelectionStrategy, strategies
from strategies.computation.prediction_variance import variance
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("mc_variance")
class MonteCarloVariance(SelectionStrategy):
    """Σ_t Var_k ŷ_kt / s_t² over K passes with dropout, s_t² the variance of target t over L. O(K·m·t).

    With one target s is 1: the score is the variance of the prediction. The paper's constant, the noise of the targets, is the
    same for all samples and left out.
    """

    needs = frozenset({Need.STOCHASTIC})
    rowwise = True
    tasks = REGRESSION
    reference = "Gal and Ghahramani 2016, Dropout as a Bayesian approximation (arXiv 1506.02142), equation 9"

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) at least 0."""
        return variance(view.stochastic, view)
