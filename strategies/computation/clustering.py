"""k-means and what engines do with it: in single precision, block by block, the same bits for the same generator.

scikit-learn's k-means adds up what its threads found in the order in which they finish, and takes seconds for hundreds of
clusters; its mini-batches are quick and a few per cent worse. Here the seeds come from a random part of the points, settle
there, and only then does every point take part, as matrix products.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from strategies.base import Positions

Array = NDArray[np.float32]

ROUNDING = float(16 * np.finfo(np.float32).eps)
"""How far, relative to the terms that cancel in it, a squared distance from inner products may be off."""
_ROUNDING_OF_DOUBLES = float(16 * np.finfo(np.float64).eps)
AT_ONCE = 1 << 20
"""Numbers in a temporary array."""

_SEEDS_AMONG, _SAMPLE = (4_096, 4), (8_192, 16)
"""Points from which the seeds come, and among which they settle first: at least so many, and so many for each cluster."""
_SWEEPS_OF_SAMPLE, _SWEEPS = 10, (2, 100)
_EFFORT = 20_000_000_000
"""Multiplications after which no further sweep over all points begins, within the limits of `_SWEEPS`."""
_SETTLED = 1_000
"""Points end moving when fewer than one in this many changes its cluster."""
_WIDE, _COMPONENTS, _COMPONENTS_FROM = 256, 128, 2_048
"""Wider points settle in so many principal components first, those of so many points."""


class Points:
    """Some rows of the arrays (…, d) put one below the other; an index, not a copy, so that they may stay on disk."""

    def __init__(self, *arrays: Array, rows: Positions | None = None) -> None:
        """`rows` are positions in all arrays together; None for all."""
        self._arrays = [np.asarray(array) for array in arrays]
        self._rows = rows
        self.shape = (sum(map(len, arrays)) if rows is None else len(rows), arrays[0].shape[1])

    def __len__(self) -> int:
        """Number of points."""
        return self.shape[0]

    def part(self, positions: Positions) -> Points:
        """The points at `positions` (k,) alone."""
        return Points(*self._arrays, rows=positions if self._rows is None else self._rows[positions])

    def take(self, positions: Positions) -> Array:
        """(k, d) a copy of the points at `positions` (k,)."""
        rows = positions if self._rows is None else self._rows[positions]
        if len(self._arrays) == 1:
            return self._arrays[0][rows]
        taken, start = np.empty((len(rows), self.shape[1]), dtype=np.float32), 0
        for array in self._arrays:
            inside = (rows >= start) & (rows < start + len(array))
            taken[inside] = array[rows[inside] - start]
            start += len(array)
        return taken

    def blocks(self, width: int) -> Iterator[tuple[slice, Array]]:
        """The points in order, part by part, so that a block times `width` numbers fits a temporary array."""
        size, start = max(1, AT_ONCE // max(width, self.shape[1])), 0
        if self._rows is not None:
            for start in range(0, len(self), size):
                part = slice(start, min(start + size, len(self)))
                yield part, self.take(np.arange(part.start, part.stop))
            return
        for array in self._arrays:
            for inside in range(0, len(array), size):
                block = array[inside : inside + size]
                yield slice(start + inside, start + inside + len(block)), block
            start += len(array)

    def mean(self) -> Array:
        """(d,)."""
        total = np.zeros(self.shape[1])
        for _, block in self.blocks(1):
            total += np.ones(len(block), dtype=np.float32) @ block
        return (total / len(self)).astype(np.float32)


def squared_norms(points: Array) -> Array:
    """(n,) of the rows of `points` (n, d)."""
    return np.einsum("ij,ij->i", points, points)


def squared_distances(points: Array, others: Array, norms: Array) -> Array:
    """(n, k) between `points` (n, d) and `others` (k, d) of squared `norms` (k,); exactly 0 where they coincide.

    Both should be near the origin, for what is far from it has few digits left for the distance.
    """
    distances = (-2 * points) @ others.T
    distances += norms * (1 - ROUNDING)
    distances += (squared_norms(points) * (1 - ROUNDING))[:, np.newaxis]
    return np.maximum(distances, 0, out=distances)


def kmeans(points: Array | Points, clusters: int, rng: np.random.Generator) -> tuple[NDArray[np.int32], Array]:
    """Clusters `points` (n, d) into at most `clusters` by k-means (Lloyd) with greedy k-means++ seeds; O(n·k·d).

    Returns:
        (n,) the cluster of each point, and (k, d) the centres. No cluster is empty; there are fewer than asked for where too
        few points are distinct.
    """
    points = points if isinstance(points, Points) else Points(points)
    count, clusters = len(points), min(clusters, len(points))
    sample = points.part(rng.permutation(count)[: max(_SAMPLE[0], _SAMPLE[1] * clusters)])
    shift = sample.mean()
    centres = _settled_in(sample, shift, clusters, rng)
    fewest, most = _SWEEPS
    labels, centres = _lloyd(points, shift, centres, min(most, max(fewest, _EFFORT // (count * centres.size))))
    sizes = np.bincount(labels, minlength=len(centres))
    renamed = np.cumsum(sizes > 0, dtype=np.int32) - np.int32(1)
    return renamed[labels], centres[sizes > 0] + shift


def _settled_in(sample: Points, shift: Array, clusters: int, rng: np.random.Generator) -> Array:
    """(k, d) centres for `sample` less `shift`, whose points are in random order; found in few dimensions where d is large."""
    basis = _principal(sample, shift, rng) if sample.shape[1] > _WIDE else None
    flat = np.empty((len(sample), sample.shape[1] if basis is None else basis.shape[1]), dtype=np.float32)
    for part, block in sample.blocks(1):
        flat[part] = block - shift if basis is None else (block - shift) @ basis
    centres = _seeds(flat[: max(_SEEDS_AMONG[0], _SEEDS_AMONG[1] * clusters)], clusters, rng)
    labels, centres = _lloyd(Points(flat), np.zeros(flat.shape[1], dtype=np.float32), centres, _SWEEPS_OF_SAMPLE)
    if basis is None:
        return centres
    sums = np.zeros((len(centres), sample.shape[1]), dtype=np.float32)
    for part, block in sample.blocks(1):
        sums += _sums(block - shift, labels[part], len(centres))
    sizes = np.bincount(labels, minlength=len(centres))
    sums /= np.maximum(sizes, 1)[:, np.newaxis]
    return sums[sizes > 0]


def _principal(sample: Points, shift: Array, rng: np.random.Generator) -> Array:
    """(d, c) the directions in which the first points of `sample` less `shift` vary most."""
    from sklearn.utils.extmath import randomized_svd

    first = sample.take(np.arange(min(len(sample), _COMPONENTS_FROM))) - shift
    seed = int(rng.integers(2**31))
    _, _, directions = randomized_svd(first, min(_COMPONENTS, len(first)), random_state=seed)
    return np.ascontiguousarray(directions.T)


def _seeds(points: Array, clusters: int, rng: np.random.Generator) -> Array:
    """(k, d) of the `points` (n, d), far apart: each the best of a few drawn in proportion to the squared distance."""
    chosen = [int(rng.integers(len(points)))]
    trials = 2 + int(np.log(clusters))
    norms = squared_norms(points)
    nearest = squared_distances(points[chosen], points, norms)[0]
    while len(chosen) < clusters:
        cumulative = np.cumsum(nearest, dtype=np.float64)
        if cumulative[-1] == 0:
            break
        drawn = np.searchsorted(cumulative, rng.random(trials) * cumulative[-1], side="right")
        drawn = np.minimum(drawn, np.searchsorted(cumulative, cumulative[-1]))
        distances = squared_distances(points[drawn], points, norms)
        np.minimum(distances, nearest, out=distances)
        best = int(distances.sum(axis=1).argmin())
        chosen.append(int(drawn[best]))
        nearest = distances[best]
    return points[chosen]


def _lloyd(points: Points, shift: Array, centres: Array, sweeps: int) -> tuple[NDArray[np.int32], Array]:
    """(n,) the nearest centre of each of `points` less `shift`, and the (k, d) centres, moved until hardly any point moves."""
    labels = np.full(len(points), -1, dtype=np.int32)
    for sweep in range(sweeps):
        before = labels
        labels, sums = _sweep(points, shift, centres)
        if sweep == sweeps - 1 or np.count_nonzero(labels != before) <= len(points) // _SETTLED:
            break
        sizes = np.bincount(labels, minlength=len(centres)).astype(np.float32)[:, np.newaxis]
        centres = np.where(sizes > 0, sums / np.maximum(sizes, 1), centres)
    return labels, centres


def _sweep(points: Points, shift: Array, centres: Array) -> tuple[NDArray[np.int32], Array]:
    """(n,) the nearest centre of each of `points` less `shift`, and (k, d) the sums of the points of each."""
    labels, sums = np.empty(len(points), dtype=np.int32), np.zeros_like(centres)
    halved = squared_norms(centres) / 2
    for part, values in points.blocks(len(centres)):
        block = values - shift
        closeness = block @ centres.T
        closeness -= halved
        labels[part] = closeness.argmax(axis=1)
        sums += _sums(block, labels[part], len(centres))
    return labels, sums


def _sums(points: Array, labels: NDArray[np.int32], clusters: int) -> Array:
    """(clusters, d) the sums of the `points` (n, d) with each of the `labels` (n,)."""
    from scipy.sparse import csc_array

    count = len(points)
    entries = np.ones(count, dtype=np.float32), labels, np.arange(count + 1, dtype=np.int32)
    return csc_array(entries, shape=(clusters, count)) @ points


def nearest(points: Points, centres: Array, n: int, rng: np.random.Generator) -> tuple[Positions, Array]:
    """`n` distinct points: for each of `centres` (k, d) the nearest that is left, in turns where there are more than k to find.

    Where a point is the nearest to two centres, the first takes it and the other the next nearest; ties fall at random. In
    double precision, a block at a time; O(n·k·d), and again for what two centres want.

    Returns:
        (n,) positions, nearest to their centres first, and (n,) the distances to the centres.
    """
    left, waiting = np.ones(len(points), dtype=bool), np.arange(len(centres))
    found, distances = np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32)
    while len(found) < n:
        positions, squared = _nearest_left(points, centres[waiting], left, rng)
        _, first = np.unique(positions, return_index=True)
        first = np.sort(first)[: n - len(found)]
        found = np.concatenate([found, positions[first]])
        distances = np.concatenate([distances, np.sqrt(squared[first], dtype=np.float32)])
        left[positions[first]] = False
        waiting = np.delete(waiting, first)
        waiting = waiting if len(waiting) else np.arange(len(centres))
    order = np.argsort(distances, kind="stable")
    return found[order], distances[order]


def _nearest_left(
    points: Points, centres: Array, left: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[Positions, NDArray[np.float64]]:
    """For each of `centres` (k, d) the position of the nearest of those points that are `left` (n,), and its squared distance.

    Each point is moved away by a random amount of the size of the rounding error, which breaks the ties.
    """
    best, positions = np.full(len(centres), np.inf), np.zeros(len(centres), dtype=np.intp)
    shift = centres.mean(axis=0, dtype=np.float64)
    moved = centres - shift
    for part, values in points.blocks(2 * len(centres)):
        block = values - shift
        norms = np.einsum("ij,ij->i", block, block) + np.finfo(np.float64).tiny
        norms *= 1 + _ROUNDING_OF_DOUBLES * rng.random(len(block))
        norms[~left[part]] = np.inf
        distances = moved @ block.T
        distances *= -2
        distances += norms
        closest = distances.argmin(axis=1)
        found = distances[np.arange(len(moved)), closest]
        better = found < best
        best[better], positions[better] = found[better], closest[better] + part.start
    return positions, np.maximum(best + np.einsum("ij,ij->i", moved, moved), 0)


def in_turns(sizes: NDArray[np.intp], n: int) -> Positions:
    """(min(n, total),) which group gives each of `n` picks: one of each group a turn, in order, while its `sizes` (k,) last."""
    groups = np.repeat(np.arange(len(sizes)), sizes)
    turns = np.arange(len(groups)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return groups[np.lexsort((groups, turns))[:n]]
