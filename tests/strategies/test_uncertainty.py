"""Each uncertainty against a plain double loop in float64."""

import math

import numpy as np
import pytest

from strategies.base import strategies
from utils.inference import Inference
from utils.pool_view import PoolView


def least_confidence(p):
    largest = 0.0
    for value in p:
        largest = max(largest, value)
    return 1 - largest


def margin(p):
    best, second = 0.0, 0.0
    for value in p:
        if value > best:
            best, second = value, best
        elif value > second:
            second = value
    return -(best - second)


def entropy(p):
    total = 0.0
    for value in p:
        if value > 0:
            total -= value * math.log(value)
    return total


def pool(classes, sharpness):
    rng = np.random.default_rng(classes)
    rows = rng.dirichlet(np.full(classes, sharpness), 50)
    corners = np.eye(classes)
    return np.concatenate([rows, corners, np.full((1, classes), 1 / classes)]).astype(np.float32)


@pytest.mark.parametrize("sharpness", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("classes", [1, 2, 3, 10, 200])
@pytest.mark.parametrize(
    ("name", "reference"),
    [("least_confidence", least_confidence), ("margin", margin), ("entropy", entropy), ("entropy_pl", entropy)],
)
def test_against_a_double_loop(name, reference, classes, sharpness):
    probabilities = pool(classes, sharpness)
    empty = np.empty(0, np.int64)
    view = PoolView(np.arange(len(probabilities)), empty, empty, classes, 1, Inference(probabilities))
    scores = strategies.get(name)().score(view, np.random.default_rng(0))
    expected = [reference([float(value) for value in row]) for row in probabilities]
    np.testing.assert_allclose(scores, expected, rtol=1e-6, atol=1e-6)


def test_the_bounds_are_reached():
    corners = PoolView(*[np.arange(4)] * 3, 4, 1, Inference(np.eye(4, dtype=np.float32)))
    even = PoolView(*[np.arange(1)] * 3, 4, 1, Inference(np.full((1, 4), 0.25, np.float32)))
    bounds = {"least_confidence": (0, 0.75), "margin": (-1, 0), "entropy": (0, math.log(4))}
    for name, (low, high) in bounds.items():
        score = strategies.get(name)().score
        assert score(corners, np.random.default_rng(0)).tolist() == [low] * 4
        assert score(even, np.random.default_rng(0))[0] == pytest.approx(high, abs=1e-6)
