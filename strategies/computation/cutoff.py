"""The cut-off distance d_c of density peaks, for pools whose distances do not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from strategies.computation.pairwise import Pairs, Tile, before

_ALL_PAIRS_UP_TO = 2000
"""Samples; of more, pairs are drawn at random."""
_PAIRS_DRAWN = 1 << 18
_SHARE = (0.01, 0.02)
_SHARE_OF_DRAWN = (0.0115, 0.0185)
"""More than five standard deviations of the share of the pairs drawn lie between these bounds and those of `_SHARE`."""
_HALVINGS = 50
_DEVIATIONS = 4.0
_ROUNDING = 1e-5
_BINS = 1 << 20
_INFINITY = int(np.float32(np.inf).view(np.int32))
"""Bits of infinity. As integers, the bits of floats that are not negative are in the order of the floats."""


def cutoff_distance(pairs: Pairs, percent: float | None, rng: np.random.Generator) -> float:
    """The distance d_c, in units of `pairs.unit`; 0 for a single sample.

    Args:
        pairs: n samples.
        percent: d_c is this percent point of all n(n−1)/2 distances, linearly interpolated, whatever n is. If None, bisection
            between the least and the largest distance until 1–2 % of the pairs are within d_c. Where samples coincide that
            can be impossible; then the least d_c with more than 2 %.
        rng: draws pairs where n is large.
    """
    if len(pairs) == 1:
        return 0.0
    if len(pairs) > _ALL_PAIRS_UP_TO:
        drawn = pairs.drawn(_PAIRS_DRAWN, rng)
        return _bisected(drawn, *_SHARE_OF_DRAWN) if percent is None else _percent_point(pairs, percent / 100, drawn)
    squares = pairs.all()
    return _bisected(squares, *_SHARE) if percent is None else float(np.percentile(np.sqrt(squares), percent))


def _bisected(squares: NDArray[np.float32], least: float, most: float) -> float:
    low, high = float(np.sqrt(squares.min())), float(np.sqrt(squares.max()))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        share = np.count_nonzero(squares <= middle**2) / len(squares)
        if share < least:
            low = middle
        elif share > most:
            high = middle
        else:
            return middle
    return high


def _percent_point(pairs: Pairs, share: float, drawn: NDArray[np.float32]) -> float:
    """By the ranks of pairs drawn it is known where to look, by one pass (seldom more) what stands there."""
    drawn.sort()
    deviation = _DEVIATIONS * np.sqrt(share * (1 - share) / len(drawn))
    first, last = int((share - deviation) * len(drawn)) - 1, int((share + deviation) * len(drawn)) + 1
    low = _bits(drawn[first] * (1 - _ROUNDING)) if first >= 0 else 0
    high = _bits(drawn[last] * (1 + _ROUNDING)) + 1 if last < len(drawn) else _INFINITY
    count = len(pairs) * (len(pairs) - 1) // 2
    position = share * (count - 1)
    rank = min(int(position), count - 2)
    found = _of_ranks(pairs, [rank, rank + 1], low, high)
    lower, upper = np.sqrt(found[rank]), np.sqrt(found[rank + 1])
    return float(lower + (upper - lower) * (position - rank))


def _of_ranks(pairs: Pairs, ranks: list[int], low: int, high: int) -> dict[int, float]:
    """The squared distances of these ranks, counted from 0; they are looked for between the bits `low` and `high` first."""
    found: dict[int, float] = {}
    pending = [(ranks, low, high)]
    while pending:
        ranks, low, high = pending.pop()
        shift = max(0, (high - low - 1).bit_length() - (_BINS - 1).bit_length())
        below, counts = _histogram(pairs, low, high, shift)
        reached = below + np.cumsum(counts)
        if ranks[0] < below or ranks[-1] >= reached[-1]:
            pending.append((ranks, 0, _INFINITY))
            continue
        bins = np.searchsorted(reached, ranks, side="right")
        for number in np.unique(bins).tolist():
            inside = [rank for rank, its_bin in zip(ranks, bins, strict=True) if its_bin == number]
            start = low + (number << shift)
            if shift:
                pending.append((inside, start, start + (1 << shift)))
            else:
                found |= dict.fromkeys(inside, float(_value(start)))
    return found


def _histogram(pairs: Pairs, low: int, high: int, shift: int) -> tuple[int, NDArray[np.int64]]:
    """How many pairs lie below the bits `low`, and in each of the bins of 2^shift from there to below `high`."""
    least, bound = _value(low) if low else -np.inf, _value(high)
    bins = ((high - low - 1) >> shift) + 1

    def work(rows: slice, tiles: Iterator[tuple[slice, Tile]]) -> tuple[int, NDArray[np.int32]]:
        count, counts = 0, np.zeros(bins, dtype=np.int32)
        for columns, tile in tiles:
            if columns == rows:
                np.copyto(tile, np.inf, where=~before(len(tile)))
            below = tile < least
            count += int(np.count_nonzero(below))
            inside = np.flatnonzero(below ^ (tile < bound))
            found = (np.maximum(tile.ravel()[inside], 0).view(np.int32) - low) >> shift
            if 8 * len(found) < bins:
                np.add.at(counts, found, 1)
            else:
                counts += np.bincount(found, minlength=bins).astype(np.int32)
        return count, counts

    below, counts = 0, np.zeros(bins, dtype=np.int64)
    for _, (strip_below, strip_counts) in pairs.strips(work):
        below += strip_below
        counts += strip_counts
    return below, counts


def _bits(square: np.float32) -> int:
    return int(np.float32(square).view(np.int32))


def _value(bits: int) -> np.float32:
    return np.int32(bits).view(np.float32)
