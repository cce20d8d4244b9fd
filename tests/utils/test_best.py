"""The largest of scores that come in blocks: the same as of all scores at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from utils.best import Best
from utils.top import top

FEW = st.sampled_from([-1.5, -0.0, 0.0, 0.25, 1e-30, 3e38])
"""Values of which most tie; −0 equals 0."""


def picked(scores: NDArray[np.float32], n: int, cuts: list[int], seed: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """What is picked of `scores` cut at `cuts` into blocks, which come in an order of their own."""
    rng, best = np.random.default_rng(seed + 1), Best(n)
    blocks = np.split(np.arange(len(scores)), sorted(cuts))
    for number in rng.permutation(len(blocks)):
        best.add(blocks[number], scores[blocks[number]])
    return best.pick(np.random.default_rng(seed))


@settings(deadline=None)
@given(
    st.lists(st.one_of(FEW, st.floats(width=32, allow_nan=False, allow_infinity=False)), max_size=60),
    st.integers(0, 70),
    st.lists(st.integers(0, 60), max_size=6),
    st.integers(0, 5),
)
def test_picks_are_those_of_all_scores_at_once_bit_for_bit(values: list[float], n: int, cuts: list[int], seed: int) -> None:
    scores, rng = np.array(values, dtype=np.float32), np.random.default_rng(seed)
    positions, found = picked(scores, n, cuts, seed)
    expected = top(scores, n, rng)
    assert positions.tolist() == expected.tolist()
    assert found.tobytes() == scores[expected].tobytes()


def test_the_generator_is_left_where_the_whole_would_leave_it() -> None:
    scores = np.array([1, 2, 2, 2, 3, 0], dtype=np.float32)
    ours, theirs = np.random.default_rng(0), np.random.default_rng(0)
    best = Best(3)
    best.add(np.arange(3), scores[:3])
    best.add(np.arange(3, 6), scores[3:])
    best.pick(ours)
    top(scores, 3, theirs)
    assert ours.bit_generator.state == theirs.bit_generator.state


def test_no_more_is_kept_than_may_be_picked() -> None:
    best, rng = Best(10), np.random.default_rng(0)
    for start in range(0, 10_000, 100):
        best.add(np.arange(start, start + 100), rng.random(100, dtype=np.float32))
        assert len(best.scores) == len(best.positions) == 10


@pytest.mark.parametrize(("n", "kept"), [(1, [1, 3]), (3, [0, 1, 3, 4]), (9, [0, 1, 2, 3, 4])])
def test_all_that_tie_with_the_last_are_kept(n: int, kept: list[int]) -> None:
    best = Best(n)
    best.add(np.arange(5), np.array([1, 2, 0, 2, 1], dtype=np.float32))
    assert sorted(best.positions.tolist()) == kept


def test_nothing_is_picked_of_nothing() -> None:
    positions, scores = Best(3).pick(np.random.default_rng(0))
    assert positions.tolist() == scores.tolist() == []
