"""The largest of scores that come block by block, in whatever order, from here or from elsewhere.

Kept is only what may still be picked, so that a pool of any size is scored in the memory of its picks. What is picked at the
end is the same, bit for bit, as if all scores had lain side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.top import top


class Best:
    """The `n` largest of the scores added so far, and all that tie with the smallest of these: O(n + ties)."""

    def __init__(self, n: int) -> None:
        """`n` at least 0."""
        self._n = n
        self.positions = np.empty(0, dtype=np.intp)
        """(k,) of those kept."""
        self.scores = np.empty(0, dtype=np.float32)
        """(k,) the score of each."""

    def add(self, positions: NDArray[Any], scores: NDArray[np.float32]) -> None:
        """Takes in one block more.

        Args:
            positions: (m,) integers, each of which comes once.
            scores: (m,) the score of each, finite.
        """
        positions, scores = np.concatenate([self.positions, positions]), np.concatenate([self.scores, scores])
        if len(scores) > self._n:
            least = np.partition(scores, len(scores) - self._n)[len(scores) - self._n] if self._n else np.inf
            positions, scores = positions[scores >= least], scores[scores >= least]
        self.positions, self.scores = positions, scores

    def pick(self, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """(k,) positions and (k,) scores of the `n` largest, or of all: those that `top` picks of all scores at once."""
        order = np.argsort(self.positions)
        positions, scores = self.positions[order], self.scores[order]
        rows = top(scores, self._n, rng)
        return positions[rows], scores[rows]
