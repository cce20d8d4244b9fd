"""The samples labelled at the start: how many, which, and in which shares."""

import numpy as np
import pytest

from strategies.initial import choose_initial
from utils.pool_view import PoolView

LABELS = np.repeat([0, 1, 2], [60, 30, 10])


def choose(rule, labels, count, seed=0):
    nobody = np.empty(0, np.int64)
    view = PoolView(np.arange(len(labels)), nobody, nobody, 3, 0)
    selection = choose_initial(rule, count / len(labels), view, labels, np.random.default_rng(seed))
    assert np.isnan(selection.scores).all()
    return selection.ids


@pytest.mark.parametrize("rule", ["random", "stratified"])
@pytest.mark.parametrize(("count", "expected"), [(0, 1), (1, 1), (17, 17), (100, 100)])
def test_distinct_samples_at_least_one(rule, count, expected):
    chosen = choose(rule, LABELS, count)
    assert len(set(chosen.tolist())) == len(chosen) == expected
    assert set(chosen.tolist()) <= set(range(100))


@pytest.mark.parametrize("count", [10, 20, 50, 100])
def test_stratified_keeps_the_shares_of_the_classes(count):
    for seed in range(5):
        found = np.bincount(LABELS[choose("stratified", LABELS, count, seed)], minlength=3)
        assert found.tolist() == [count * 6 // 10, count * 3 // 10, count // 10]


def test_stratified_is_random_within_a_class():
    seen = {position for seed in range(60) for position in choose("stratified", LABELS, 10, seed).tolist()}
    assert len(seen) > 90


def test_random_ignores_the_labels():
    np.testing.assert_array_equal(choose("random", LABELS, 20), choose("random", LABELS[::-1], 20))


@pytest.mark.parametrize("rule", ["random", "stratified"])
def test_the_generator_decides(rule):
    np.testing.assert_array_equal(choose(rule, LABELS, 20, 1), choose(rule, LABELS, 20, 1))
    assert choose(rule, LABELS, 20, 1).tolist() != choose(rule, LABELS, 20, 2).tolist()
