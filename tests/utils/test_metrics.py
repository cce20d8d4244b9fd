"""Metrics by hand and against plain loops."""

import math

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from utils.metrics import classification_metrics, confusion

LABELS = np.array([0, 0, 0, 1, 1, 2])
PROBABILITIES = np.array(
    [[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3], [0.5, 0.4, 0.1], [0.1, 0.0, 0.9]], np.float32
)  # predicted 0 0 1 1 0 2


def test_by_hand():
    found = classification_metrics(LABELS, PROBABILITIES, positive_class=False)
    assert found == pytest.approx(
        {
            "eval_acc": 4 / 6,
            "eval_pre": (2 / 3 + 1 / 2 + 1) / 3,
            "eval_recall": (2 / 3 + 1 / 2 + 1) / 3,
            "eval_f1": (2 / 3 + 1 / 2 + 1) / 3,
            "eval_balanced_acc": (2 / 3 + 1 / 2 + 1) / 3,
            "eval_loss": -sum(map(math.log, [0.7, 0.6, 0.1, 0.5, 0.4, 0.9])) / 6,
        },
        rel=1e-6,
    )


def test_confusion_by_hand_rows_are_the_truth():
    assert confusion(LABELS, PROBABILITIES).tolist() == [[2, 1, 0], [1, 1, 0], [0, 0, 1]]
    assert confusion(LABELS[:3], PROBABILITIES[:3]).shape == (3, 3)


def binary(labels, positive):
    return np.array(labels), np.stack([1 - np.array(positive), positive], axis=1).astype(np.float32)


def test_the_positive_class_by_hand():
    found = classification_metrics(*binary([0, 0, 0, 1, 1], [0.1, 0.9, 0.2, 0.8, 0.4]), positive_class=True)
    assert (found["eval_pre"], found["eval_recall"], found["eval_f1"]) == pytest.approx((0.5, 0.5, 0.5))
    assert found["eval_balanced_acc"] == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_one_that_always_says_never_is_seen_through():
    found = classification_metrics(*binary([0] * 17 + [1], [0.1] * 18), positive_class=True)
    assert found["eval_acc"] == pytest.approx(17 / 18)
    assert (found["eval_pre"], found["eval_recall"], found["eval_f1"], found["eval_balanced_acc"]) == (0, 0, 0, 0.5)


@pytest.mark.parametrize("positive_class", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_against_scikit_learn_on_scores(seed, positive_class):
    rng = np.random.default_rng(seed)
    classes = 2 if positive_class else 5
    labels, probabilities = rng.integers(0, classes, 80), rng.dirichlet(np.ones(classes), 80).astype(np.float32)
    found = classification_metrics(labels, probabilities, positive_class=positive_class)
    predicted, average = probabilities.argmax(axis=1), "binary" if positive_class else "macro"
    for name, score in (("eval_pre", "precision_score"), ("eval_recall", "recall_score"), ("eval_f1", "f1_score")):
        assert found[name] == pytest.approx(
            getattr(sklearn_metrics, score)(labels, predicted, average=average, zero_division=0)
        )
    assert found["eval_loss"] == pytest.approx(sklearn_metrics.log_loss(labels, probabilities, labels=range(classes)), rel=1e-5)


def test_a_probability_of_zero_costs_a_finite_loss():
    found = classification_metrics(np.array([0, 1]), np.array([[0, 1], [0, 1]], np.float32), positive_class=True)
    assert found["eval_loss"] == pytest.approx(-math.log(1e-7) / 2)


@pytest.mark.filterwarnings("ignore:(y_pred contains|A single label)")
@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("positive", [0.1, 0.9])
def test_a_part_of_one_class_has_metrics(label, positive):
    found = classification_metrics(*binary([label] * 3, [positive] * 3), positive_class=True)
    assert found["eval_acc"] == float(label == (positive > 0.5))
    assert all(type(value) is float and math.isfinite(value) for value in found.values())
