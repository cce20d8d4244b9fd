"""What a message may hold, whatever stands in the names and values that it tells of."""

from __future__ import annotations

from utils.errors import DataError, ParameterError


def test_nothing_in_a_message_steers_a_terminal() -> None:
    assert str(DataError("\x1b[2Ja\u202eb\x9b: bad\n  and more")) == "\\x1b[2Ja\\u202eb\\x9b: bad\n  and more"


def test_a_problem_is_one_line_whatever_it_quotes() -> None:
    assert str(ParameterError(["a\nb: unknown", "c"], "x")) == "x: 2 errors\n  a\\nb: unknown\n  c"


def test_a_line_break_in_a_name_makes_no_line() -> None:
    assert str(DataError("a\nall is well\n: no such folder\n  b")) == "a\\nall is well\\n: no such folder\n  b"


def test_a_message_stays_short() -> None:
    long = str(DataError("\n  ".join(["x" * 10_000] * 50)))
    assert len(long.splitlines()) == 20
    assert max(map(len, long.splitlines())) == 2000
