"""As much of the pool as possible within a small distance of a label."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from strategies.base import Positions, Scores, SelectionStrategy, strategies
from strategies.computation.clustering import kmeans
from strategies.computation.pairwise import Pairs, Tile, one_blas_thread
from utils.learning_engine import Need
from utils.pool_view import PoolView

_GRID = np.arange(1, 31) / 20
"""δ, from 0.05 to 1.5."""
_ROUNDING = 4e-6
"""By which squared distances between vectors of length 1 may be off: samples exactly δ apart count as within δ."""

_MARGIN = 0.01
"""More than what rounding may add to the triangle inequality."""


@strategies.register("probcover")
class ProbCover(SelectionStrategy):
    """Greedy cover of L ∪ U (n, d) by balls of radius δ around embeddings of unit length.

    A labelled or picked sample covers itself and all within δ. Each pick is the sample of U that would cover the most that is
    not yet covered, ties at random; the score is that number. Once everything is covered, all that is left is a tie. δ is the
    largest of 0.05, 0.10, …, 1.50 such that the share `purity` of all samples has nobody of another pseudo-label within δ (the
    smallest if there is none); pseudo-labels by k-means, k = C. An all-zero embedding stays zero.

    The graph is never stored: purity comes from the distance to the nearest sample of another pseudo-label, for all δ at once;
    degrees are counted in tiles, and a pick lowers them by what it newly covers. O(n²·d) time, O(n·d) memory.
    """

    needs = frozenset({Need.EMBEDDINGS})
    needs_labelled = True
    reference = "Yehuda et al. 2022, Active learning through a covering lens, NeurIPS, arXiv 2205.11320"

    def __init__(
        self, *, delta: Annotated[float, Field(gt=0, le=2)] | None = None, purity: Annotated[float, Field(gt=0, le=1)] = 0.95
    ) -> None:
        """What it is set to.

        Args:
            delta: radius of the balls; None: from the data.
            purity: share of the samples whose ball must be pure, where the radius comes from the data.
        """
        self.delta = delta
        self.purity = purity

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) rows, and how many samples each newly covered."""
        parts = [view.embeddings, view.labelled_embeddings] if len(view.labelled) else [view.embeddings]
        points = np.concatenate(parts)
        _to_unit_length(points)
        delta = self.delta or self._radius(points, view.num_classes, rng)
        return _greedy(Pairs(points), delta, len(view.unlabelled), n, rng)

    def _radius(self, points: NDArray[np.float32], num_classes: int, rng: np.random.Generator) -> float:
        with one_blas_thread():
            labels = kmeans(points, num_classes, rng)[0]
        order = np.argsort(labels, kind="stable")
        pairs = Pairs(points[order])
        nearest = _nearest_of_another(pairs, labels[order])
        pure = [delta for delta in _GRID if np.mean(nearest > _limit(pairs, delta)) >= self.purity]
        return float(max(pure, default=_GRID[0]))


def _to_unit_length(points: NDArray[np.float32]) -> None:
    length = np.sqrt(np.einsum("ij,ij->i", points, points))
    length[length == 0] = 1
    points /= length[:, None]


def _limit(pairs: Pairs, delta: float) -> np.float32:
    return np.float32((delta**2 + _ROUNDING) / pairs.unit**2)


def _nearest_of_another(pairs: Pairs, labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """(n,) the squared distance to the nearest sample of another label; samples in rising order of `labels` (n,)."""

    def differ(rows: slice, columns: slice) -> bool:
        return bool(labels[columns.start] < labels[rows.stop - 1])

    def work(rows: slice, tiles: Iterator[tuple[slice, Tile]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        every = np.arange(rows.stop - rows.start)
        own, mirrored = np.full(len(every), np.inf, np.float32), np.full(rows.start, np.inf, np.float32)
        for columns, tile in tiles:
            if labels[columns.stop - 1] >= labels[rows.start]:
                np.copyto(tile, np.inf, where=labels[rows, None] == labels[columns])
            np.minimum(own, tile[every, tile.argmin(axis=1)], out=own)
            if columns != rows:
                np.min(tile, axis=0, out=mirrored[columns])
        return own, mirrored

    nearest = np.full(len(pairs), np.inf, np.float32)
    for rows, (own, mirrored) in pairs.strips(work, wanted=differ):
        np.minimum(nearest[rows], own, out=nearest[rows])
        np.minimum(nearest[: rows.start], mirrored, out=nearest[: rows.start])
    return nearest


def _greedy(pairs: Pairs, delta: float, size: int, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
    """Picks `n` of the first `size` samples, the pool; the others are labelled."""
    limit, reach = _limit(pairs, delta), _limit(pairs, 2 * delta + _MARGIN)
    closed, uncovered = np.arange(len(pairs)) >= size, np.ones(len(pairs), dtype=bool)
    if closed.any():
        uncovered = _number_within(limit, pairs, pairs.take(np.flatnonzero(closed))) == 0
    degrees = _degrees(pairs, uncovered, limit)
    rows, scores = np.empty(n, dtype=np.intp), np.zeros(n, dtype=np.float32)
    for number in range(n):
        degrees[closed] = -1
        scores[number] = degrees.max()
        best = np.flatnonzero(degrees == scores[number])
        if scores[number] == 0:
            rows[number:] = rng.permutation(best)[: n - number]
            break
        rows[number] = rng.choice(best)
        closed[rows[number]] = True
        squares = pairs.squares_to(rows[number])
        newly = uncovered & (squares <= limit)
        uncovered &= ~newly
        # whoever shares a neighbour with the pick is within 2 δ of it
        changed = np.flatnonzero((squares <= reach) & (degrees > 0))
        fewer = np.count_nonzero(newly) < np.count_nonzero(uncovered)
        counts = _number_within(limit, pairs.take(changed), pairs.take(np.flatnonzero(newly if fewer else uncovered)))
        degrees[changed] = np.maximum(degrees[changed] - counts, 0) if fewer else counts
    return rows, scores


def _degrees(pairs: Pairs, uncovered: NDArray[np.bool_], limit: np.float32) -> NDArray[np.float64]:
    """(n,) how many of the `uncovered` (n,) each sample has within the limit, itself included."""
    if 2 * np.count_nonzero(uncovered) < len(pairs):
        return _number_within(limit, pairs, pairs.take(np.flatnonzero(uncovered)))
    weights = uncovered.astype(np.float32)
    return weights + pairs.sums(lambda tile: np.less_equal(tile, limit, out=tile), weights)


def _number_within(limit: np.float32, pairs: Pairs, others: Pairs) -> NDArray[np.float64]:
    """(n,) how many of the k samples `others` each sample of `pairs` has within the limit; O(n·k·d)."""

    def work(rows: slice, tiles: Iterator[tuple[slice, Tile]]) -> NDArray[np.float64]:
        number = np.zeros(rows.stop - rows.start)
        for _, tile in tiles:
            number += np.less_equal(tile, limit, out=tile).sum(axis=1)
        return number

    numbers = np.zeros(len(pairs))
    for rows, number in pairs.strips(work, others):
        numbers[rows] = number
    return numbers
