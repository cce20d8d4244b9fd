"""Dots with intervals on one common axis, one row of a table each: what is called a forest plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from utils.report.axis import Axis, Tick

WIDTH = 190
_EDGE = 14
_WIDEST_RATIO = 16.0


@dataclass(frozen=True)
class Interval:
    """A value and its 95 % confidence interval; NaN where unknown."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Mark:
    """An interval in pixels; None where there is none.

    Attributes:
        dot: where the value lies.
        low: where the interval begins.
        high: where it ends.
        cut: whether it goes on beyond the axis.
    """

    dot: float
    low: float | None
    high: float | None
    cut: bool


@dataclass(frozen=True)
class IntervalTrack:
    """The axis that all rows share, with its marks.

    Attributes:
        width: of every row, pixels.
        ticks: on the axis.
        neutral: where no difference lies.
        marks: one a row; None where nothing is known.
    """

    width: int
    ticks: list[Tick]
    neutral: float
    marks: list[Mark | None]


def interval_track(intervals: Sequence[Interval], scale: float = 1.0, *, ratios: bool = False) -> IntervalTrack | None:
    """Lays out `intervals`; None where none has a value.

    Args:
        intervals: one a row.
        scale: what values are multiplied by.
        ratios: whether they are ratios, drawn on a logarithmic axis around 1, else differences around 0.
    """
    values = [interval.value for interval in intervals if math.isfinite(interval.value)]
    if not values:
        return None
    axis = _ratio_axis(intervals, values) if ratios else _difference_axis(intervals, values, scale)
    neutral = axis.at(1.0 if ratios else 0.0)
    return IntervalTrack(
        WIDTH, axis.ticks(4), neutral, [_mark(interval, axis, 1.0 if ratios else scale) for interval in intervals]
    )


def _difference_axis(intervals: Sequence[Interval], values: Sequence[float], scale: float) -> Axis:
    """Reaches over the intervals, but never more than four times as far as the values: two seeds would flatten the rest."""
    farthest = 4 * max(map(abs, values))
    ends = [end for interval in intervals for end in (interval.low, interval.high) if math.isfinite(end)]
    kept = [min(max(end, -farthest), farthest) for end in ends]
    low, high = scale * min(0.0, *values, *kept), scale * max(0.0, *values, *kept)
    room = 0.06 * (high - low) or 1.0
    return Axis(low - room, high + room, _EDGE, WIDTH - _EDGE)


def _ratio_axis(intervals: Sequence[Interval], values: Sequence[float]) -> Axis:
    ends = [end for interval in intervals for end in (interval.low, interval.high) if math.isfinite(end) and end > 0]
    low = max(min(0.9, *values, *ends), 1 / _WIDEST_RATIO)
    high = min(max(1.1, *values, *ends), _WIDEST_RATIO)
    low, high = min(low, *values, 0.5), max(high, *values)
    return Axis(0.95 * low, 1.05 * high, _EDGE, WIDTH - _EDGE, logarithmic=True)


def _mark(interval: Interval, axis: Axis, scale: float) -> Mark | None:
    if not math.isfinite(interval.value):
        return None
    dot = axis.at(axis.inside(scale * interval.value))
    if not math.isfinite(interval.low + interval.high):
        return Mark(dot, None, None, cut=False)
    low, high = scale * interval.low, scale * interval.high
    cut = low < axis.low or high > axis.high
    return Mark(dot, axis.at(axis.inside(low)), axis.at(axis.inside(high)), cut)
