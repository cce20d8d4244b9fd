"""One dot a strategy, with intervals both ways: what it brings over what it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from utils.measure import Measure
from utils.report.axis import Axis, Tick
from utils.report.identity import Identity
from utils.report.interval_track import Interval
from utils.report.line_chart import shortened
from utils.report.wording import capitalised, mean_of, seconds

_CHARACTER_WIDTH, _TEXT_HEIGHT = 7.6, 14.0
_ASIDE, _UP, _DOWN = 9.0, -9.0, 18.0


@dataclass(frozen=True)
class Dot:
    """A strategy: its seconds and its mean over the budget."""

    identity: Identity
    x: Interval
    y: Interval


@dataclass(frozen=True)
class DrawnDot:
    """A dot in pixels: its place, the ends of its two intervals, and its name, "" where there is no room."""

    identity: Identity
    x: float
    y: float
    across: tuple[float, float]
    upright: tuple[float, float]
    text: str
    anchor: str = "start"
    text_at: tuple[float, float] = (0.0, 0.0)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Where the name lies: left, right, top, bottom."""
        width = _CHARACTER_WIDTH * len(self.text)
        left = self.text_at[0] - (width if self.anchor == "end" else 0.0)
        return left, left + width, self.text_at[1] - _TEXT_HEIGHT, self.text_at[1]


@dataclass(frozen=True)
class DotChart:
    """Everything that the template needs, in pixels."""

    width: float
    height: float
    title: str
    y_title: str
    x: Axis
    y: Axis
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    dots: list[DrawnDot]


def dot_chart(dots: Sequence[Dot], width: float, height: float, measure: Measure) -> DotChart:
    """Lays out `dots`, at least one, by seconds and by the mean of `measure`."""
    y_low, y_high = _limits([dot.y for dot in dots], measure.scale)
    x_low, x_high = _limits([dot.x for dot in dots], 1.0)
    x_low = max(0.0, x_low)
    y = Axis(y_low, y_high, height - 40, 26)
    y_ticks = y.ticks(max(2, int(height / 90)))
    left = 14 + 7 * max((len(tick.text) for tick in y_ticks), default=1)
    x = Axis(x_low, x_high, left, width - 14)
    x_ticks = x.ticks(max(2, int(width / 120)))
    texts = ", ".join(f"{dot.identity.name} {seconds(dot.x.value)} and {measure.shown(dot.y.value)}" for dot in dots)
    title = f"{capitalised(mean_of(measure.label))} over the budget against seconds of a run: {texts}"
    drawn: list[DrawnDot] = []
    for dot in dots:
        drawn.append(_drawn(dot, x, y, measure.scale, drawn))
    return DotChart(width, height, title, mean_of(measure.axis), x, y, x_ticks, y_ticks, drawn)


def _drawn(dot: Dot, x: Axis, y: Axis, scale: float, others: Sequence[DrawnDot]) -> DrawnDot:
    place, height = x.at(dot.x.value), y.at(scale * dot.y.value)
    ends = _ends(dot.x, x, 1.0, place), _ends(dot.y, y, scale, height)
    sides = [("start", place + _ASIDE), ("end", place - _ASIDE)]
    for anchor, aside in sides if place < (x.start + x.end) / 2 else reversed(sides):
        for shift in (_UP, _DOWN):
            named = DrawnDot(
                dot.identity, place, height, *ends, shortened(dot.identity.name), anchor, (aside, round(height + shift, 1))
            )
            left, right, _, bottom = named.box
            fits = x.start <= left and right <= x.end and bottom <= y.start
            if fits and not any(_overlap(named.box, other.box) for other in others if other.text):
                return named
    return DrawnDot(dot.identity, place, height, *ends, "")


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def _ends(interval: Interval, axis: Axis, scale: float, otherwise: float) -> tuple[float, float]:
    if not math.isfinite(interval.low + interval.high):
        return otherwise, otherwise
    return axis.at(axis.inside(scale * interval.low)), axis.at(axis.inside(scale * interval.high))


def _limits(intervals: Sequence[Interval], scale: float) -> tuple[float, float]:
    """Over the values and, as far as they do not flatten these, the intervals."""
    values = [scale * interval.value for interval in intervals]
    spread = max(values) - min(values) or 0.1 * abs(values[0]) or 1.0
    ends = [scale * end for interval in intervals for end in (interval.low, interval.high) if math.isfinite(end)]
    low, high = min([*values, *ends]), max([*values, *ends])
    low, high = max(low, min(values) - 0.6 * spread), min(high, max(values) + 0.6 * spread)
    room = 0.1 * (high - low) or spread
    return low - room, high + room
