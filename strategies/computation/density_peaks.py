"""Clustering by density peaks: what it finds in a set of samples, for the engines and pictures that are made of it.

Rodriguez & Laio 2014, Clustering by fast search and find of density peaks, Science 344, 1492. A peak is denser than its
neighbours and far from everything denser. Three passes over half of the pairs, none of which is kept: densities, nearest
denser samples, and, where a halo is wanted, the borders between clusters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from strategies.base import Positions, Scores, top
from strategies.computation.cutoff import cutoff_distance
from strategies.computation.pairwise import Pairs, Tile, before

_LEAST_EXPONENT = -87
"""Below, exp is no normal number of single precision, and ten times as slow."""
_LEAST_DENSITY = 1e-30
"""More than a million samples at that exponent: what is less is none."""
_RESOLUTION = 1e-12
"""The smallest d_c², next to squares of distances that may reach 4 d: what single precision takes for 0."""


@dataclass(frozen=True)
class DensityPeaks:
    """What density peaks are read from, for n samples. Distances are Euclidean, in the units of the samples."""

    cutoff: float
    """d_c: 1–2 % of the pairs are as near, or the percent asked for."""
    rho: NDArray[np.float32]
    """(n,) density ρ_i = Σ_{j≠i} exp(−(d_ij / d_c)²)."""
    delta: NDArray[np.float32]
    """(n,) δ: the distance to the nearest sample of higher density; of the densest, to the farthest sample."""
    neighbour: Positions
    """(n,) which sample that is; the densest has itself."""
    order: Positions
    """(n,) all samples by falling density, equal ones in random order; "higher" above is earlier in this order."""
    _ordered: Pairs
    """The samples in that order."""

    @property
    def prominence(self) -> Scores:
        """(n,) (ρ / ρ_max)(δ / δ_max) in [0, 1]: what makes a peak."""
        return _share_of_largest(self.rho) * _share_of_largest(self.delta)

    def centres(self, count: int, rng: np.random.Generator) -> Positions:
        """(min(count, n),) the peaks of largest prominence, largest first, ties in random order; always with the densest."""
        prominence = self.prominence
        prominence[self.order[0]] = np.inf
        return top(prominence, count, rng)

    def clusters(self, centres: Positions) -> Positions:
        """(n,) which of `centres` each sample comes to: itself if it is one, otherwise that of its nearest denser sample."""
        leader = self.neighbour.copy()
        leader[centres] = centres
        while not np.array_equal(further := leader[leader], leader):
            leader = further
        position = np.empty_like(leader)
        position[centres] = np.arange(len(centres))
        return position[leader]

    def borders(self, clusters: Positions) -> NDArray[np.float64]:
        """(k,) the largest mean density of a pair within d_c of which only one is in the cluster; 0 where there is none.

        A sample is in the halo of its cluster where its density is below that.
        """
        clusters, rho = clusters[self.order].astype(np.int32), self.rho[self.order].astype(np.float64)
        limit = np.float32((self.cutoff / self._ordered.unit) ** 2)
        highest = np.zeros(int(clusters.max()) + 1)
        lock = Lock()

        def can_rise(rows: slice, columns: slice) -> bool:
            """Whether there may be a pair of two clusters that is denser than the border so far of one of them."""
            in_rows, in_columns = 2 * highest[clusters[rows]] - rho[rows], 2 * highest[clusters[columns]] - rho[columns]
            denser = in_rows.min() < rho[columns.start] or in_columns.min() < rho[rows.start]
            one = clusters[rows.start]
            return bool(denser and ((clusters[rows] != one).any() or (clusters[columns] != one).any()))

        def work(rows: slice, tiles: Iterator[tuple[slice, Tile]]) -> None:
            for columns, tile in tiles:
                near = tile <= limit
                near &= clusters[rows, np.newaxis] != clusters[columns]
                first, second = np.divmod(np.flatnonzero(near), tile.shape[1])
                mean = (rho[rows][first] + rho[columns][second]) / 2
                with lock:
                    np.maximum.at(highest, clusters[rows][first], mean)
                    np.maximum.at(highest, clusters[columns][second], mean)

        for _ in self._ordered.strips(work, wanted=can_rise, longest_first=False):
            pass
        return highest


def density_peaks(points: NDArray[np.float32], rng: np.random.Generator, percent: float | None = None) -> DensityPeaks:
    """Densities and nearest denser samples of `points` (n, d); O(n²·d) time, O(n·d) memory.

    Args:
        points: the samples.
        rng: breaks ties between densities; where n is large, draws the pairs by which d_c is found.
        percent: d_c is this percent point of all distances, linearly interpolated. If None, it is found by bisection between
            the least and the largest distance, so that on average 1–2 % of the other samples are within it.
    """
    pairs = Pairs(points)
    cutoff = cutoff_distance(pairs, percent, rng)
    rho = _densities(pairs, cutoff)
    order = rng.permutation(len(points))
    order = order[np.argsort(-rho[order], kind="stable")]
    pairs = pairs.take(order)
    squares, denser = _nearest_denser(pairs)
    delta, neighbour = np.empty_like(rho), np.empty_like(order)
    delta[order], neighbour[order] = np.sqrt(squares) * np.float32(pairs.unit), order[denser]
    return DensityPeaks(cutoff * pairs.unit, rho, delta, neighbour, order, pairs)


def _densities(pairs: Pairs, cutoff: float) -> NDArray[np.float32]:
    def gauss(tile: Tile) -> None:
        np.exp(np.clip(tile, _LEAST_EXPONENT, 0, out=tile), out=tile)

    ones = np.ones(len(pairs), dtype=np.float32)
    rho = pairs.sums(gauss, ones, scale=-1 / max(cutoff**2, _RESOLUTION)).astype(np.float32)
    rho[rho < _LEAST_DENSITY] = 0
    return rho


def _nearest_denser(pairs: Pairs) -> tuple[NDArray[np.float32], Positions]:
    """Of samples in falling density: (n,) the squared distance to the nearest one before it, and which that is."""

    def work(rows: slice, tiles: Iterator[tuple[slice, Tile]]) -> Positions:
        every = np.arange(rows.stop - rows.start)
        least, nearest = np.full(len(every), np.inf, dtype=np.float32), np.zeros(len(every), dtype=np.intp)
        for columns, tile in tiles:
            if columns == rows:
                np.copyto(tile, np.inf, where=~before(len(tile)))
            found = tile.argmin(axis=1)
            squares = tile[every, found]
            nearer = squares < least
            least[nearer], nearest[nearer] = squares[nearer], columns.start + found[nearer]
        return nearest

    denser = np.empty(len(pairs), dtype=np.intp)
    for rows, nearest in pairs.strips(work):
        denser[rows] = nearest
    # the products above tell who is nearest; how near is worth more digits
    squares = pairs.between(np.arange(len(pairs)), denser)
    squares[0] = pairs.squares_to(0).max()
    return squares, denser


def _share_of_largest(values: NDArray[np.float32]) -> NDArray[np.float32]:
    largest = values.max()
    return values / largest if largest > 0 else np.zeros_like(values)
