"""Diversity for regression: the sample whose input is farthest from all that is labelled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import REGRESSION, Positions, SelectionStrategy, strategies
from strategies.computation.greedy_sampling import Space, moments, pick_farthest
from utils.learning_engine import Need
from utils.pool_view import PoolView


def inputs(view: PoolView) -> Space:
    """The inputs of U and L, standardised over both."""
    both = view.features, view.labelled_features if len(view.labelled) else view.features[:0]
    return Space(*both, *moments(*both))


@strategies.register("gsx")
class GreedySamplingOfInputs(SelectionStrategy):
    """Greedy sampling in the inputs: B times argmax_{u∈U} min_{s∈L∪S} ‖z_u − z_s‖₂, S the batch so far. O(m·(l + B)·f).

    z (f,) are the features of a sample, each of them minus its mean and divided by its deviation over L ∪ U; constant ones
    count nothing. With L empty the sample nearest the mean is first, as in the paper. The paper asks for one at a time.
    """

    needs = frozenset({Need.FEATURES})
    needs_labelled = True
    tasks = REGRESSION
    reference = "Wu, Lin and Huang 2019, Active learning for regression using greedy sampling (arXiv 1808.04245), GSx"

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, NDArray[np.float32]]:
        """(n,) rows, and the distance of each to the nearest of L and of the picks before it."""
        return pick_farthest([inputs(view)], n, rng)
