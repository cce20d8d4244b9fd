"""Which samples are labelled at the start: the same for every strategy of a comparison."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray


def choose_initial(
    rule: Literal["random", "stratified"], labels: NDArray[np.int64], count: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Positions of `count` of the samples, at least one, in random order.

    "stratified" keeps the shares of the classes, and so looks at `labels` (m,) before they are bought: it stands for a start
    that somebody chose with care, and is not for measuring what labels cost.
    """
    count = min(max(count, 1), len(labels))
    order = rng.permutation(len(labels))
    if rule == "random":
        return order[:count]
    within = np.empty(len(labels))
    for label in np.unique(labels):
        members = order[labels[order] == label]
        within[members] = (np.arange(len(members)) + 0.5) / len(members)
    return order[np.argsort(within[order], kind="stable")][:count]
