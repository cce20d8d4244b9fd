"""The largest of many scores, with ties in random order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def top(scores: NDArray[np.float32], n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Positions of the `n` largest of `scores` (m,), largest first, ties in random order; O(m + n log n)."""
    n = min(n, len(scores))
    if n == 0:
        return np.empty(0, dtype=np.intp)
    threshold = np.partition(scores, len(scores) - n)[len(scores) - n]
    above = np.flatnonzero(scores > threshold)
    ties = rng.permutation(np.flatnonzero(scores == threshold))[: n - len(above)]
    above = rng.permutation(above)
    above = above[np.argsort(-scores[above], kind="stable")]
    return np.concatenate([above, ties])
