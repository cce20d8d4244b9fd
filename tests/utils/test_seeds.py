"""Streams are repeatable, distinct, and what they were in the last release."""

import itertools

import numpy as np
import pytest

from utils.seeds import rng_for, seed_for

STREAMS = list(itertools.product([0, 1, 2**63 - 1], ["split", "strategy", "batches", ""], [0, 1, 2]))


def test_the_same_stream_again():
    for stream in STREAMS:
        np.testing.assert_array_equal(rng_for(*stream).random(5), rng_for(*stream).random(5))
        assert seed_for(*stream) == seed_for(*stream)


def test_no_two_streams_are_the_same():
    assert len({rng_for(*stream).random() for stream in STREAMS}) == len(STREAMS)
    assert len({seed_for(*stream) for stream in STREAMS}) == len(STREAMS)


def test_streams_do_not_follow_each_other():
    first, second = (rng_for(1, "strategy", number).random(4000) for number in (1, 2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(4000)


@pytest.mark.parametrize("seed", range(20))
def test_a_plain_seed_is_a_31_bit_number(seed):
    value = seed_for(seed, "weights")
    assert isinstance(value, int)
    assert 0 <= value < 2**31


def test_numbers_do_not_change_from_release_to_release():
    assert seed_for(7, "split", 3) == 1876564447
    assert rng_for(7, "split", 3).integers(0, 2**32) == 1316195210
