"""The majority counts, of a tie what was said first; of numbers the median."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.annotation.annotation import Annotation
from utils.annotation.verdict import Verdict


def said(*labels):
    return [Annotation(7, label, f"person {number}", "", None, str(number)) for number, label in enumerate(labels)]


@pytest.mark.parametrize(
    ("labels", "label", "agreement"),
    [
        (["cat"], "cat", 1),
        (["cat", "dog", "dog"], "dog", 2 / 3),
        (["dog", "cat"], "dog", 1 / 2),
        (["cow", "cat", "dog", "dog", "cat"], "cat", 2 / 5),
        ([None, None, "cat"], None, 2 / 3),
        (["cat", None], "cat", 1 / 2),
    ],
)
def test_by_hand(labels, label, agreement):
    verdict = Verdict.of(said(*labels))
    assert (verdict.label, verdict.agreement) == (label, agreement)
    assert verdict.by == "+".join(f"person {number}" for number in range(len(labels)))


@given(st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=9))
def test_nothing_was_said_more_often(labels):
    verdict, counts = Verdict.of(said(*labels)), Counter(labels)
    assert counts[verdict.label] == max(counts.values())
    assert verdict.agreement == counts[verdict.label] / len(labels)
    earlier = labels[: labels.index(verdict.label)]
    assert all(counts[label] < counts[verdict.label] for label in earlier)


@pytest.mark.parametrize(
    ("labels", "label", "agreement"),
    [
        (["50", "100", "100.0"], "100", 2 / 3),
        (["50", "110", "100.0"], "100.0", 1 / 3),
        (["7"], "7", 1),
        (["1", "2"], "1.5", 0),
        (["1", "2", None], "1.5", 0),
        (["1", None], "1", 1 / 2),
        (["1", None, None], None, 2 / 3),
        ([None], None, 1),
        (["-0", "0"], "-0", 1),
        (["3.4e38", "3.4e38", "3e38", "3.4e38"], "3.4e38", 3 / 4),
    ],
)
def test_of_numbers_by_hand(labels, label, agreement):
    verdict = Verdict.of(said(*labels), numbers=True)
    assert (verdict.label, verdict.agreement) == (label, agreement)
    assert verdict.by == "+".join(f"person {number}" for number in range(len(labels)))


@given(st.lists(st.none() | st.floats(-1e38, 1e38), min_size=1, max_size=9))
def test_the_median_of_numbers_in_whatever_order(values):
    labels = [None if value is None else repr(value) for value in values]
    verdict, numbers = Verdict.of(said(*labels), numbers=True), [value for value in values if value is not None]
    if 2 * len(numbers) < len(values):
        assert verdict.label is None
    else:
        assert math.isclose(float(verdict.label), float(np.median(numbers)), rel_tol=1e-12, abs_tol=1e-300)
