"""Ratio sampling: the shares of the two classes, what fills up, and that the draw is even."""

import numpy as np
import pytest

from strategies.base import strategies
from utils.inference import Inference
from utils.pool_view import PoolView

EMPTY = np.empty(0, np.int64)
RIGHT_ONE, RIGHT_ZERO, FALSE_POSITIVE, FALSE_NEGATIVE = (1, 0.9), (0, 0.2), (0, 0.7), (1, 0.1)
"""A validation sample: its label and the probability of class 1."""


def two_columns(probabilities_of_one):
    p = np.asarray(probabilities_of_one, np.float32)
    return np.stack([1 - p, p], axis=1)


def view_of(ones, zeros, validation):
    probabilities = two_columns([0.8] * ones + [0.3] * zeros)
    labels, predicted = zip(*validation, strict=True) if validation else ((), ())
    validated = Inference(probabilities=two_columns(predicted)) if validation else Inference()
    return PoolView(
        np.arange(ones + zeros), EMPTY, EMPTY, 2, 1, Inference(probabilities=probabilities),
        validation_labels=np.array(labels, np.int64), validation_inference=validated,
    )  # fmt: skip


def ones_drawn(view, n, seed=0):
    selection = strategies.get("ratio")().select(view, n, np.random.default_rng(seed))
    assert len(set(selection.ids.tolist())) == len(selection.ids) == min(n, len(view.unlabelled))
    return int((view.probabilities[selection.ids, 1] > 0.5).sum())


@pytest.mark.parametrize(
    ("positives", "negatives", "ones"), [(3, 1, 30), (1, 3, 10), (5, 0, 40), (0, 2, 0), (7, 7, 20), (0, 0, 20)]
)
def test_the_share_of_ones_is_that_of_false_positives_among_the_errors(positives, negatives, ones):
    validation = [FALSE_POSITIVE] * positives + [FALSE_NEGATIVE] * negatives + [RIGHT_ONE, RIGHT_ZERO] * 4
    assert ones_drawn(view_of(100, 100, validation), 40) == ones


def test_without_a_validation_sample_it_is_half_and_half():
    view = view_of(100, 100, [])
    assert ones_drawn(view, 40) == 20
    without = PoolView(view.unlabelled, EMPTY, EMPTY, 2, 1, view.inference)
    assert ones_drawn(without, 40) == 20


def test_what_rounding_leaves_keeps_the_share():
    """A third of 10 picks: 3 or 4 ones, and a third on average; 5 standard deviations over 900 draws are 0.08."""
    view = view_of(100, 100, [FALSE_POSITIVE, FALSE_NEGATIVE, FALSE_NEGATIVE])
    drawn = [ones_drawn(view, 10, seed) for seed in range(900)]
    assert set(drawn) == {3, 4}
    assert np.mean(drawn) == pytest.approx(10 / 3, abs=0.08)


def test_the_other_class_fills_up():
    few_ones, few_zeros = view_of(4, 100, [FALSE_POSITIVE]), view_of(100, 4, [FALSE_NEGATIVE])
    assert ones_drawn(few_ones, 40) == 4
    assert ones_drawn(few_zeros, 40) == 36
    assert ones_drawn(few_ones, 104) == 4
    assert ones_drawn(few_ones, 1000) == 4


def test_exactly_even_is_predicted_as_zero():
    view = PoolView(
        np.arange(8), EMPTY, EMPTY, 2, 1, Inference(probabilities=two_columns([0.5] * 4 + [0.1] * 4)),
        validation_labels=np.array([0, 1]), validation_inference=Inference(probabilities=two_columns([0.5, 0.5])),
    )  # fmt: skip
    assert ones_drawn(view, 4) == 0
    scores = strategies.get("ratio")().select(view, 4, np.random.default_rng(0)).scores
    assert scores.tolist() == [1.0] * 4  # one false negative and no false positive: zeros only


def test_each_sample_of_a_class_comes_as_often():
    view = view_of(5, 5, [FALSE_POSITIVE, FALSE_NEGATIVE])
    picked = np.concatenate([strategies.get("ratio")().select(view, 4, np.random.default_rng(seed)).ids for seed in range(600)])
    assert abs(np.bincount(picked, minlength=10) - 240).max() < 60  # five standard deviations of 600 draws at 2/5


def test_the_larger_share_comes_first():
    view = view_of(50, 50, [FALSE_POSITIVE] + [FALSE_NEGATIVE] * 3)
    selection = strategies.get("ratio")().select(view, 8, np.random.default_rng(0))
    assert selection.scores.tolist() == [0.75] * 6 + [0.25] * 2
    assert (selection.ids >= 50).tolist() == [True] * 6 + [False] * 2


@pytest.mark.parametrize("classes", [1, 3])
def test_other_numbers_of_classes_do_no_harm(classes):
    probabilities = np.random.default_rng(0).dirichlet(np.ones(classes), 20).astype(np.float32)
    inference, labels = Inference(probabilities=probabilities), np.arange(20) % classes
    view = PoolView(
        np.arange(20), EMPTY, EMPTY, classes, 1, inference, validation_labels=labels, validation_inference=inference
    )
    assert len(strategies.get("ratio")().select(view, 7, np.random.default_rng(0)).ids) == 7


def test_it_is_for_two_classes_and_asks_for_the_validation_part():
    engine = strategies.get("ratio")
    assert (engine.tasks, engine.needs_validation) == (frozenset({"binary"}), True)
