"""Intervals on a common axis."""

import math

from utils.report.interval_track import Interval, interval_track

UNKNOWN = Interval(math.nan, math.nan, math.nan)


def test_rows_share_an_axis_with_zero_on_it():
    track = interval_track([Interval(0.02, 0.01, 0.03), Interval(-0.01, -0.02, 0.0), UNKNOWN], 100)
    first, second, third = track.marks
    assert second.low < second.dot < second.high == track.neutral < first.low < first.dot < first.high
    assert third is None
    assert "0" in [tick.text for tick in track.ticks]


def test_ratios_lie_around_one():
    track = interval_track([Interval(0.5, 0.4, 0.625)], ratios=True)
    [mark] = track.marks
    assert math.isclose(mark.dot - mark.low, mark.high - mark.dot, abs_tol=0.2)
    assert mark.high < track.neutral


def test_one_seed_has_a_dot_without_an_interval():
    [mark] = interval_track([Interval(1.0, math.nan, math.nan)]).marks
    assert (mark.low, mark.high, mark.cut) == (None, None, False)


def test_a_huge_interval_is_cut():
    narrow, wide = interval_track([Interval(1.0, 0.9, 1.1), Interval(1.0, -90.0, 92.0)]).marks
    assert wide.cut
    assert not narrow.cut
    assert narrow.high - narrow.low > 2


def test_nothing_known_is_nothing_drawn():
    assert interval_track([UNKNOWN]) is None
    assert interval_track([]) is None
