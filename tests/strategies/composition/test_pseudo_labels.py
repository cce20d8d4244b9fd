"""The threshold's decay against its closed form, and who falls below it."""

import math

import numpy as np
import pytest

from strategies.composition.pseudo_labels import PseudoLabels
from utils.entropy import entropy
from utils.inference import Inference
from utils.learning_engine import Need
from utils.pool_view import PoolView

NOBODY = np.empty(0, np.int64)


def view(ids, probabilities, number=1):
    return PoolView(ids, np.empty(0, np.int64), np.empty(0, np.int64), 2, number, Inference(probabilities))


@pytest.mark.parametrize(("threshold", "rate"), [(0.046, 0.001), (0.5, 0.0), (0.05, 0.02), (0.0, 0.001)])
def test_threshold_of_each_round(threshold, rate):
    labels = PseudoLabels(True, threshold, rate)
    assert labels.threshold(0) == threshold
    for number in range(1, 30):
        closed_form = max(threshold - rate * number * (number - 1) / 2, 0.0001)
        assert labels.threshold(number) == pytest.approx(closed_form, abs=1e-12)


def test_the_founding_example_by_hand():
    assert [round(PseudoLabels(True, 0.046, 0.001).threshold(number), 6) for number in (1, 2, 3, 4)] == [
        0.046,
        0.045,
        0.043,
        0.04,
    ]


def test_the_sure_ones_with_the_class_the_model_gives():
    probabilities = np.array([[0.99, 0.01], [0.5, 0.5], [0.0, 1.0], [0.9, 0.1]], np.float32)
    ids, classes = PseudoLabels(True, 0.06, 0.0).choose(view(np.array([4, 8, 15, 16]), probabilities), NOBODY)
    assert -(0.99 * math.log(0.99) + 0.01 * math.log(0.01)) < 0.06 < -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    assert (ids.tolist(), classes.tolist()) == ([4, 15], [0, 1])
    assert classes.dtype == np.int64


def test_at_the_threshold_is_not_below_it():
    probabilities = np.array([[0.5, 0.5]], np.float32)
    exactly = float(entropy(probabilities)[0])
    for threshold, expected in ((exactly, 0), (exactly + 1e-6, 1)):
        assert len(PseudoLabels(True, threshold, 0.0).choose(view(np.array([3]), probabilities), NOBODY)[0]) == expected


def test_what_was_picked_gets_no_pseudo_label():
    probabilities = np.array([[1.0, 0.0], [1.0, 0.0]], np.float32)
    ids, _ = PseudoLabels(True, 0.1, 0.0).choose(view(np.array([3, 5]), probabilities), np.array([3]))
    assert ids.tolist() == [5]


@pytest.mark.parametrize(("enabled", "number", "active"), [(True, 1, True), (True, 0, False), (False, 1, False)])
def test_pseudo_labels_are_given_when_enabled_and_from_round_1_on(enabled, number, active):
    labels, probabilities = PseudoLabels(enabled, 0.1, 0.01), np.array([[1.0, 0.0]], np.float32)
    assert len(labels.choose(view(np.array([3]), probabilities, number), NOBODY)[0]) == active
    assert labels.needs(number) == (frozenset({Need.PROBABILITIES}) if active else frozenset())
    assert labels.decay(number) == ((0.1, 0.01) if active else None)


def test_an_empty_pool():
    ids, classes = PseudoLabels(True, 1.0, 0.0).choose(view(np.empty(0, np.int64), np.empty((0, 3), np.float32)), NOBODY)
    assert len(ids) == len(classes) == 0
