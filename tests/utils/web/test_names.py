"""What annotators write is kept as they mean it, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.web.names import checked_name, checked_number
from utils.web.refused import Refused


@pytest.mark.parametrize(
    ("text", "name"),
    [(" dog ", "dog"), ("Gro\u0308ße", "Gr\u00f6ße"), ("👩\u200d🚒", "👩\u200d🚒"), ("<b>", "<b>"), ("a\u00a0b", "a\u00a0b")],
)
def test_names(text, name):
    assert checked_name(text, "the class", 100) == name


@pytest.mark.parametrize("text", ["a\0", "a\nb", "\x1b[31mred", "\ud800", "a\u2028b", "\u202etxt.exe", "\u2066a", "\x9b"])
def test_control_characters(text):
    with pytest.raises(Refused, match=r"^The name of the class holds control characters; write it anew by hand\.$"):
        checked_name(text, "the class", 100)


@given(st.text())
def test_a_name_is_never_odd(text):
    try:
        name = checked_name(text, "the class", 100)
    except Refused:
        return
    assert name.encode()
    assert name == name.strip() == checked_name(name, "the class", 100)
    assert len(name.splitlines()) == 1


@pytest.mark.parametrize("text", ["1", "-0.5", "+3.", ".5", "1e-3", " 7 ", "1E+2"])
def test_numbers(text):
    assert float(checked_number(text)) == float(text)


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e999", "1_000", "１", "0x1", "1,5", "--1", "1" * 41, "1 2"])
def test_no_numbers(text):
    with pytest.raises(Refused, match=r"is no number; write one such as 3, -0\.5 or 1e-3, with a point\.$"):
        checked_number(text)
