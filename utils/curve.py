"""One line of a comparison, as numbers: what the seeds of a strategy reached at each number of labels.

Reading the runs and drawing the picture both build on it, so that the mean and the interval that are shown and those that
are written in a table come from one place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.measure import ACCURACY, Measure


@dataclass(frozen=True)
class Curve:
    """How good all seeds of one strategy and variant were over the number of labels.

    Attributes:
        strategy: engine name; decides colour and marker.
        variant: name of the variant, "" when there is none; decides the dashes.
        labels: (n,) ascending numbers of labelled samples.
        results: (seeds, n) of the measure; NaN where a seed has no value.
        pool: samples labelled or unlabelled at the start, the denominator of the share of labels; None when unknown.
        measure: what the values are.
    """

    strategy: str
    variant: str
    labels: NDArray[np.float64]
    results: NDArray[np.float64]
    pool: int | None
    measure: Measure = ACCURACY

    @property
    def name(self) -> str:
        """Strategy and variant as they are shown."""
        return f"{self.strategy}/{self.variant}" if self.variant else self.strategy

    def mean(self) -> NDArray[np.float64]:
        """(n,) mean over the seeds that have a value there."""
        return np.asarray(np.nanmean(self.results, axis=0), dtype=np.float64)

    def half_width(self) -> NDArray[np.float64]:
        """(n,) half of the 95 % confidence interval of the mean, t₀.₉₇₅ · s / √seeds; NaN where fewer than two seeds are."""
        from scipy.special import stdtrit

        count = np.isfinite(self.results).sum(axis=0)
        squares = np.nansum((self.results - self.mean()) ** 2, axis=0)
        freedom = np.where(count > 1, count - 1, np.nan)
        return np.asarray(stdtrit(freedom, 0.975) * np.sqrt(squares / freedom / count), dtype=np.float64)
