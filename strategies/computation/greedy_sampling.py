"""Greedy sampling, as `gsx`, `gsy` and `igs` share it: each pick is the sample farthest from everything known.

What a sample is worth is its distance to the nearest of L and of the batch so far, and that only falls as the batch grows. So
a distance measured some picks ago still bounds it from above, and only samples whose bound reaches the best found are measured
again: far fewer than the pool, for the same picks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Precise = NDArray[np.float64]
Positions = NDArray[np.intp]

_NUMBERS = 1 << 17
"""In a block of points, and in one of distances: a mebibyte of doubles, which stays in the cache."""
_REFERENCES, _NUMBERS_OF_REFERENCES = 256, 1 << 20
"""Samples measured against at once, and the numbers they may have."""
_FRONT = 64
"""Samples of the highest bounds, which are measured at every pick."""
_ROUNDING = 1e-12
"""Share of the squared norms below which a squared distance is zero."""
_EQUAL = 1e-7
"""Distances that differ by a smaller share are ties: single precision does not tell them apart."""


@dataclass(frozen=True)
class Space:
    """Where distances are measured: Euclidean, each coordinate in units of its deviation."""

    unlabelled: Array
    """(m, f)"""
    labelled: Array
    """(l, f)"""
    mean: Precise
    """(f,)"""
    deviation: Precise
    """(f,) infinite where a coordinate is to count nothing."""

    def standardised(self, points: Array) -> Precise:
        """`points` (k, f) around the mean, in units of the deviation."""
        return (points - self.mean) / self.deviation


def moments(*arrays: Array) -> tuple[Precise, Precise]:
    """(f,) the mean and the deviation of the rows of all `arrays` (·, f); that of a column that is constant is infinite."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    for array in arrays:
        for block in _blocks(len(array), array.shape[1]):
            scaler.partial_fit(array[block])
    return scaler.mean_, np.where(scaler.scale_ == np.sqrt(scaler.var_), scaler.scale_, np.inf)


def pick_farthest(spaces: Sequence[Space], n: int, rng: np.random.Generator) -> tuple[Positions, Array]:
    """Picks `n` times the u of U with the largest min_{s∈L∪S} of the product over `spaces` of its distances to s, S the batch.

    Where nothing is labelled, the first pick is the sample nearest the mean of the first space, and its score the largest
    distance to it. Ties are broken by `rng`. O(m·(l + n)·f) at worst, in blocks; beyond these one number a sample.

    Returns:
        (n,) rows in the order of the picks, and (n,) what each was worth when it was picked, falling.
    """
    from threadpoolctl import threadpool_limits

    scores = []
    # The products are so small that two threads would only wait for each other.
    with threadpool_limits(1, user_api="blas"):
        farthest = _Farthest(spaces)
        if not len(spaces[0].labelled):
            farthest.add(_nearest_the_mean(spaces[0], rng))
            farthest.measure(np.arange(farthest.size))
            scores.append(max(0.0, farthest.bounds.max()))
        while len(farthest.picks) < n:
            ties = farthest.rows()
            scores.append(farthest.bounds[ties].max())
            farthest.add(ties[rng.integers(len(ties))])
    return np.array(farthest.picks, dtype=np.intp), np.array(scores, dtype=np.float32)


class _Farthest:
    """For each sample an upper bound of its distance to the nearest of L and the picks; picked ones hold −1."""

    def __init__(self, spaces: Sequence[Space]) -> None:
        self.size = len(spaces[0].unlabelled)
        self.picks: list[int] = []
        self.bounds = np.full(self.size, np.inf)
        self._spaces = spaces
        self._width = max(_REFERENCES, *(space.unlabelled.shape[1] for space in spaces))
        self._counted = np.zeros(self.size, dtype=np.int32)
        """How many picks the bound of each sample knows; where it is all of them, the bound is exact."""
        self._lower(np.arange(self.size), [space.labelled for space in spaces])

    def add(self, row: int) -> None:
        """Counts sample `row` as known from now on."""
        self.picks.append(int(row))
        self.bounds[row] = -1.0

    def measure(self, rows: Positions) -> None:
        """Makes the bounds of `rows` exact; those that wait for the last pick alone, which are most, apart from the others."""
        missing = len(self.picks) - self._counted[rows]
        for group in (rows[missing == 1], rows[missing > 1]):
            if len(group):
                picks = self.picks[self._counted[group].min() :]
                self._lower(group, [space.unlabelled[picks] for space in self._spaces])
                self._counted[group] = len(self.picks)

    def rows(self) -> Positions:
        """The samples farthest away: one, or several that are equally far."""
        front = np.argpartition(self.bounds, -min(_FRONT, self.size))[-min(_FRONT, self.size) :]
        self.measure(front)
        reaching = self._reaching(self.bounds[front].max())
        self.measure(reaching)
        return self._reaching(self.bounds.max())

    def _reaching(self, value: float) -> Positions:
        return np.flatnonzero(self.bounds >= value * (1 - _EQUAL))

    def _lower(self, rows: Positions, references: Sequence[Array]) -> None:
        """Lowers the bounds of `rows` to the distance to the nearest of `references`, (k, f) of each space."""
        step = max(1, min(_REFERENCES, _NUMBERS_OF_REFERENCES // self._width))
        for start in range(0, len(references[0]), step):
            some = slice(start, start + step)
            known = [space.standardised(others[some]) for space, others in zip(self._spaces, references, strict=True)]
            for block in _blocks(len(rows), self._width):
                squared = np.ones((1, 1))
                for space, others in zip(self._spaces, known, strict=True):
                    squared = squared * _squared_distances(space.standardised(space.unlabelled[rows[block]]), others)
                self.bounds[rows[block]] = np.minimum(self.bounds[rows[block]], np.sqrt(squared.min(axis=1)))


def _nearest_the_mean(space: Space, rng: np.random.Generator) -> int:
    distances = np.empty(len(space.unlabelled))
    for block in _blocks(len(distances), space.unlabelled.shape[1]):
        points = space.standardised(space.unlabelled[block])
        distances[block] = np.einsum("ij,ij->i", points, points)
    return int(rng.choice(np.flatnonzero(distances <= distances.min() * (1 + _EQUAL))))


def _squared_distances(points: Precise, others: Precise) -> Precise:
    """(n, k) between `points` (n, f) and `others` (k, f); 0 where the difference drowns in rounding."""
    norms = np.einsum("ij,ij->i", points, points)[:, np.newaxis] + np.einsum("ij,ij->i", others, others)
    squared = points @ others.T
    squared *= -2
    squared += norms
    norms *= _ROUNDING
    squared[squared < norms] = 0
    return squared


def _blocks(length: int, width: int) -> Iterator[slice]:
    """Slices of `length` rows of `width` numbers, each of at most `_NUMBERS` and at least one row."""
    step = max(1, _NUMBERS // max(1, width))
    return (slice(start, start + step) for start in range(0, length, step))
