"""Which samples are labelled at the start: the same for every strategy of a comparison."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from strategies.base import Selection
from utils.pool_view import PoolView


def choose_initial(
    rule: Literal["random", "stratified"], share: float, view: PoolView, labels: NDArray[np.int64], rng: np.random.Generator
) -> Selection:
    """The samples labelled at the start: the `share` in (0, 1] of all, at least one, in random order and without scores.

    "stratified" keeps the shares of the classes, and so looks at `labels` before they are bought: it stands for a start that
    somebody chose with care, and is not for measuring what labels cost.

    Args:
        rule: how they are drawn.
        share: of the unlabelled samples, rounded to the nearest count.
        view: of round 0.
        labels: (N,) class index of every sample of the data set, by id.
        rng: draws them.
    """
    count = len(view.unlabelled)
    order = rng.permutation(count)
    if rule == "stratified":
        order = order[np.argsort(_rank_in_class(labels[view.unlabelled[order]]), kind="stable")]
    chosen = order[: max(1, round(share * count))]
    return Selection(view.unlabelled[chosen], np.full(len(chosen), np.nan, dtype=np.float32))


def _rank_in_class(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """(m,) how far each sample comes among those of its class, as a share: in this order every class is drawn evenly."""
    ranks = np.empty(len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        ranks[members] = (np.arange(len(members)) + 0.5) / len(members)
    return ranks
