"""How far several predictions of the same targets lie apart, as `mc_variance` and `qbc_variance` share it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from utils.pool_view import PoolView

_NUMBERS = 1 << 20
"""In a block of predictions; 4 MiB."""


def variance(passes: NDArray[np.float32], view: PoolView) -> NDArray[np.float32]:
    """(m,) the variance over the K passes of `passes` (K, m, t), summed over the targets.

    One target gives its variance, in its own units squared. Several have units of their own, so each is divided by its
    variance over the labelled targets of `view` where these vary. Equal predictions give exactly 0.
    """
    count, m, width = passes.shape
    weight = _weight(view) if width > 1 else np.ones(1, dtype=np.float32)
    result = np.empty(m, dtype=np.float32)
    step = max(1, _NUMBERS // max(1, count * width))
    for start in range(0, m, step):
        block = passes[:, start : start + step]
        differences = block - block[0]
        result[start : start + step] = (differences.var(axis=0) * weight).sum(axis=1)
    return result


def _weight(view: PoolView) -> NDArray[np.float32]:
    """(t,) or (1,) one over the variance of each target over L, 1 where it has none."""
    targets = np.atleast_2d(view.labels.T).T
    spread = targets.var(axis=0, dtype=np.float64) if len(targets) else np.zeros(1)
    return np.divide(1, spread, out=np.ones_like(spread), where=spread > 0).astype(np.float32)
