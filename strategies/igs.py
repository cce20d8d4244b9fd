"""Diversity for regression in inputs and outputs at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import REGRESSION, Positions, SelectionStrategy, strategies
from strategies.computation.greedy_sampling import pick_farthest
from strategies.gsx import inputs
from strategies.gsy import outputs
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("igs")
class ImprovedGreedySampling(SelectionStrategy):
    """Improved greedy sampling: B times argmax_{u∈U} min_{s∈L∪S} ‖z_u − z_s‖₂·‖ŷ_u − y_s‖₂. O(m·(l + B)·(f + t)).

    The smallest product, not the product of the smallest distances. z are the inputs as in `gsx`, ŷ and y the outputs as in
    `gsy`, S the batch so far, whose samples count with their predictions. With L empty the sample nearest the mean input is
    first. The paper asks for one sample at a time.
    """

    needs = frozenset({Need.FEATURES, Need.PREDICTIONS})
    needs_labelled = True
    tasks = REGRESSION
    reference = "Wu, Lin and Huang 2019, Active learning for regression using greedy sampling (arXiv 1808.04245), iGS"

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, NDArray[np.float32]]:
        """(n,) rows, and the smallest product of each over what is labelled and the picks before it."""
        return pick_farthest([inputs(view), outputs(view)], n, rng)
