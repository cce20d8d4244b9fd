"""Values to pixels, and which values have a tick."""

import pytest

from utils.report.axis import Axis


def test_values_lie_in_proportion():
    axis = Axis(0, 50, 100, 0)
    assert [axis.at(value) for value in (0, 25, 50)] == [100, 50, 0]
    assert axis.inside(60) == 50


def test_equal_ratios_are_equally_far_on_a_logarithmic_axis():
    axis = Axis(0.25, 4, 0, 400, logarithmic=True)
    assert [axis.at(value) for value in (0.25, 0.5, 1, 2, 4)] == [0, 100, 200, 300, 400]
    assert [tick.text for tick in axis.ticks(4)] == ["0.25", "0.5", "1", "2", "4"]


@pytest.mark.parametrize(
    ("low", "high", "most", "texts"),
    [
        (0, 100, 4, ["0", "25", "50", "75", "100"]),
        (0.31, 0.36, 5, ["0.31", "0.32", "0.33", "0.34", "0.35", "0.36"]),
        (-5, 5, 4, ["−5.0", "−2.5", "0.0", "2.5", "5.0"]),
        (0, 6000, 3, ["0", "2,000", "4,000", "6,000"]),
    ],
)
def test_ticks_are_round_and_on_the_axis(low, high, most, texts):
    assert [tick.text for tick in Axis(low, high, 0, 100).ticks(most)] == texts


def test_ticks_of_labels_are_whole_and_say_their_share():
    ticks = Axis(0, 3, 0, 300).ticks(6, whole=True, whole_of=60)
    assert [(tick.text, tick.below) for tick in ticks] == [("0", "0 %"), ("1", "1.7 %"), ("2", "3.3 %"), ("3", "5.0 %")]
