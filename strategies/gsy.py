"""Diversity for regression: the sample whose predicted output is farthest from all outputs that are known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import REGRESSION, Positions, SelectionStrategy, strategies
from strategies.computation.greedy_sampling import Space, moments, pick_farthest
from utils.learning_engine import Need
from utils.pool_view import PoolView


def outputs(view: PoolView) -> Space:
    """The predicted outputs of U and the targets of L, in units of the targets' deviation.

    A target that does not vary over L, because it has no sample or one, is taken in units of the predictions' deviation.
    """
    predictions = view.predictions
    targets = np.atleast_2d(view.labels.T).T.astype(np.float32, copy=False)
    mean, deviation = moments(predictions)
    if len(targets):
        of_targets = moments(targets)[1]
        deviation = np.where(np.isfinite(of_targets), of_targets, deviation)
    return Space(predictions, targets, mean, deviation)


@strategies.register("gsy")
class GreedySamplingOfOutputs(SelectionStrategy):
    """Greedy sampling in the outputs: B times argmax_{u∈U} min_{s∈L∪S} ‖ŷ_u − y_s‖₂, S the batch so far. O(m·(l + B)·t).

    y (t,) are the targets of a labelled sample and ŷ (t,) the prediction for an unlabelled one, each target divided by its
    deviation over L; a pick counts with its prediction until it is labelled. With L empty the sample of the average prediction
    is first. The paper has one target, and asks for one sample at a time.
    """

    needs = frozenset({Need.PREDICTIONS})
    tasks = REGRESSION
    reference = "Wu, Lin and Huang 2019, Active learning for regression using greedy sampling (arXiv 1808.04245), GSy"

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, NDArray[np.float32]]:
        """(n,) rows, and the distance of each to the nearest known output, in deviations of the targets."""
        return pick_farthest([outputs(view)], n, rng)
