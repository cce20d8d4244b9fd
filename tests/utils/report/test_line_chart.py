"""Lines in pixels."""

import math
from itertools import pairwise

import numpy as np

from utils.curve import Curve
from utils.report.identity import identities
from utils.report.line_chart import Frame, Line, line_chart, shortened, thinned


def lines(*ends, half=1.0):
    names = [f"s{number}" for number in range(len(ends))]
    known = identities(Curve(name, "", np.array([0.0]), np.array([[0.0]]), None) for name in names)
    x = np.array([0.0, 100.0])
    return [Line(known[name], x, np.array([10.0, end]), np.full(2, half)) for name, end in zip(names, ends, strict=True)]


def points(path):
    return [tuple(map(float, point.split())) for point in path.strip("MZ").split("L")]


def test_a_line_goes_through_its_values():
    chart = line_chart(lines(50.0), Frame(860, 460, "title"))
    assert points(chart.paths[0].line) == [(chart.x.at(0), chart.y.at(10)), (chart.x.at(100), chart.y.at(50))]
    assert points(chart.paths[0].band)[:2] == [(chart.x.at(0), chart.y.at(11)), (chart.x.at(100), chart.y.at(51))]
    assert chart.paths[0].end == (chart.x.at(100), chart.y.at(50))


def test_the_best_is_drawn_last():
    assert [path.identity.name for path in line_chart(lines(90.0, 50.0), Frame(860, 460, "t")).paths] == ["s1", "s0"]


def test_values_that_are_not_known_are_left_out():
    [line] = lines(50.0)
    gap = Line(line.identity, np.array([0.0, 50, 100]), np.array([1.0, np.nan, 3]), np.full(3, np.nan))
    chart = line_chart([gap], Frame(400, 300, "t"))
    assert len(points(chart.paths[0].line)) == 2
    assert chart.paths[0].band == ""
    assert line_chart([Line(line.identity, line.x, line.y * np.nan, line.y)], Frame(400, 300, "t")) is None


def test_names_at_the_ends_keep_apart_and_near():
    chart = line_chart(lines(90.0, 89.9, 89.8, 20.0), Frame(860, 460, "t", names_at_ends=True))
    places = [label.y for label in chart.labels]
    assert [label.text for label in chart.labels] == ["s0", "s1", "s2", "s3"]
    assert min(below - above for above, below in pairwise(places)) >= 15.4
    assert max(abs(label.y - label.end) for label in chart.labels) <= 40


def test_in_a_crowd_the_worst_go_unnamed():
    chart = line_chart(lines(*np.linspace(60, 59.99, 30)), Frame(860, 460, "t", names_at_ends=True))
    named = {label.identity.name for label in chart.labels}
    assert "s0" in named
    assert "s29" not in named


def test_a_wide_band_cannot_flatten_the_lines():
    chart = line_chart(lines(20.0, half=500.0), Frame(860, 460, "t"))
    assert chart.y.high < 30


def test_an_axis_stays_within_what_can_be():
    chart = line_chart(lines(99.9, half=5.0), Frame(860, 460, "t", most=100.0, least=0.0, references=((97.0, "full"),)))
    assert chart.y.high == 100
    assert [reference.at for reference in chart.references] == [chart.y.at(97)]


def test_a_single_point_has_room():
    [line] = lines(50.0)
    chart = line_chart([Line(line.identity, line.x[:1], line.y[:1], line.y[:1] * math.nan)], Frame(860, 460, "t"))
    assert chart.x.low < 0 < chart.x.high
    assert chart.y.low < 10 < chart.y.high


def test_long_lines_are_thinned_and_keep_their_ends():
    kept = thinned(1000, 50)
    assert len(kept) == 50
    assert (kept[0], kept[-1]) == (0, 999)
    assert thinned(3).tolist() == [0, 1, 2]


def test_long_names_lose_their_middle():
    assert shortened("margin") == "margin"
    assert shortened("a" * 30 + "b" * 30, 5) == "aa…bb"


def test_references_are_inside_and_their_texts_apart():
    chart = line_chart(lines(50.0), Frame(860, 460, "t", references=((80.0, "low"), (82.0, "high"))))
    assert [reference.text for reference in chart.references] == ["high", "low"]
    assert [reference.at for reference in chart.references] == [chart.y.at(82), chart.y.at(80)]
    assert chart.y.high > 82
    high, low = (reference.text_at for reference in chart.references)
    assert low - high > 15
