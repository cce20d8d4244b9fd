"""The samples labelled at the start: how many, which, and in which shares."""

import numpy as np
import pytest

from strategies.base import strategies
from strategies.composition.initial import choose_initial
from utils.inference import Inference
from utils.pool_view import PoolView

LABELS = np.repeat([0, 1, 2], [60, 30, 10])


CLOUDS = np.random.default_rng(0).normal(size=(100, 4)).astype(np.float32) + 50 * np.eye(4, dtype=np.float32)[LABELS]
RULES = ["random", "stratified", "kmeans", "typiclust"]
SPREAD = ["kmeans", "typiclust"]


def view_of(labels, features=CLOUDS, embeddings=CLOUDS):
    nobody, inference = np.empty(0, np.int64), Inference(features=features, embeddings=embeddings)
    return PoolView(np.arange(len(labels)), nobody, nobody, 3, 0, inference)


def choose(rule, labels, count, seed=0, **view):
    view = view_of(labels, **view)
    selection = choose_initial(rule, count / len(labels), view, labels, np.random.default_rng(seed))
    assert np.isnan(selection.scores).all()
    return selection.ids


@pytest.mark.parametrize("rule", RULES)
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


@pytest.mark.parametrize("rule", ["random", "kmeans", "typiclust"])
def test_only_stratified_looks_at_the_labels(rule):
    np.testing.assert_array_equal(choose(rule, LABELS, 20), choose(rule, LABELS[::-1], 20))


@pytest.mark.parametrize("rule", SPREAD)
def test_one_of_each_cloud_of_the_features_or_of_the_embeddings(rule):
    other = CLOUDS[np.random.default_rng(1).permutation(100)]
    for space, points in (("raw", CLOUDS), ("embedded", other)):
        view = view_of(LABELS, CLOUDS, other)
        for seed in range(5):
            chosen = choose_initial(rule, 0.03, view, LABELS, np.random.default_rng(seed), space)
            assert set(points[chosen.ids].argmax(axis=1)) == {0, 1, 2}


@pytest.mark.parametrize("rule", SPREAD)
def test_the_same_as_the_engine_of_that_name(rule):
    view = view_of(LABELS)
    for seed in range(5):
        engine = strategies.get(rule)().select(view, 20, np.random.default_rng(seed))
        chosen = choose_initial(rule, 0.2, view, LABELS, np.random.default_rng(seed), "embedded")
        np.testing.assert_array_equal(chosen.ids, engine.ids)


@pytest.mark.parametrize("rule", SPREAD)
def test_wide_features(rule):
    wide = np.concatenate([CLOUDS, np.random.default_rng(1).normal(size=(100, 600)).astype(np.float32)], axis=1)
    chosen = choose(rule, LABELS, 3, features=wide)
    assert set(CLOUDS[chosen].argmax(axis=1)) == {0, 1, 2}


@pytest.mark.parametrize("rule", RULES)
def test_the_generator_decides(rule):
    np.testing.assert_array_equal(choose(rule, LABELS, 20, 1), choose(rule, LABELS, 20, 1))
    assert choose(rule, LABELS, 20, 1).tolist() != choose(rule, LABELS, 20, 2).tolist()
