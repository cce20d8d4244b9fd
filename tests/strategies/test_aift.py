"""Augmentation fusion against its formula, pair by pair in float64, and the choice of copies."""

import math

import numpy as np
import pytest

from strategies.base import strategies
from utils.inference import Inference
from utils.pool_view import PoolView

EMPTY = np.empty(0, np.int64)


def scores(copies, **params):
    copies = np.asarray(copies, np.float32)
    view = PoolView(np.arange(copies.shape[1]), EMPTY, EMPTY, copies.shape[2], 1, Inference(augmented=copies))
    return strategies.get("aift")(**params).score(view, np.random.default_rng(0))


def fusion(copies, kept, entropy_weight=1.0, diversity_weight=1.0):
    """The formula for one sample, (A, C) probabilities of its copies."""
    dominant = int(np.mean(copies, axis=0).argmax())
    chosen = sorted(range(len(copies)), key=lambda i: (-copies[i][dominant], i))[:kept]
    rows = [[min(max(float(value), 1e-7), 1.0) for value in copies[i]] for i in chosen]
    entropies = sum(-value * math.log(value) for row in rows for value in row)
    pairs = sum(
        (one - other) * math.log(one / other)
        for i, row in enumerate(rows)
        for later in rows[i + 1 :]
        for one, other in zip(row, later, strict=True)
    )
    return entropy_weight * entropies + diversity_weight * pairs


def random_copies(copies, samples=30, classes=4, sharpness=0.3):
    return np.random.default_rng(copies).dirichlet(np.full(classes, sharpness), (copies, samples)).astype(np.float32)


@pytest.mark.parametrize(("copies", "alpha", "kept"), [(1, 0.25, 1), (5, 0.25, 2), (8, 0.25, 2), (30, 0.1, 3), (6, 1.0, 6)])
def test_against_the_formula(copies, alpha, kept):
    """30 · 0.1 is 3 copies, although 30 * 0.1 is a little more than 3 to a computer."""
    given = random_copies(copies)
    expected = [fusion(given[:, sample], kept) for sample in range(given.shape[1])]
    np.testing.assert_allclose(scores(given, alpha=alpha), expected, rtol=2e-5, atol=1e-6)


def test_the_weights_of_the_two_terms():
    given = random_copies(12)
    for entropy_weight, diversity_weight in [(0.5, 2.0), (1.0, 0.0), (0.0, 1.0)]:
        expected = [fusion(given[:, sample], 3, entropy_weight, diversity_weight) for sample in range(given.shape[1])]
        found = scores(given, entropy_weight=entropy_weight, diversity_weight=diversity_weight)
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)


def test_only_the_copies_that_agree_with_the_dominant_class_count():
    agreeing, other = [0.9, 0.1], [0.2, 0.8]
    copies = [agreeing] * 6 + [other] * 2
    first = scores([[row] for row in copies])
    assert first[0] == pytest.approx(2 * -(0.9 * math.log(0.9) + 0.1 * math.log(0.1)), rel=1e-5)


def test_equal_copies_have_no_diversity_at_all():
    same = np.repeat(random_copies(1, sharpness=1.0), 8, axis=0)
    assert scores(same, alpha=1.0, entropy_weight=0.0).max() == 0


def test_nearly_equal_copies_lose_no_digits():
    base = random_copies(1, sharpness=5.0).astype(np.float64)
    given = base * (1 + 1e-3 * np.random.default_rng(1).normal(size=(8, *base.shape[1:])))
    given = (given / given.sum(axis=2, keepdims=True)).astype(np.float32)
    expected = [fusion(given[:, sample], 8, 0.0) for sample in range(given.shape[1])]
    np.testing.assert_allclose(scores(given, alpha=1.0, entropy_weight=0.0), expected, rtol=1e-2)


def test_certain_copies_that_contradict_each_other_are_clipped():
    found = scores([[[1, 0]], [[0, 1]]], alpha=1.0)
    assert found[0] == pytest.approx(2 * (1 - 1e-7) * math.log(1e7) + 4e-7 * math.log(1e7), rel=1e-4)


def test_what_its_parameters_may_be():
    assert strategies.problems("aift", {"alpha": 1.0, "entropy_weight": 0.0, "diversity_weight": 2.5}) == []
    for name, value in [("alpha", 0.0), ("alpha", 1.5), ("entropy_weight", -1.0), ("diversity_weight", -0.1)]:
        assert name in strategies.problems("aift", {name: value})[0]
