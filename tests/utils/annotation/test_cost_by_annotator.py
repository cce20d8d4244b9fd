"""What each annotator contributed, counted by hand."""

from __future__ import annotations

from tests.utils.annotation.answered import group, said
from utils.annotation.cost_by_annotator import CostByAnnotator


def test_each_is_compared_with_the_majority_of_the_others() -> None:
    groups = [group(1, "xxx"), group(2, "xxy"), group(3, "x?x"), group(4, "xyz")]
    found = {one.name: one for one in CostByAnnotator.of_each(groups)}
    assert list(found) == ["a", "b", "c"]
    # a: the others of sample 1 say xx; those of 2, 3 and 4 are tied. b: 1 xx, 3 xx, the others tied. c: 1 xx, 2 xx.
    assert (found["a"].agreement, found["a"].compared) == (1.0, 1)
    assert (found["b"].agreement, found["b"].compared) == (0.5, 2)
    assert (found["c"].agreement, found["c"].compared) == (0.5, 2)
    assert [one.unusable for one in found.values()] == [0.0, 0.25, 0.0]
    assert {one.labels for one in found.values()} == {4}


def test_of_two_each_is_the_majority_for_the_other() -> None:
    a, b = CostByAnnotator.of_each([group(1, "xx"), group(2, "xy"), group(3, "x")])
    assert (a.agreement, a.compared, a.labels) == (0.5, 2, 3)
    assert (b.agreement, b.compared, b.labels) == (0.5, 2, 2)


def test_who_is_alone_agrees_with_nobody() -> None:
    [alone] = CostByAnnotator.of_each([group(1, "x"), group(2, "?")])
    assert alone == CostByAnnotator("a", 2, None, 0.5, None, 0)
    assert CostByAnnotator.of_each([]) == []


def test_lunch_moves_no_median_and_what_was_not_timed_counts_as_a_label() -> None:
    times = [4.0, 3600.0, 6.0, None, 5.0]
    [one] = CostByAnnotator.of_each([[said(number, "x", "a", seconds=time)] for number, time in enumerate(times)])
    assert (one.labels, one.median_seconds) == (5, 5.5)
