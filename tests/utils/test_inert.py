"""Cells that a spreadsheet would compute: inert in the table, and what they were when they are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.inert import inert, original


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_formulas_get_a_mark(text):
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a", "1=1", "'quoted'", " =1", '"x'])
def test_other_texts_stay(text):
    assert inert(text) == original(text) == text


@given(st.text(alphabet="'=+-@\ta", max_size=6))
def test_what_was_made_inert_is_read_as_it_was(text):
    assert original(inert(text)) == text
    assert not inert(text).startswith(("=", "+", "-", "@", "\t", "\r"))
