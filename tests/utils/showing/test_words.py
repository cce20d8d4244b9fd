"""Texts as they are, up to a length that somebody might read."""

from utils.annotation.shown import Shown
from utils.showing.words import LONGEST, show_text


def test_a_text_is_shown_as_it_is():
    text = " <b>Two</b>\r\nlines & a tab\t\u202e "
    assert show_text(text) == Shown("text", text=text)
    assert show_text("a b", "words alone") == Shown("text", text="a b", note="words alone")
    assert show_text("x" * LONGEST).note == ""


def test_a_long_one_is_cut_and_that_is_said():
    shown = show_text("ab" * LONGEST)
    assert (len(shown.text), shown.note) == (100_000, "the first 100,000 of 200,000 characters")
    assert show_text("ab" * LONGEST, "words").note == "words; the first 100,000 of 200,000 characters"
