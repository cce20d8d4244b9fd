"""The learning curves of one data set: the chart in two sizes, its legend, and the numbers it shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.comparison.comparison import Comparison
from utils.comparison.evaluated import BY_CROSS_VALIDATION, ON_TEST
from utils.curve import Curve
from utils.measure import Measure
from utils.report.identity import Identity
from utils.report.line_chart import Frame, Line, LineChart, line_chart, shortened, thinned
from utils.report.wording import capitalised, listed, mean_of, number

_WIDE, _NARROW = (860, 460), (360, 340)
_MOST_REFERENCES, _LONGEST_NAME = 2, 30
_SHORT_OF = {ON_TEST: ON_TEST, BY_CROSS_VALIDATION: "by cross-validation"}
"""What the narrow chart has room for."""


@dataclass(frozen=True)
class Entry:
    """A line of the legend: whose it is and what it came to."""

    identity: Identity
    last: str
    where: str


@dataclass(frozen=True)
class LearningCurves:
    """The main picture.

    Attributes:
        charts: wide and narrow; empty where there is no curve.
        legend: best first.
        data: what the script reads values off: labels, names, means and half-widths.
        head: names of the columns of the table of values.
        rows: labels, then `mean ± half-width` of each curve.
        full_data: the results on all labels in words; "" without any.
        thinned: whether the table leaves out rounds.
    """

    charts: list[LineChart]
    legend: list[Entry]
    data: dict[str, Any]
    head: list[str]
    rows: list[list[str]]
    full_data: str
    thinned: bool


def learning_curves(comparison: Comparison, known: Mapping[str, Identity]) -> LearningCurves:
    """Ranks the curves by their last mean and lays them out."""
    measure = comparison.measure
    curves = sorted(comparison.curves, key=lambda curve: (-measure.sign * float(curve.mean()[-1]), curve.name))
    lines = [_line(curve, known[curve.name]) for curve in curves]
    full, pool = _full_data(comparison), _common_pool(curves)
    charts = [
        chart
        for width, height in (_WIDE, _NARROW)
        if (chart := line_chart(lines, _frame(width, height, comparison, full, pool, curves))) is not None
    ]
    labels = np.unique(np.concatenate([line.x for line in lines])) if lines else np.array([])
    kept = labels[thinned(len(labels))] if len(labels) else labels
    longest = max((curve.labels[-1] for curve in curves), default=0)
    legend = [
        Entry(
            line.identity,
            measure.shown(float(curve.mean()[-1])),
            "" if curve.labels[-1] == longest else f"at {curve.labels[-1]:,.0f}",
        )
        for line, curve in zip(lines, curves, strict=True)
    ]
    shown = [_at(line, kept) for line in lines]
    digits = digits_of(measure, [value for means, _ in shown for value in means])
    rows = [
        [number(label), *(_cell(means[place], halves[place], digits) for means, halves in shown)]
        for place, label in enumerate(kept.tolist())
    ]
    unit = " %" if measure.is_share else ""
    return LearningCurves(
        charts,
        legend,
        chart_data(lines, kept, digits, unit, pool),
        ["labels", *(curve.name for curve in curves)],
        rows,
        listed([f"{measure.shown(value)}{f' ({name})' if name else ''}" for value, name in full]),
        len(kept) < len(labels),
    )


def chart_data(lines: Sequence[Line], labels: NDArray[np.float64], digits: int, unit: str, pool: int | None) -> dict[str, Any]:
    """What the script of the page needs to read values off a chart of `lines` at `labels`; plain JSON values."""
    series = []
    for line in lines:
        means, halves = _at(line, labels)
        series.append({"id": line.identity.number, "y": _plain(means, digits), "h": _plain(halves, digits)})
    return {"x": labels.tolist(), "series": series, "digits": digits, "unit": unit, "pool": pool}


def digits_of(measure: Measure, values: Sequence[float]) -> int:
    """Digits after the point that scaled values of `measure` are shown with."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if measure.is_share or largest == 0:
        return 1
    return max(0, 2 - math.floor(math.log10(largest)))


def _line(curve: Curve, identity: Identity) -> Line:
    scale = curve.measure.scale
    return Line(identity, curve.labels, scale * curve.mean(), scale * curve.half_width())


def _full_data(comparison: Comparison) -> list[tuple[float, str]]:
    """The results on all labels that curves are measured against, each with the variants it is of where there are several."""
    found: dict[float, list[str]] = {}
    for curve in comparison.curves:
        full = comparison.full_data_of(curve)
        if full is not None and curve.variant not in found.setdefault(full, []):
            found[full].append(curve.variant)
    if len(found) < 2:
        return [(full, "") for full in found]
    return [(full, " and ".join(variant or "no variant" for variant in variants)) for full, variants in found.items()]


def _frame(
    width: int,
    height: int,
    comparison: Comparison,
    full: Sequence[tuple[float, str]],
    pool: int | None,
    curves: Sequence[Curve],
) -> Frame:
    measure = comparison.measure
    wide, whole = width == _WIDE[0], f"all {pool:,} labels" if pool else "all labels"
    drawn = full if len(full) <= _MOST_REFERENCES else ()
    names = ", ".join(f"{curve.name} {measure.shown(float(curve.mean()[-1]))}" for curve in curves)
    title = f"{capitalised(mean_of(measure.label))} {comparison.judged} over the number of labels, with 95 % bands"
    how = comparison.judged if wide else _SHORT_OF.get(comparison.judged, "")
    return Frame(
        width,
        height,
        f"{title}. At the end: {names}",
        "labels" + (" and share of the pool" if pool and wide else ""),
        f"{measure.axis} {how}".rstrip(),
        pool,
        tuple(
            (measure.scale * value, f"{whole if not name else shortened(name, _LONGEST_NAME)}: {measure.shown(value)}")
            for value, name in drawn
        ),
        names_at_ends=wide,
        most=100.0 if measure.is_share else math.nan,
        least=0.0 if measure.is_share else math.nan,
    )


def _common_pool(curves: Sequence[Curve]) -> int | None:
    pools = {curve.pool for curve in curves}
    return pools.pop() if len(pools) == 1 else None


def _at(line: Line, labels: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """Mean and half-width where the line is drawn at `labels`; NaN beyond its ends."""
    means = np.interp(labels, line.x, line.y, left=np.nan, right=np.nan)
    return means.tolist(), np.interp(labels, line.x, line.half_width, left=np.nan, right=np.nan).tolist()


def _plain(values: Sequence[float], digits: int) -> list[float | None]:
    return [round(value, digits) if math.isfinite(value) else None for value in values]


def _cell(mean: float, half: float, digits: int) -> str:
    return number(mean, digits) + (f" ± {number(half, digits)}" if math.isfinite(half) else "")
