"""Numbers as a reader wants them."""

import math

import pytest

from utils.measure import ACCURACY, ERROR
from utils.report.wording import (
    capitalised,
    counted,
    difference_digits,
    difference_unit,
    listed,
    mean_of,
    number,
    p_value,
    seconds,
    significant,
)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (number(1234.5, 1), "1,234.5"),
        (number(-2.04, 1, signed=True), "−2.0"),
        (number(2.06, 1, signed=True), "+2.1"),
        (number(-0.04, 1, signed=True), "0.0"),
        (number(math.nan), "–"),
        (significant(0.012345), "0.0123"),
        (significant(1234567.0), "1,234,567"),
        (significant(0.0), "0"),
        (significant(1.5e-7), "1.50e−07"),
        (significant(math.inf), "–"),
        (p_value(0.0004), "< 0.001"),
        (p_value(0.0625), "0.063"),
        (p_value(0.0042), "0.004"),
        (p_value(0.114), "0.11"),
        (p_value(1.0), "1.00"),
        (p_value(0.0496), "0.0496"),
        (p_value(0.0504), "0.0504"),
        (p_value(math.nan), "–"),
        (seconds(0.024), "24 ms"),
        (seconds(4.5), "4.50 s"),
        (seconds(150), "2.50 min"),
        (seconds(9000), "2.50 h"),
        (seconds(math.nan), "–"),
        (counted(1, "seed"), "1 seed"),
        (counted(1000, "run"), "1,000 runs"),
        (listed([3, 1]), "3, 1"),
        (listed("abcd", 2), "a, b and 2 more"),
    ],
)
def test_numbers(shown, expected):
    assert shown == expected


def test_differences_of_shares_are_points_with_a_digit_or_two():
    assert difference_unit(ACCURACY) == "percentage points"
    assert difference_digits(ACCURACY, [0.021, math.nan]) == 1
    assert difference_digits(ACCURACY, [0.0021]) == 2
    assert difference_digits(ACCURACY, []) == 1


def test_differences_of_errors_keep_two_digits_that_count():
    assert difference_unit(ERROR) == "units of the mean absolute error"
    assert difference_digits(ERROR, [0.0123]) == 3
    assert difference_digits(ERROR, [4200.0]) == 0


def test_a_mean_is_not_called_so_twice():
    assert [mean_of(measure.label) for measure in (ACCURACY, ERROR)] == ["mean accuracy", "mean absolute error"]
    assert capitalised(mean_of("R²")) == "Mean R²"
