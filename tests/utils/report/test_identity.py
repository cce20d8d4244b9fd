"""One look for each curve, on the whole page."""

import numpy as np

from utils.curve import Curve
from utils.report.identity import identities


def curve(strategy, variant=""):
    return Curve(strategy, variant, np.array([1.0, 2.0]), np.array([[0.1, 0.2]]), None)


def test_numbers_follow_names_whatever_the_order():
    names = ["random", "entropy", "margin"]
    there = identities(map(curve, names))
    assert [(one.number, one.name) for one in there.values()] == [(0, "entropy"), (1, "margin"), (2, "random")]
    assert identities(map(curve, reversed(names))) == there


def test_two_curves_of_one_colour_differ_in_their_dashes():
    found = identities(
        [curve("entropy"), curve("entropy_pl"), curve("margin"), curve("margin", "long"), curve("margin", "short")]
    )
    looks = [(one.palette.line, one.dashes) for one in found.values()]
    assert len(set(looks)) == len(looks)
    assert found["entropy"].dashes == ""
    assert found["margin"].palette == found["margin/long"].palette
