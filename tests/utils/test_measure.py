"""What runs are compared by: how values are shown, judged and told apart."""

import math

import numpy as np
import pytest

from utils.measure import ACCURACY, ERROR, measure_of


@pytest.mark.parametrize(
    ("measure", "value", "deviation", "shown"),
    [
        (ACCURACY, 0.877, 0.0123, "87.7 ± 1.2 %"),
        (ACCURACY, 0.877, math.nan, "87.7 %"),
        (ACCURACY, math.nan, math.nan, "–"),
        (ERROR, 2.614, 0.2, "2.61 ± 0.20"),
        (ERROR, 0.03456, math.nan, "0.0346"),
        (ERROR, 31234.5, 456.7, "31,234 ± 457"),
        (ERROR, 0.0, 0.0, "0 ± 0"),
        (ERROR, math.nan, math.nan, "–"),
    ],
)
def test_values_as_a_reader_wants_them(measure, value, deviation, shown):
    assert measure.shown(value, deviation) == shown


@pytest.mark.parametrize("measure", [ACCURACY, ERROR])
@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_what_cannot_be(measure, value):
    assert not measure.allows(value)


def test_what_can_be():
    assert [measure.allows(1.5) for measure in (ACCURACY, ERROR)] == [False, True]
    assert [measure.allows(value) for measure in (ACCURACY, ERROR) for value in (0, 1)] == [True] * 4


def test_goals():
    assert ACCURACY.reached(np.array([0.75, 0.76]), 0.8, 0.95).tolist() == [False, True]
    assert ERROR.reached(np.array([2.01, 2.0]), 1.9, 0.95).tolist() == [False, True]
    assert (ACCURACY.goal(0.95), ERROR.goal(0.95)) == ("95 % of full", "full / 0.95")


def test_tables_tell_their_measure():
    assert measure_of(["round", "eval_acc", "eval_f1"]) is ACCURACY
    assert measure_of(["round", "eval_mae"]) is ERROR
    assert measure_of(["round"]) is None
