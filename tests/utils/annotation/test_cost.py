"""What the answers of people come to, in numbers and in the sentence of the terminal."""

from __future__ import annotations

import pytest

from tests.utils.annotation.answered import answers, group, said
from utils.annotation.cost import Cost, clock, short_time


def test_the_sentence_of_a_campaign() -> None:
    groups = [group(number, "xx-" if number % 2 else "x-y", seconds=14.0) for number in range(60)]
    assert Cost(answers(groups)).sentence() == (
        "120 labels by 3 people in 0:28 h, 14 s each; all agree on 50 % of 60 samples that went to several"
    )


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ([], ""),
        ([group(1, "x", 3.0)], "1 label by 1 person in 3 s, 3.0 s each"),
        ([group(1, "x"), group(2, "-y")], "2 labels by 2 people"),
        ([group(1, "x", 4.0), group(2, "x")], "2 labels by 1 person (1 of them not timed) in 4 s, 4.0 s each"),
        (
            [group(1, "x", 4.0), group(2, "x", 5.0), group(3, "x", 3600.0)],
            "3 labels by 1 person in 1:00 h, 5.0 s each (median; 20.1 min on average)",
        ),
    ],
)
def test_other_sentences(groups: list[list], sentence: str) -> None:  # type: ignore[type-arg]
    assert Cost(answers(groups)).sentence() == sentence


def test_whether_people_get_faster_is_told_in_the_order_of_time_and_not_of_samples() -> None:
    times = [9, 8, 30, 5, 5, 5, 2, 40, 3, 2]
    asked = [[said(20 - place, "x", "a", when=place, seconds=time)] for place, time in enumerate(times)]
    cost = Cost(answers(sorted(asked, key=lambda answered: answered[0].id)))
    assert cost.times == times
    assert cost.pace == (9, 3)
    assert Cost(answers(asked[:8])).pace is None
    assert (cost.seconds, cost.median_seconds, cost.mean_seconds, cost.untimed) == (109, 5, 10.9, 0)


def test_numbers_need_not_be_equal_to_agree() -> None:
    cost = Cost(answers([group(1, "12"), group(2, "13")]), numbers=True)
    assert cost.agreement.samples == 0
    assert cost.sentence() == "4 labels by 2 people"
    assert {one.agreement for one in cost.by_annotator} == {None}
    assert [one.labels for one in cost.by_annotator] == [2, 2]
    assert Cost(answers([group(1, "12")])).agreement.samples == 1


def test_nobody_timed_anything() -> None:
    cost = Cost(answers([group(1, "xy")]))
    assert (cost.seconds, cost.median_seconds, cost.mean_seconds, cost.pace, cost.untimed) == (None, None, None, None, 2)


def test_times_have_the_digits_that_they_carry() -> None:
    assert [short_time(value) for value in (0.84, 9.94, 9.96, 119, 150, 5400)] == [
        "0.8 s", "9.9 s", "10 s", "119 s", "2.5 min", "1:30 h",
    ]  # fmt: skip
    assert [clock(value) for value in (0, 59.6, 119.6, 2520, 3599, 4_000_000)] == [
        "0 s", "60 s", "0:02 h", "0:42 h", "1:00 h", "1,111:07 h",
    ]  # fmt: skip
