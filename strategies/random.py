"""The baseline every other engine must beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import CLASSIFICATION, REGRESSION, SelectionStrategy, strategies
from utils.pool_view import PoolView


@strategies.register("random")
class Random(SelectionStrategy):
    """Uniform without replacement; asks the learning engine for nothing. O(m)."""

    rowwise = True
    tasks = CLASSIFICATION | REGRESSION
    reference = "passive learning"

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) uniform in [0, 1)."""
        return rng.random(len(view.unlabelled), dtype=np.float32)
