"""What a terminal is shown of names that hold anything."""

import pytest

from utils.printable import printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"), [("a b", "a b"), ("\x1b[2J", r"\x1b[2J"), ("é\udcff", r"é\udcff"), ("a\nb", r"a\nb"), ("", "")]
)
def test_what_steers_a_terminal_becomes_an_escape(text, shown):
    assert printable(text) == shown


def test_lines_stay_lines():
    assert printable_lines("a\x1b\nb\u202e\n") == "a\\x1b\nb\\u202e\n"
