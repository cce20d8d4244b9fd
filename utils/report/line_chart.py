"""A chart of lines over labels, as coordinates: the template draws it, and the script of the page reads values off it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from utils.report.axis import Axis, Tick
from utils.report.identity import Identity

MOST_POINTS = 200
"""Points of a line at most; a longer one is thinned evenly, its ends are kept."""
_LABEL_HEIGHT, _LABEL_SHIFT = 15.5, 40.0
_CHARACTER_WIDTH = 7.3
_LONGEST_LABEL = 22


@dataclass(frozen=True)
class Line:
    """What is drawn of one curve.

    Attributes:
        identity: whose it is.
        x: (n,) ascending.
        y: (n,) in the units of the axis.
        half_width: (n,) of the band around it; NaN where there is none.
    """

    identity: Identity
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    half_width: NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """How large a chart is and what its axes say.

    Attributes:
        width: pixels.
        height: pixels.
        title: what is seen, for screen readers.
        x_title: under the horizontal axis.
        y_title: over the vertical one.
        whole_of: labels that count as 100 % under the ticks; None for no second line.
        references: values to draw across, such as those of the full data, each with what stands at it.
        names_at_ends: whether lines bear their names where there is room.
        least: what the vertical axis never goes below; NaN where it may.
        most: what it never goes above; NaN where it may.
        from_zero: whether the vertical axis begins at 0.
        counts: whether the horizontal axis has ticks at whole numbers alone.
    """

    width: float
    height: float
    title: str
    x_title: str = "labels"
    y_title: str = ""
    whole_of: float | None = None
    references: tuple[tuple[float, str], ...] = ()
    names_at_ends: bool = False
    least: float = math.nan
    most: float = math.nan
    from_zero: bool = False
    counts: bool = True


@dataclass(frozen=True)
class Path:
    """One line, drawn."""

    identity: Identity
    line: str
    band: str
    end: tuple[float, float]


@dataclass(frozen=True)
class EndLabel:
    """A name near the end of a line, which lies at the height `end`."""

    identity: Identity
    text: str
    x: float
    y: float
    end: float


@dataclass(frozen=True)
class Reference:
    """A line across the chart at the height `at`, with its text at `text_at`."""

    at: float
    text_at: float
    text: str


@dataclass(frozen=True)
class LineChart:
    """Everything that the template needs, in pixels.

    Attributes:
        frame: what it was made of.
        x: horizontal axis.
        y: vertical one.
        x_ticks: on it.
        y_ticks: on it.
        paths: worst first, so that the best lies on top.
        labels: names at the ends.
        references: lines across, the highest first.
    """

    frame: Frame
    x: Axis
    y: Axis
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    paths: list[Path]
    labels: list[EndLabel] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)


def line_chart(lines: Sequence[Line], frame: Frame) -> LineChart | None:
    """Draws `lines`, the best first; None where no line has a value."""
    lines = [line for line in lines if np.isfinite(line.y).any()]
    if not lines:
        return None
    longest = max(len(line.identity.name) for line in lines)
    room = 26 + _CHARACTER_WIDTH * min(longest, _LONGEST_LABEL) if frame.names_at_ends else 12
    bottom = frame.height - (24 + (16 if frame.x_title else 0) + (14 if frame.whole_of else 0))
    low, high = _limits(lines, frame)
    top = 30 if frame.y_title else 8
    y = Axis(low, high, bottom, top)
    y_ticks = y.ticks(max(2, int((bottom - top) / 48)))
    left = 14 + 7 * max((len(tick.text) for tick in y_ticks), default=1)
    first, last = float(min(line.x[0] for line in lines)), float(max(line.x[-1] for line in lines))
    margin = 0.015 * (last - first) or max(1.0, 0.1 * abs(first))
    x = Axis(first - margin, last + margin, left, frame.width - room)
    most = max(2, int((x.end - x.start) / 85))
    return LineChart(
        frame,
        x,
        y,
        x.ticks(most, whole=frame.counts, whole_of=frame.whole_of),
        y_ticks,
        [_path(line, x, y) for line in reversed(lines)],
        _end_labels(lines, x, y) if frame.names_at_ends else [],
        _references(frame, y),
    )


def thinned(count: int, most: int = MOST_POINTS) -> NDArray[np.int64]:
    """At most `most` of the places 0 … count − 1, evenly spread, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _limits(lines: Sequence[Line], frame: Frame) -> tuple[float, float]:
    """Ends of the vertical axis: by the lines, so that the wide band of two seeds cannot flatten them."""
    y = np.concatenate([line.y for line in lines])
    spread = float(np.nanmax(y) - np.nanmin(y))
    widths = np.minimum(np.nan_to_num(np.concatenate([line.half_width for line in lines])), 0.25 * spread)
    references = [value for value, _ in frame.references]
    low = 0.0 if frame.from_zero else float(np.nanmin(np.append(y - widths, references)))
    high = float(np.nanmax(np.append(y + widths, references)))
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    low, high = low if frame.from_zero else low - room, high + room
    return max(low, frame.least) if frame.least < high else low, min(high, frame.most) if frame.most > low else high


