"""The majority counts; of a tie, what was said first."""

from collections import Counter

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
