"""Numbers as they stand in a sentence."""

import math
from dataclasses import replace

import numpy as np
import pytest

from utils.comparison.savings import Savings
from utils.comparison.testing import of_areas
from utils.comparison.wording import corrected, counted, few, fewer, in_units, interval, p_value
from utils.measure import ACCURACY, ERROR


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.0, "p < 0.001"),
        (0.00099, "p < 0.001"),
        (0.001, "p = 0.001"),
        (0.0042, "p = 0.004"),
        (0.0101, "p = 0.010"),
        (0.0449, "p = 0.045"),
        (0.0496, "p = 0.0496"),
        (0.0504, "p = 0.0504"),
        (0.049996, "p = 0.049996"),
        (0.05, "p = 0.050"),
        (0.0994, "p = 0.099"),
        (0.0996, "p = 0.10"),
        (0.0512, "p = 0.051"),
        (0.46, "p = 0.46"),
        (1.0, "p = 1.00"),
    ],
)
def test_p_values(p, shown):
    assert p_value(p) == shown


@pytest.mark.parametrize(
    ("measure", "value", "like", "shown"),
    [
        (ACCURACY, 0.0213, 0.0213, "2.1"),
        (ACCURACY, -0.003, 0.0213, "−0.3"),
        (ACCURACY, -0.0001, 0.0213, "0.0"),
        (ACCURACY, 0.00042, 0.00042, "0.042"),
        (ACCURACY, 0.0, 0.0, "0.0"),
        (ERROR, 0.1584, 0.1584, "0.158"),
        (ERROR, -1234.5, 1234.5, "−1,234"),
        (ERROR, 12.34, 12.34, "12.3"),
    ],
)
def test_differences(measure, value, like, shown):
    assert in_units(measure, value, like) == shown


@pytest.mark.parametrize(
    ("measure", "low", "high", "shown"),
    [
        (ACCURACY, 0.007, 0.025, ("0.7", "2.5")),
        (ACCURACY, -0.025, -0.007, ("0.7", "2.5")),
        (ACCURACY, -0.383, 0.21, ("38.3 below", "21.0 above")),
        (ACCURACY, -0.0001, 0.031, ("0.0", "3.1")),
        (ACCURACY, -0.031, 0.0001, ("0.0", "3.1")),
        (ERROR, -0.5, 0.25, ("0.250 below", "0.500 above")),
        (ERROR, 0.25, 0.5, ("0.250", "0.500")),
    ],
)
def test_intervals_have_sides_and_no_signs(measure, low, high, shown):
    tested = of_areas("a", "b", (1, 2), np.array([low, high]), np.zeros(2))
    assert interval(measure, replace(tested, low=low, high=high)) == shown


def test_labels_saved():
    nan = math.nan
    saved = Savings("edpc", 0.99, 0.8, {}, {}, (1, 2), 0.541, 0.48, 1.02, nan, nan)
    assert fewer(saved) == ("46 %", "−2", "52 %")


def test_only_a_family_is_corrected():
    assert corrected([0.1, math.nan, 0.2], "strategies") == " after Holm's correction over 2 strategies"
    assert corrected([0.1, math.nan], "strategies") == ""


def test_lists():
    assert [few(names) for names in (["a"], ["a", "b"], ["a", "b", "c"], ["a"] * 4)] == [
        "a",
        "a and b",
        "a, b and c",
        "4 others",
    ]
    assert [counted(1, "seed"), counted(5, "seed")] == ["1 seed", "5 seeds"]
