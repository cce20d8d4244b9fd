"""Numbers are those that float32 holds, which is what a model learns."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.annotation.number import LARGEST, written_number


def test_the_largest_is_that_of_float32():
    assert float(np.finfo(np.float32).max) == LARGEST


@given(st.floats())
def test_a_number_comes_back_unless_float32_makes_it_infinite(number):
    with np.errstate(over="ignore"):
        fits = bool(np.isfinite(np.float32(number))) and abs(number) <= LARGEST
    found = written_number(repr(number))
    assert found == number if fits else math.isnan(found)


@pytest.mark.parametrize("text", ["", "many", "1,5", "inf", "nan", "1e300", "-3.5e38"])
def test_other_texts_are_none(text):
    assert math.isnan(written_number(text))
