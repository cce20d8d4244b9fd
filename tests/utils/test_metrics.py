"""Metrics by hand and against plain loops."""

import math

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from utils.metrics import (
    calibration_error,
    class_metrics,
    classification_metrics,
    confusion,
    predicted_classes,
    regression_metrics,
)

LABELS = np.array([0, 0, 0, 1, 1, 2])
PROBABILITIES = np.array(
    [[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3], [0.5, 0.4, 0.1], [0.1, 0.0, 0.9]], np.float32
)  # predicted 0 0 1 1 0 2


def test_by_hand():
    found = classification_metrics(LABELS, PROBABILITIES, positive_class=False)
    probabilistic = {"eval_roc_auc", "eval_pr_auc", "eval_ece"}
    assert {name: value for name, value in found.items() if name not in probabilistic} == pytest.approx(
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


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("positive", [0.1, 0.9])
def test_a_part_of_one_class_has_metrics(label, positive):
    found = classification_metrics(*binary([label] * 3, [positive] * 3), positive_class=True)
    assert found["eval_acc"] == float(label == (positive > 0.5))
    undefined = {"eval_roc_auc": None, "eval_pr_auc": None}
    assert {name: found.pop(name) for name in undefined} == undefined, "a class is absent"
    assert all(type(value) is float and math.isfinite(value) for value in found.values())
    assert confusion(*binary([label] * 3, [positive] * 3)).sum() == 3


def test_areas_by_hand():
    found = classification_metrics(*binary([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4]), positive_class=True)
    assert found["eval_roc_auc"] == 0.75, "three of the four pairs of a 0 and a 1 are in order"
    assert found["eval_pr_auc"] == pytest.approx((1 / 1 + 2 / 3) / 2), "precision where each 1 is found"


@pytest.mark.parametrize("seed", range(3))
def test_areas_of_many_classes_are_means_over_pairs_of_samples(seed):
    rng = np.random.default_rng(seed)
    labels, probabilities = np.repeat(np.arange(4), 8), rng.dirichlet(np.ones(4), 32).astype(np.float32)
    areas, precisions = [], []
    for one in range(4):
        own, others = probabilities[labels == one, one], probabilities[labels != one, one]
        areas.append((own[:, None] > others).mean())
        precisions.append(np.mean([(own >= p).sum() / (probabilities[:, one] >= p).sum() for p in own]))
    found = classification_metrics(labels, probabilities, positive_class=False)
    assert (found["eval_roc_auc"], found["eval_pr_auc"]) == pytest.approx((np.mean(areas), np.mean(precisions)))


def test_one_absent_class_of_many_leaves_the_areas_undefined():
    found = classification_metrics(LABELS[:5], PROBABILITIES[:5], positive_class=False)
    assert (found["eval_roc_auc"], found["eval_pr_auc"]) == (None, None)


def test_calibration_error_by_hand():
    labels, probabilities = binary([1, 0, 1, 0], [0.95, 0.96, 0.94, 0.3])
    assert calibration_error(labels, probabilities) == pytest.approx((3 * abs(2 / 3 - 0.95) + abs(1 - 0.7)) / 4, rel=1e-6)
    assert calibration_error(*binary([1, 0], [1.0, 0.0])) == 0
    assert calibration_error(*binary([0, 1], [1.0, 0.0])) == 1


@pytest.mark.parametrize("threshold", [0.5, 0.2])
def test_calibration_error_against_a_loop_over_bins(threshold):
    rng = np.random.default_rng(3)
    labels, probabilities = rng.integers(0, 2, 300), rng.dirichlet(np.ones(2), 300).astype(np.float32)
    predicted = predicted_classes(probabilities, threshold)
    total = 0.0
    for low in range(15):
        inside = [
            (float(p[c]), c == y)
            for p, c, y in zip(probabilities, predicted, labels, strict=True)
            if low < p[c] * 15 <= low + 1
        ]
        total += abs(sum(right for _, right in inside) - sum(sure for sure, _ in inside))
    found = classification_metrics(labels, probabilities, positive_class=True, threshold=threshold)
    assert found["eval_ece"] == pytest.approx(total / 300, abs=1e-9)


def test_a_threshold_decides_and_one_half_is_the_likelier_class():
    labels, probabilities = binary([0, 1, 1, 0, 1], [0.25, 0.25, 0.5, 0.75, 0.75])
    assert predicted_classes(probabilities).tolist() == [0, 0, 0, 1, 1], "an exact tie is class 0"
    assert predicted_classes(probabilities, 0.25).tolist() == [1, 1, 1, 1, 1]
    assert predicted_classes(probabilities, 0.3).tolist() == [0, 0, 1, 1, 1]
    found = classification_metrics(labels, probabilities, positive_class=True, threshold=0.3)
    assert (found["eval_acc"], found["eval_pre"], found["eval_recall"]) == pytest.approx((3 / 5, 2 / 3, 2 / 3))
    assert confusion(labels, probabilities, threshold=0.3).tolist() == [[1, 1], [1, 2]]
    assert class_metrics(labels, probabilities, threshold=0.3) == [
        pytest.approx([1 / 2, 1 / 2, 1 / 2, 2]),
        pytest.approx([2 / 3, 2 / 3, 2 / 3, 3]),
    ]


def test_a_threshold_between_neighbouring_float32_parts_them():
    low = np.float32(0.3)
    high = np.nextafter(low, np.float32(1))
    _, probabilities = binary([0, 1], [low, high])
    assert predicted_classes(probabilities, (float(low) + float(high)) / 2).tolist() == [0, 1]


def test_a_threshold_for_many_classes_is_refused():
    with pytest.raises(ValueError, match=r"a threshold of 0\.3 needs 2 classes, received 3; pass 0\.5"):
        predicted_classes(PROBABILITIES, 0.3)


def test_classes_by_hand():
    assert class_metrics(LABELS[:5], PROBABILITIES[:5]) == [
        pytest.approx([2 / 3, 2 / 3, 2 / 3, 3]),
        pytest.approx([1 / 2, 1 / 2, 1 / 2, 2]),
        [0, 0, 0, 0],
    ]


def test_regression_by_hand():
    found = regression_metrics(np.array([1, 2, 6], np.float32), np.array([2, 2, 4], np.float32))
    assert found == pytest.approx({"eval_mse": 5 / 3, "eval_mae": 1.0, "eval_r2": 1 - 5 / 14})


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("targets", [[3.0], [3.0, 3.0]])
def test_without_spread_there_is_no_share_of_it(targets):
    found = regression_metrics(np.array(targets, np.float32), np.array(targets, np.float32) + 1)
    assert found == {"eval_mse": 1.0, "eval_mae": 1.0, "eval_r2": None}


def test_regression_is_computed_in_float64():
    targets = np.array([2**25, 2**25 + 4], np.float32)
    assert regression_metrics(targets, targets + np.array([0, 4], np.float32))["eval_mse"] == 8


def test_an_area_is_never_above_one():
    labels = np.repeat([1, 0], [20, 1])
    probable = np.linspace(0.9, 0.3, 21).astype(np.float32)
    assert sklearn_metrics.average_precision_score(labels, probable) > 1, "by a last bit: without this the test says nothing"
    found = classification_metrics(labels, np.stack([1 - probable, probable], axis=1), positive_class=True)
    assert (found["eval_roc_auc"], found["eval_pr_auc"]) == (1.0, 1.0)