def _references(frame: Frame, y: Axis) -> list[Reference]:
    """Texts lie towards the middle of the chart; of several lines that of the highest lies above it, the others' below."""
    found = sorted((y.at(y.inside(value)), text) for value, text in frame.references)
    if len(found) == 1:
        [(at, text)] = found
        return [Reference(at, at + (15 if at < (y.start + y.end) / 2 else -7), text)]
    return [Reference(at, at + (15 if place else -7), text) for place, (at, text) in enumerate(found)]


def _path(line: Line, x: Axis, y: Axis) -> Path:
    kept = thinned(len(line.x))
    at = [
        (x.at(value), line.y[place], line.half_width[place]) for place, value in zip(kept, line.x[kept].tolist(), strict=True)
    ]
    known = [(place, float(value)) for place, value, _ in at if math.isfinite(value)]
    banded = [(place, float(value), float(half)) for place, value, half in at if math.isfinite(value + half)]
    upper = [(place, y.at(y.inside(value + half))) for place, value, half in banded]
    lower = [(place, y.at(y.inside(value - half))) for place, value, half in reversed(banded)]
    points = [(place, y.at(y.inside(value))) for place, value in known]
    band = f"M{_points([*upper, *lower])}Z" if len(banded) > 1 else ""
    return Path(line.identity, f"M{_points(points)}", band, points[-1])


def _points(points: Sequence[tuple[float, float]]) -> str:
    return "L".join(f"{x:g} {y:g}" for x, y in points)


def _end_labels(lines: Sequence[Line], x: Axis, y: Axis) -> list[EndLabel]:
    """Names of the lines that reach the edge, moved apart as little as that takes; the worst go unnamed where it is crowded."""
    edge = float(max(line.x[-1] for line in lines))
    named = [line for line in lines if math.isfinite(line.y[-1]) and line.x[-1] >= edge - 0.02 * (x.high - x.low)]
    while named:
        ordered = sorted((y.at(y.inside(float(line.y[-1]))), rank) for rank, line in enumerate(named))
        ends = np.array([end for end, _ in ordered])
        steps = _LABEL_HEIGHT * np.arange(len(ends))
        places = isotonic_regression(ends - steps).x + steps
        if np.abs(places - ends).max() <= _LABEL_SHIFT:
            return [
                EndLabel(
                    named[rank].identity, shortened(named[rank].identity.name), x.at(float(edge)) + 20, round(place, 1), end
                )
                for (end, rank), place in zip(ordered, places.tolist(), strict=True)
            ]
        named.pop()
    return []


def shortened(name: str, longest: int = _LONGEST_LABEL) -> str:
    """`name`, its middle left out where it is longer than `longest`."""
    if len(name) <= longest:
        return name
    kept = longest - 1
    return f"{name[: kept - kept // 2]}…{name[-(kept // 2) :]}"
