"""Thresholds: against a search through all of them with scikit-learn's own metrics, and by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from utils.decision_threshold import best_threshold


def youden(labels, predicted):
    return predicted[labels == 1].mean() - predicted[labels == 0].mean()


def f1(labels, predicted):
    return f1_score(labels, predicted, zero_division=0)


CRITERIA = {"f1": f1, "accuracy": accuracy_score, "balanced_accuracy": balanced_accuracy_score, "youden": youden}
part = st.integers(0, 12).map(lambda twelfth: np.float32(twelfth / 12))
samples = st.lists(st.tuples(st.integers(0, 1), part | st.floats(0, 1, width=32)), min_size=2, max_size=25).filter(
    lambda pairs: len({label for label, _ in pairs}) == 2
)


def candidates(p1):
    values = sorted({float(p) for p in p1})
    inside = [(low + high) / 2 for low, high in itertools.pairwise(values)]
    return [values[0] / 2, *inside, (values[-1] + 1) / 2 if values[-1] < 1 else np.nextafter(1, 2)]


@settings(deadline=None, max_examples=60)
@given(samples, st.sampled_from(sorted(CRITERIA)))
def test_it_is_the_best_of_all_and_of_equals_the_nearest_to_one_half(pairs, criterion):
    labels, p1 = np.array([label for label, _ in pairs]), np.array([p for _, p in pairs], np.float32)
    goodness = {t: CRITERIA[criterion](labels, p1.astype(np.float64) >= t) for t in candidates(p1)}
    equal = [t for t, value in goodness.items() if value >= max(goodness.values()) - 1e-12]
    found = best_threshold(labels, p1, criterion)
    assert found in equal
    assert abs(found - 0.5) == min(abs(t - 0.5) for t in equal)


@settings(deadline=None, max_examples=20)
@given(samples)
def test_youden_agrees_with_balanced_accuracy(pairs):
    labels, p1 = np.array([label for label, _ in pairs]), np.array([p for _, p in pairs], np.float32)
    assert best_threshold(labels, p1, "youden") == best_threshold(labels, p1, "balanced_accuracy")


@pytest.mark.parametrize(
    ("labels", "p1", "criterion", "expected"),
    [
        ([0, 0, 1, 1], [0.125, 0.25, 0.5, 0.75], "accuracy", 0.375),
        ([0, 0, 0, 1], [0.25, 0.5, 0.75, 0.25], "accuracy", 0.875),
        ([1, 1, 0, 1], [0.25, 0.5, 0.5, 0.75], "f1", 0.125),
        ([0, 0, 0, 0, 0, 1, 0], [0.0, 0.0, 0.0, 0.0, 0.25, 0.25, 0.5], "balanced_accuracy", 0.125),
    ],
)
def test_by_hand(labels, p1, criterion, expected):
    assert best_threshold(np.array(labels), np.array(p1, np.float32), criterion) == expected


@pytest.mark.parametrize("labels", [[], [0, 0], [1]])
def test_one_class_alone_tells_nothing(labels):
    assert best_threshold(np.array(labels, np.int64), np.full(len(labels), 0.75, np.float32), "f1") == 0.5


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="unknown criterion 'f2'; expected one of f1, balanced_accuracy, accuracy, youden"):
        best_threshold(np.array([0, 1]), np.array([0.1, 0.2], np.float32), "f2")
    with pytest.raises(ValueError, match=r"expected one probability per label, received \(2, 2\) for \(2,\)"):
        best_threshold(np.array([0, 1]), np.zeros((2, 2), np.float32), "f1")
