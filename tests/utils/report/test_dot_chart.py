"""What strategies bring over what they cost."""

import math
from itertools import combinations

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


def test_names_never_cover_each_other():
    known = identities(Curve(f"a rather long name {n}", "", np.array([0.0]), np.array([[0.0]]), None) for n in range(12))
    dots = [
        Dot(one, Interval(10 + 0.1 * place, *ALONE), Interval(0.8 + 0.001 * (place % 5), *ALONE))
        for place, one in enumerate(known.values())
    ]
    for width in (860, 360):
        chart = dot_chart(dots, width, 400, ACCURACY)
        boxes = [dot.box for dot in chart.dots if dot.text]
        assert len(boxes) > 2
        assert all(chart.x.start <= left and right <= chart.x.end for left, right, _, _ in boxes)
        for one, other in combinations(boxes, 2):
            assert one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]


def test_a_dot_without_room_for_its_name_has_none():
    known = identities(Curve(name, "", np.array([0.0]), np.array([[0.0]]), None) for name in "abcdef")
    dots = [Dot(one, Interval(10, *ALONE), Interval(0.8, *ALONE)) for one in known.values()]
    assert [dot.text for dot in dot_chart(dots, 860, 400, ACCURACY).dots] == ["a", "b", "c", "d", "", ""]
