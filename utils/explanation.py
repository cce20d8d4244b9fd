"""What an engine can tell of its choice beyond the picks, for a picture of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class DecisionGraph:
    """Density peaks, one row for each of the n samples they were computed on."""

    rho: NDArray[np.float32]
    """(n,) densities."""
    delta: NDArray[np.float32]
    """(n,) distances to the nearest denser sample."""
    centres: NDArray[np.intp]
    """(k,) rows taken as centres."""


@dataclass(frozen=True)
class Explanation:
    """Whatever of it applies; the rest is None."""

    decision_graph: DecisionGraph | None = None
    typical: NDArray[np.int64] | None = None
    """(k,) ids of the samples nearest to cluster centres, largest cluster first where that is known."""
    centres: NDArray[np.float32] | None = None
    """(k, f) the centres themselves, where they are made of features."""
    copies: bool = False
    """Whether the augmented copies of the samples are what it judges by."""
