"""Labels against compute: what a strategy costs in seconds, beside what it brings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from utils.comparison.comparison import Comparison
from utils.comparison.pairing import Span, areas
from utils.report.dot_chart import Dot, DotChart, dot_chart
from utils.report.identity import Identity
from utils.report.interval_track import Interval
from utils.report.run_files import Table, read_tables
from utils.report.wording import UNKNOWN, mean_of, number, seconds
from utils.saved_run import SavedRun

_COLUMNS = ("round", "select", "label", "train", "evaluate", "other")
_SIZES = ((860, 400), (360, 320))


@dataclass(frozen=True)
class CostRow:
    """Mean seconds of a strategy and its mean over the budget, as text."""

    identity: Identity
    query: str
    pick: str
    training: str
    total: str
    area: str


@dataclass(frozen=True)
class Cost:
    """What the seconds were spent on.

    Attributes:
        rows: cheapest first.
        charts: mean over the budget against total seconds, wide and narrow; empty where no curve has both.
        mean: what the mean over the budget is called.
        span: the labels that all curves have in common, which the mean is over, in words; "" where there are none.
        notes: what is not known.
    """

    rows: list[CostRow]
    charts: list[DotChart]
    mean: str
    span: str
    notes: list[str]


@dataclass(frozen=True)
class _Spent:
    """Seconds of one run: a round's query, training, all."""

    query: float
    training: float
    total: float


def cost(comparison: Comparison, known: Mapping[str, Identity]) -> Cost:
    """Reads timing.csv of every run."""
    tables, notes = read_tables(comparison.groups, "timing.csv", _COLUMNS)
    picks, found = comparison.seconds_per_query(), []
    span = comparison.common_span()
    if math.isnan(span[0]) and comparison.groups:
        notes.append("The runs have no stretch of labels in common, so there is no mean over it to compare them by.")
    for group, own in zip(comparison.groups, tables, strict=True):
        spent = [_spent(table) for table in own if table is not None and len(table)]
        found.append((known[group[0].name], spent, _interval(_means_over(group, span))))
    found.sort(key=lambda item: (_mean([spent.total for spent in item[1]], last=True), item[0].name))
    measure = comparison.measure
    rows = [
        CostRow(
            identity,
            seconds(_mean([run.query for run in spent])),
            seconds(picks[identity.name]),
            seconds(_mean([run.training for run in spent])),
            seconds(_mean([run.total for run in spent])),
            measure.shown(mean.value) if math.isfinite(mean.value) else UNKNOWN,
        )
        for identity, spent, mean in found
    ]
    placed = [Dot(identity, _interval([run.total for run in spent]), mean) for identity, spent, mean in found]
    dots = [dot for dot in placed if math.isfinite(dot.x.value + dot.y.value)]
    charts = [dot_chart(dots, width, height, measure) for width, height in _SIZES] if dots else []
    common = "" if math.isnan(span[0]) else f"{number(span[0])} to {number(span[1])}"
    return Cost(rows, charts, mean_of(measure.label), common, notes)


def _means_over(group: Sequence[SavedRun], span: Span) -> list[float]:
    """Of the runs whose curves get from one end of the span to the other, as `Comparison.mean_over` takes them."""
    there = [run for run in group if run.labels[0] <= span[0] < span[1] <= run.labels[-1]]
    return [run.measure.sign * mean for run, mean in zip(there, areas(there, span).tolist(), strict=True)]


def _spent(table: Table) -> _Spent:
    queries = table[table["round"] > 0]
    columns = [column for column in _COLUMNS if column != "round"]
    # Sums of a damaged file can overflow: they are not finite then, and shown as unknown.
    with np.errstate(over="ignore"):
        query = float(queries["select"].mean()) if len(queries) else math.nan
        return _Spent(query, float(table["train"].sum()), float(table[columns].sum().sum()))


def _mean(values: Sequence[float], *, last: bool = False) -> float:
    """Of those that are known; NaN without one, or infinity where it shall be sorted `last`."""
    known = [value for value in values if math.isfinite(value)]
    return float(np.mean(known)) if known else math.inf if last else math.nan


def _interval(values: Sequence[float]) -> Interval:
    """Mean and 95 % confidence interval by the t distribution."""
    from scipy.stats import t

    known = np.array([value for value in values if math.isfinite(value)])
    if not len(known):
        return Interval(math.nan, math.nan, math.nan)
    mean = float(known.mean())
    if len(known) < 2 or np.ptp(known) == 0:
        return Interval(mean, math.nan, math.nan)
    low, high = t.interval(0.95, len(known) - 1, loc=mean, scale=known.std(ddof=1) / math.sqrt(len(known)))
    return Interval(mean, float(low), float(high))
