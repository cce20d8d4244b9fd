"""Few bad files are let through, too many are named, the first three of them with their reasons."""

import pytest

from utils.data.bad_files import refuse_if_too_many
from utils.errors import DataError


def bad(count):
    return [(f"{number}.wav", f"reason {number}") for number in range(count)]


@pytest.mark.parametrize(("count", "total", "most"), [(0, 5, 0.0), (1, 100, 0.01), (2, 5, 0.4), (5, 5, 1.0)])
def test_up_to_the_share_all_is_well(count, total, most):
    refuse_if_too_many(bad(count), total, most)


@pytest.mark.parametrize(
    ("arguments", "first", "shown"),
    [
        ((bad(1), 5, 0.0), "1 of 5 files cannot be used (20.00%), at most 0.00% may be", ["0.wav: reason 0"]),
        (
            (bad(3), 5, 0.5, "texts", "reviews"),
            "reviews: 3 of 5 texts cannot be used (60.00%), at most 50.00% may be",
            ["0.wav: reason 0", "1.wav: reason 1", "2.wav: reason 2"],
        ),
        (
            (bad(1500), 2000, 0.125, "images"),
            "1,500 of 2,000 images cannot be used (75.00%), at most 12.50% may be",
            ["0.wav: reason 0", "1.wav: reason 1", "2.wav: reason 2", "… and 1,497 more"],
        ),
    ],
)
def test_more_are_refused(arguments, first, shown):
    with pytest.raises(DataError) as error:
        refuse_if_too_many(*arguments)
    advice = "; repair or remove them, or raise max_bad_files:"
    assert str(error.value).splitlines() == [first + advice, *(f"  {line}" for line in shown)]


def test_where_one_must_be_left_all_are_too_many():
    with pytest.raises(DataError, match=r"^5 of 5 files cannot be used \(100\.00%\), at most 100\.00% may be"):
        refuse_if_too_many(bad(5), 5, 1.0, one_must_be_left=True)
    refuse_if_too_many(bad(4), 5, 1.0, one_must_be_left=True)
