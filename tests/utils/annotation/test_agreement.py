"""Agreement against published numbers and against such as can be counted on fingers."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import pytest

from tests.utils.annotation.answered import group, said
from utils.annotation.agreement import Agreement, by_annotator

FLEISS = [
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
]  # fmt: skip
"""14 annotators, 10 samples, 5 classes: the worked example of the Wikipedia article on Fleiss' kappa."""
FLEISS_SHARES = (1.000, 0.253, 0.308, 0.440, 0.330, 0.462, 0.242, 0.176, 0.286, 0.286)
"""Its column of the share of agreeing pairs."""


def of_counts(counts: list[tuple[int, ...]]) -> Agreement:
    return Agreement.of(
        group(sample, "".join(name * votes for name, votes in zip("ABCDE", row, strict=True)))
        for sample, row in enumerate(counts)
    )


def test_the_published_example() -> None:
    found = of_counts(FLEISS)
    assert round(found.kappa or 0, 3) == 0.210
    assert found.pairwise == pytest.approx(np.mean(FLEISS_SHARES), abs=1e-3)
    assert (found.samples, found.kappa_samples, found.unanimous) == (10, 10, 0.1)
    for row, share in zip(FLEISS, FLEISS_SHARES, strict=True):
        assert of_counts([row]).pairwise == pytest.approx(share, abs=5e-4)


def test_by_hand_with_two_annotators() -> None:
    """Three of four agree; of the eight answers three are x, four y, one is unusable: chance gives 26/64."""
    found = Agreement.of([group(1, "xx"), group(2, "yy"), group(3, "yy"), group(4, "x?")])
    assert (found.unanimous, found.pairwise) == (0.75, 0.75)
    assert found.kappa == pytest.approx((0.75 - 26 / 64) / (1 - 26 / 64))


def test_unusable_is_an_answer_like_any_other() -> None:
    assert Agreement.of([group(1, "??"), group(2, "xx")]).kappa == pytest.approx(1)
    renamed = Agreement.of([group(1, "zz"), group(2, "x?")]), Agreement.of([group(1, "??"), group(2, "xz")])
    assert renamed[0] == renamed[1]


def test_of_chance_alone_kappa_is_zero() -> None:
    """All pairs of answers equally often."""
    found = Agreement.of(group(sample, "".join(pair)) for sample, pair in enumerate(itertools.product("xyz", repeat=2)))
    assert found.kappa == pytest.approx(0)
    assert found.pairwise == pytest.approx(1 / 3)


def test_kappa_is_over_the_samples_with_the_most_usual_number() -> None:
    found = Agreement.of([group(1, "xx"), group(2, "yy"), group(3, "xyz"), group(4, "x")])
    assert (found.samples, found.kappa_samples) == (3, 2)
    assert found.kappa == pytest.approx(1)
    assert found.unanimous == pytest.approx(2 / 3)
    assert found.pairwise == pytest.approx((1 + 1 + 0) / 3)
    tie = Agreement.of([group(1, "xy"), group(2, "xxx"), group(3, "yyy"), group(4, "xy")])
    assert tie.kappa == pytest.approx(1), "of equally usual numbers the larger"


def test_where_there_is_nothing_to_compare() -> None:
    nothing = Agreement(0, None, None, None, 0)
    assert Agreement.of([]) == nothing
    assert Agreement.of([group(1, "x"), group(2, "-y")]) == nothing
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same = Agreement.of([group(1, "xx"), group(2, "xx")])
    assert same == Agreement(2, 1.0, 1.0, None, 2), "no kappa where chance agrees as well"


def test_who_says_something_twice_counts_once_with_the_last() -> None:
    twice = [said(1, "x", "a"), said(1, "y", "b"), said(1, "y", "a", when=5)]
    assert by_annotator(twice) == {"a": "y", "b": "y"}
    assert Agreement.of([twice]).unanimous == 1
    assert Agreement.of([[said(1, "x", "a"), said(1, "x", "a")]]).samples == 0


def test_kappa_does_not_depend_on_names_or_order() -> None:
    rng = np.random.default_rng(0)
    rows = ["".join(rng.choice(list("xyz"), 4)) for _ in range(30)]
    first = Agreement.of(group(number, row) for number, row in enumerate(rows))
    second = Agreement.of(
        group(number, row[::-1].translate(str.maketrans("xyz", "pqr"))) for number, row in enumerate(rows[::-1])
    )
    assert math.isclose(first.kappa or 0, second.kappa or 1)
