"""One cross-validation as numbers: the validation metric and loss of each fold over the epochs, their mean, and its best epoch.

The mean is smoothed as in the founding house-price system, so that one lucky epoch does not decide how long to train.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.measure import Measure

SMOOTHING, SKIP = 0.9, 10

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class ValidationCurve:
    """What the folds of one cross-validation measured after each epoch.

    Attributes:
        name: of the cross-validation, "" when it has none.
        measure: what the metric is.
        metric: (k, n) of each fold and epoch, on the samples that the fold leaves out.
        loss: (k, n) likewise.
        smoothing: factor of the previous point.
        skip: epochs at the start that are left out.
    """

    name: str
    measure: Measure
    metric: Numbers
    loss: Numbers
    smoothing: float = SMOOTHING
    skip: int = SKIP

    @property
    def epochs(self) -> NDArray[np.int64]:
        """(n,) their numbers, from 1."""
        return np.arange(1, self.metric.shape[1] + 1)

    @property
    def mean(self) -> Numbers:
        """(n,) mean over folds."""
        return np.asarray(self.metric.mean(axis=0), dtype=np.float64)

    @property
    def deviation(self) -> Numbers:
        """(n,) standard deviation over folds; NaN for a single one."""
        return deviation(self.metric)

    @property
    def smoothed(self) -> Numbers:
        """(n,) the smoothed mean; NaN in the epochs that are left out."""
        return smooth(self.mean, self.smoothing, self.skip)

    @property
    def best_epoch(self) -> int:
        """The epoch with the best smoothed mean, from 1; the earliest of equals."""
        return int(np.nanargmax(self.measure.sign * self.smoothed)) + 1


def smooth(values: Numbers, factor: float = SMOOTHING, skip: int = SKIP) -> Numbers:
    """(…, n) `values` over epochs, smoothed: point = previous · factor + point · (1 − factor), from the first point kept on.

    The first `skip` epochs are left out, NaN in the result, unless there are no others (Chollet, Deep Learning with Python,
    2017, section 3.6).
    """
    smoothed, start = np.full(values.shape, np.nan), skip if values.shape[-1] > skip else 0
    smoothed[..., start] = values[..., start]
    for epoch in range(start + 1, values.shape[-1]):
        smoothed[..., epoch] = smoothed[..., epoch - 1] * factor + values[..., epoch] * (1 - factor)
    return smoothed


def deviation(values: Numbers) -> Numbers:
    """(…) standard deviation over the first axis; NaN for a single row."""
    return values.std(axis=0, ddof=1) if len(values) > 1 else np.full(values.shape[1:], np.nan)
