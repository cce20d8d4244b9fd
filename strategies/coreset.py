"""Samples so chosen that no sample is far from a labelled one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import Positions, Scores, SelectionStrategy, strategies
from strategies.computation.clustering import ROUNDING, Array, Points, squared_norms
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("coreset")
class Coreset(SelectionStrategy):
    """k-center greedy: B times the unlabelled sample farthest from its nearest centre, the centres being L and the picks.

    With nothing labelled the first is the sample nearest the mean of U. The score is the distance ‖h_i − h_j‖ to the nearest
    centre when picked (of that first sample: to the mean). Distances come from inner products, counted from the mean of U to
    keep their digits; what differs by less than their rounding is a tie. O(m·d·(|L| + B)) and one vector of m numbers.
    """

    needs = frozenset({Need.EMBEDDINGS})
    needs_labelled = True
    reference = "Sener and Savarese 2018, Active learning for convolutional neural networks: a core-set approach, 1708.00489"

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) rows and distances, falling once there is a centre."""
        greedy = _Greedy(view.embeddings)
        rows, squared = np.empty(n, dtype=np.intp), np.empty(n, dtype=np.float32)
        if len(view.labelled):
            greedy.add_all(view.labelled_embeddings)
            rows[0], squared[0] = greedy.farthest(rng)
        else:
            rows[0], squared[0] = greedy.nearest_to_mean(rng)
        for place in range(1, n):
            greedy.add(rows[place - 1])
            rows[place], squared[place] = greedy.farthest(rng)
        return rows, np.sqrt(np.maximum(squared, 0))


class _Greedy:
    """(m,) squared distances to the nearest centre, less what does not depend on the centre."""

    def __init__(self, points: Array) -> None:
        self._points = np.asarray(points)
        self._mean = Points(points).mean()
        self._norms = np.empty(len(points), dtype=np.float32)
        for part, block in Points(self._points).blocks(8 * points.shape[1]):  # so small that it stays in the cache
            self._norms[part] = squared_norms(block - self._mean)
        self._no_distance = ROUNDING * float(np.linalg.norm(self._mean)) * float(np.sqrt(self._norms.max()))
        self._norms *= 1 - ROUNDING
        self._nearest = np.full(len(points), np.inf, dtype=np.float32)
        self._distances = np.empty_like(self._nearest)

    def nearest_to_mean(self, rng: np.random.Generator) -> tuple[int, np.float32]:
        """The row nearest to the mean, and the squared distance."""
        smallest = self._norms.min()
        return _any(self._norms <= smallest * (1 + ROUNDING), rng), smallest

    def add_all(self, centres: Array) -> None:
        """Makes centres of all of `centres` (l, d)."""
        for _, block in Points(centres).blocks(1):
            moved = block - self._mean
            offsets = squared_norms(moved) * (1 - ROUNDING) + 2 * (moved @ self._mean)
            moved *= -2
            for part, rows in Points(self._points).blocks(len(moved)):
                closeness = rows @ moved.T
                closeness += offsets
                np.minimum(self._nearest[part], closeness.min(axis=1) + self._norms[part], out=self._nearest[part])

    def add(self, row: np.intp) -> None:
        """Makes a centre of `row`, which will not be the farthest again."""
        moved = self._points[row] - self._mean
        np.dot(self._points, -2 * moved, out=self._distances)
        self._distances += self._norms
        self._distances += moved @ ((1 - ROUNDING) * moved + 2 * self._mean)
        np.minimum(self._nearest, self._distances, out=self._nearest)
        self._nearest[row] = -np.inf

    def farthest(self, rng: np.random.Generator) -> tuple[int, np.float32]:
        """A row of the largest distance to its nearest centre, and that distance squared; rows at a centre are all alike."""
        largest = self._nearest.max()
        least = largest * (1 - ROUNDING) if largest > self._no_distance else np.finfo(np.float32).min
        return _any(self._nearest >= least, rng), largest


def _any(among: NDArray[np.bool_], rng: np.random.Generator) -> int:
    """One of the rows that are `among` (m,)."""
    if np.count_nonzero(among) == 1:
        return int(among.argmax())
    rows = np.flatnonzero(among)
    return int(rows[rng.integers(len(rows))])
