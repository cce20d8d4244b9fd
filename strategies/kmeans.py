"""One sample from each part of the pool."""

from __future__ import annotations

from typing import Literal

import numpy as np

from strategies.base import Positions, Scores, SelectionStrategy, strategies
from strategies.computation.clustering import Array, Points, kmeans, nearest
from utils.explanation import Explanation
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("kmeans")
class KMeans(SelectionStrategy):
    """The unlabelled sample nearest to each of B centres of k-means, nearest first. O(m·B·d).

    A sample that is the nearest to two centres stands for one of them, the next nearest for the other. The score is minus the
    distance to the centre. See `strategies.computation.clustering` for how k-means is done.
    """

    needs = frozenset({Need.EMBEDDINGS})
    reference = "the founding systems; k-means as in Lloyd 1982 and Arthur and Vassilvitskii 2007"

    def __init__(self, *, space: Literal["embedded", "raw"] = "embedded") -> None:
        """`space`: cluster the embeddings (m, d), or what the model is fed (m, f)."""
        self.space = space
        if space == "raw":
            self.needs = frozenset({Need.FEATURES})

    def centres(self, view: PoolView, n: int, rng: np.random.Generator) -> Array:
        """(k, d), k ≤ n: the centres that `pick` finds with a generator in the same state."""
        return kmeans(self._points(view), n, rng)[1]

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) rows and scores in (−∞, 0]."""
        rows, distances = representatives(self._points(view), n, rng)
        return rows, -distances

    def explain(self, view: PoolView, n: int, rng: np.random.Generator) -> Explanation:
        """The samples nearest to the centres, and the centres themselves where they are made of features."""
        points = Points(self._points(view))
        centres = kmeans(points, n, rng)[1]
        rows, _ = nearest(points, centres, len(centres), rng)
        return Explanation(typical=view.unlabelled[rows], centres=centres if self.space == "raw" else None)

    def _points(self, view: PoolView) -> Array:
        return view.features if self.space == "raw" else view.embeddings


def representatives(points: Array | Points, n: int, rng: np.random.Generator) -> tuple[Positions, Array]:
    """(n,) distinct `points` (m, d), the nearest to each of n centres of k-means, nearest first, and (n,) how far they are."""
    points = points if isinstance(points, Points) else Points(points)
    return nearest(points, kmeans(points, n, rng)[1], n, rng)
