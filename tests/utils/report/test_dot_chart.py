"""What strategies bring over what they cost."""

import math

import numpy as np

from utils.curve import Curve
from utils.measure import ACCURACY
from utils.report.dot_chart import Dot, dot_chart
from utils.report.identity import identities
from utils.report.interval_track import Interval

KNOWN = identities(Curve(name, "", np.array([0.0]), np.array([[0.0]]), None) for name in ("margin", "random"))
ALONE = math.nan, math.nan


def test_dots_lie_at_their_values():
    dots = [
        Dot(KNOWN["margin"], Interval(10, 9, 11), Interval(0.8, 0.7, 0.9)),
        Dot(KNOWN["random"], Interval(5, *ALONE), Interval(0.6, *ALONE)),
    ]
    chart = dot_chart(dots, 860, 400, ACCURACY)
    margin, random = chart.dots
    assert (margin.x, margin.y) == (chart.x.at(10), chart.y.at(80))
    assert margin.across == (chart.x.at(9), chart.x.at(11))
    assert random.across == (random.x, random.x)
    assert (margin.anchor, random.anchor) == ("end", "start")
    assert "margin 10.0 s and 80.0 %" in chart.title


def test_dots_that_coincide_have_one_name():
    dots = [Dot(one, Interval(10, *ALONE), Interval(0.8, *ALONE)) for one in KNOWN.values()]
    assert [dot.text for dot in dot_chart(dots, 860, 400, ACCURACY).dots] == ["margin", ""]
