"""BALD with noise, so that the picks of a batch differ from each other."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from strategies.base import SelectionStrategy, strategies
from strategies.computation.disagreement import mean_divergence
from utils.learning_engine import Need
from utils.pool_view import PoolView

_RESOLUTION = np.finfo(np.float32).eps
"""Nats: smaller scores of BALD are rounding."""


@strategies.register("power_bald")
class PowerBald(SelectionStrategy):
    """ln s + g / β with s the score of `bald` and g a draw of the standard Gumbel distribution for each sample.

    Its B largest are B draws without replacement in proportion to s^β. Scores s below the resolution of single precision,
    1.2e-7 nats, are counted as that, so that ln s is finite. Passes (K, m, C). O(K·m·C), in blocks.
    """

    needs = frozenset({Need.STOCHASTIC})
    rowwise = True
    reference = "Kirsch et al. 2021, Stochastic batch acquisition, arXiv 2106.12059"

    def __init__(self, *, beta: Annotated[float, Field(ge=0.001)] = 1.0) -> None:
        """The larger `beta`, the closer to the B largest scores."""
        self._beta = beta

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) one number of `rng` for each sample, in order."""
        information = np.maximum(mean_divergence(view.stochastic), _RESOLUTION)
        noise = rng.gumbel(scale=1 / self._beta, size=len(information))
        return np.log(information) + noise.astype(np.float32)
