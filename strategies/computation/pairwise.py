"""Distances between all pairs of samples, without the matrix of them.

Tiles of squared distances come out of one matrix product each, into a buffer that is used again, and of two tiles that mirror
each other only one is computed. What is done with the tiles runs on as many threads as there are cores, each with a single
thread of BLAS: so element-wise work is shared as well, and since results are put together in a fixed order and no tile depends
on the others, not a bit depends on the number of cores.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from utils.blocks import blocks

BLOCK = 512
"""Rows and columns of a tile: large enough for the matrix product, small enough for the cache of a core (1 MiB)."""
_STRIPS_PER_THREAD = 8

Tile = NDArray[np.float32]
T = TypeVar("T")


class Pairs:
    """Squared Euclidean distances between n samples, a tile at a time, in units of `unit` squared.

    By the norms and a matrix product in single precision: the error is some 1e-7 of the sum of both squared distances from the
    mean, so that a tile can hold a little less than zero. Where samples coincide, as those do whose units are all dead, no
    pair is counted as apart that this error alone could hold apart.
    """

    def __init__(self, points: NDArray[np.float32], block: int | None = None) -> None:
        """Takes a copy of `points` (n, d), about their mean and scaled; `block` rows and columns a tile, BLOCK if None."""
        self.block = block or BLOCK
        exponent = int(np.frexp(max(points.max(), -points.min()))[1])
        self.unit = 2.0**exponent
        """What a distance of 1 stands for: a power of two, so that no bit is lost and no square overflows."""
        self._spare: list[Tile] = []
        self._factors = np.empty((len(points), points.shape[1] + 2), dtype=np.float32)
        centred = self._factors[:, 2:]
        np.ldexp(points, -exponent, out=centred)
        centred -= centred[0].copy()
        centred -= centred.mean(axis=0)
        np.einsum("ij,ij->i", centred, centred, out=self._factors[:, 0])
        self._factors[:, 1] = 1
        if _some_coincide(self._factors):
            self._factors[:, 0] *= np.float32(1 - np.finfo(np.float32).eps * (4 + np.sqrt(points.shape[1])))

    def __len__(self) -> int:
        """The number of samples."""
        return len(self._factors)

    def take(self, rows: NDArray[np.intp]) -> Pairs:
        """The samples `rows` alone, in this order; distances between them and those of the whole can be asked for."""
        part = object.__new__(Pairs)
        part.block, part.unit, part._factors, part._spare = self.block, self.unit, self._factors[rows], self._spare
        return part

    def strips(
        self,
        work: Callable[[slice, Iterator[tuple[slice, Tile]]], T],
        others: Pairs | None = None,
        *,
        scale: float = 1.0,
        wanted: Callable[[slice, slice], bool] | None = None,
        longest_first: bool = True,
    ) -> Iterator[tuple[slice, T]]:
        """Does `work` on each strip of rows and gives its results, always in the same order.

        Args:
            work: is given the rows of a strip and its tiles: columns, ascending, and (r, c) squared distances times `scale`,
                which it may overwrite. Runs on several threads at once.
            others: the samples of the columns. If None, the same samples, of which a strip gets those up to its own last row:
                every pair comes once, but in the last tile of each strip, whose rows and columns are the same, twice.
            scale: not 0.
            wanted: whether the tile of these rows and columns is to be computed, asked just before; None: every tile.
            longest_first: whether to begin with the last rows, so that no core is left with a long strip at the end.

        Returns:
            The rows of each strip and what `work` returned for them.
        """
        strips = self._strips(len(self if others is None else others))[:: -1 if longest_first else 1]
        workers = min(_core_count(), max(1, len(strips) // _STRIPS_PER_THREAD))
        right = None if others is None else _mirrored(others._factors, scale)

        def one(rows: slice) -> tuple[slice, T]:
            try:
                buffer = self._spare.pop()
            except IndexError:
                buffer = np.empty(self.block**2, dtype=np.float32)
            factors = self._factors[rows]
            sides = (_mirrored(factors, scale), self._factors[: rows.stop]) if right is None else (factors, right)
            try:
                return rows, work(rows, self._tiles(rows, sides, wanted, buffer))
            finally:
                self._spare.append(buffer)

        with one_blas_thread():
            yield from _in_order(one, strips, workers)

    def sums(
        self, change: Callable[[Tile], object], weights: NDArray[np.float32], *, scale: float = 1.0
    ) -> NDArray[np.float64]:
        """(n,) Σ_{j≠i} weights_j · f(scale · d_ij²), where `change` puts the values of f in the place of its argument."""

        def work(rows: slice, tiles: Iterator[tuple[slice, Tile]]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
            own, mirrored = np.zeros(rows.stop - rows.start), np.empty(rows.start, dtype=np.float32)
            for columns, tile in tiles:
                change(tile)
                if columns == rows:
                    np.fill_diagonal(tile, 0)
                    # in double precision: samples that are as dense as each other come out the same
                    own += np.multiply(tile, weights[rows], out=tile).sum(axis=1, dtype=np.float64)
                else:
                    own += tile @ weights[columns]
                    mirrored[columns] = weights[rows] @ tile
            return own, mirrored

        total = np.zeros(len(self))
        for rows, (own, mirrored) in self.strips(work, scale=scale):
            total[rows] += own
            total[: rows.start] += mirrored
        return total

    def drawn(self, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """(count,) squared distances of pairs drawn with replacement."""
        first = rng.integers(len(self), size=count, dtype=np.int32)
        second = rng.integers(1, len(self), size=count, dtype=np.int32)
        second += first
        second %= len(self)
        return self.between(first, second)

    def between(self, first: NDArray[np.integer], second: NDArray[np.integer]) -> NDArray[np.float32]:
        """(k,) squared distances of the samples `first` (k,) to `second` (k,), by differences: without loss of precision."""
        squares = np.empty(len(first), dtype=np.float32)
        for rows in blocks(len(first), self._factors.shape[1]):
            apart = (self._factors.take(first[rows], axis=0) - self._factors.take(second[rows], axis=0))[:, 2:]
            np.einsum("ij,ij->i", apart, apart, out=squares[rows])
        return squares

    def all(self) -> NDArray[np.float32]:
        """(n(n−1)/2,) squared distances of all pairs, in no particular order: for few samples."""

        def collect(rows: slice, tiles: Iterator[tuple[slice, Tile]]) -> list[NDArray[np.float32]]:
            return [tile[before(len(tile))] if columns == rows else tile.ravel().copy() for columns, tile in tiles]

        squares = np.concatenate([part for _, strip in self.strips(collect) for part in strip])
        return np.maximum(squares, 0, out=squares)

    def squares_to(self, row: int) -> NDArray[np.float32]:
        """(n,) squared distances to sample `row`."""
        squares = np.empty(len(self), dtype=np.float32)
        for rows, found in self.strips(lambda _, tiles: next(tiles)[1].ravel().copy(), self.take(np.array([row]))):
            squares[rows] = found
        return squares

    def _strips(self, columns: int) -> list[slice]:
        """Slices of the rows; longer where there are so few columns that tiles would be small."""
        size = max(self.block, self.block**2 // max(1, columns))
        edges = [*range(0, len(self), size), len(self)]
        return [slice(start, stop) for start, stop in pairwise(edges)]

    def _tiles(
        self, rows: slice, sides: tuple[Tile, Tile], wanted: Callable[[slice, slice], bool] | None, buffer: Tile
    ) -> Iterator[tuple[slice, Tile]]:
        left, right = sides
        for start in range(0, len(right), self.block):
            columns = slice(start, min(start + self.block, len(right)))
            if wanted is None or wanted(rows, columns):
                tile = buffer[: len(left) * (columns.stop - start)].reshape(len(left), -1)
                yield columns, np.matmul(left, right[columns].T, out=tile)


@lru_cache(maxsize=4)
def before(size: int) -> NDArray[np.bool_]:
    """(size, size) of a tile whose rows are its columns: whether the column comes before the row; read-only."""
    earlier = np.tri(size, k=-1, dtype=bool)
    earlier.flags.writeable = False
    return earlier


def _some_coincide(factors: Tile) -> bool:
    """Whether any two rows of (n, d + 2) are equal; the first number of most of them settles it."""
    _, number, counts = np.unique(factors[:, 0], return_inverse=True, return_counts=True)
    candidates = np.flatnonzero(counts[number] > 1)
    return len({hash(factors[row].tobytes()) for row in candidates}) < len(candidates)


def _mirrored(factors: Tile, scale: float) -> Tile:
    """What the product of `factors` (n, d + 2) is taken with: (|x|², 1, x) · (1, |y|², −2y) = |x − y|²; times `scale`.

    The norms come first: their sum is the same both ways round, and with it the distance.
    """
    mirrored = factors * np.float32(-2 * scale)
    mirrored[:, 0] = scale
    np.multiply(factors[:, 0], np.float32(scale), out=mirrored[:, 1])
    return mirrored


def _in_order(one: Callable[[slice], T], strips: list[slice], workers: int) -> Iterator[T]:
    if workers == 1:
        yield from map(one, strips)
        return
    executor = ThreadPoolExecutor(workers)
    try:
        yield from executor.map(one, strips)
    finally:
        executor.shutdown(cancel_futures=True)


def _core_count() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_blas_thread() -> AbstractContextManager[Any]:
    """Within it BLAS starts no threads: on a busy machine its threads wait for each other longer than they work."""
    return _controller().limit(limits=1, user_api="blas")


@cache
def _controller() -> Any:
    """Of the BLAS libraries that are loaded; to look for them takes longer than to cluster a few hundred samples."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
