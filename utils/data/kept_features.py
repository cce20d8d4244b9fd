"""Some of the samples of an array that stays where it is, on disk or in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.rows import Features


@dataclass(frozen=True)
class KeptFeatures:
    """The rows `kept` of `features`, which are copied when they are asked for."""

    features: Features
    """(N, …) read-only."""
    kept: NDArray[np.int64]
    """(n,) which rows, in which order."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, …)."""
        return len(self.kept), *self.features.shape[1:]

    def __getitem__(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """(k, …) a copy of the rows `ids` (k,) of those that are kept."""
        return self.features[self.kept[ids]]
