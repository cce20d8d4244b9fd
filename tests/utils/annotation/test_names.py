"""What annotators write is kept as they mean it, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.annotation.names import checked_annotator, checked_class, checked_name, checked_number
from utils.annotation.refused import Refused


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


@pytest.mark.parametrize("text", ["", "nan", "inf", "1_000", "１", "0x1", "1,5", "--1", "1" * 41, "1 2"])
def test_no_numbers(text):
    with pytest.raises(Refused, match=r"is no number; write one such as 3, -0\.5 or 1e-3, with a point\.$"):
        checked_number(text)


@pytest.mark.parametrize("text", ["1e999", "-1e300", "3.5e38", "9" * 40])
def test_numbers_that_the_model_would_take_for_infinite(text):
    with pytest.raises(Refused) as error:
        checked_number(text)
    assert str(error.value) == f"“{text}” is too large; no number beyond 3.4e+38 can be learnt."


@pytest.mark.parametrize("text", ["\u2060wren", "wren\u200b", "w\u00adren", "\ufeffwren", "wren\u200d", " \u200e wren"])
def test_characters_without_a_form_are_left_out(text):
    assert checked_name(text, "the class", 100) == "wren"


@pytest.mark.parametrize("text", ["\u3164", "\u2800\u2800", "\u0301", "\u034f", "\ufe0f", "\u115f\u200d\u1160"])
def test_a_name_that_nobody_sees(text):
    with pytest.raises(Refused, match=r"^The name of the class cannot be seen; write at least one letter, digit or sign\.$"):
        checked_name(text, "the class", 100)


@pytest.mark.parametrize("text", ["\u200b", "\u200d", " \u00ad "])
def test_a_name_of_nothing(text):
    with pytest.raises(Refused, match=r"is empty; write at least one character\.$"):
        checked_name(text, "the class", 100)


@pytest.mark.parametrize("text", ["Gr\u00f6ße", "Gro\u0308ße", " Größe\u200b"])
@pytest.mark.parametrize("known", ["Gr\u00f6ße", "Gro\u0308ße", "Größe "])
def test_no_class_gets_a_twin(text, known):
    assert checked_class(text, ["a", known]) == known


def test_a_new_class():
    assert checked_class(" heron ", ["a"]) == "heron"
    assert checked_class("?", ["?"]) == "?"
    with pytest.raises(Refused, match=r"^“\?” stands for unusable samples; give the class another name\.$"):
        checked_class(" ? ", ["a"])


def test_annotators():
    assert checked_annotator(" Anna ") == "Anna"
    with pytest.raises(Refused, match=r"^The name of the annotator holds a “\+”, which stands between the names of several; "):
        checked_annotator("Anna+Bob")
