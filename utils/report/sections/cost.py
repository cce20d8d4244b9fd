"""Labels against compute: what a strategy costs in seconds, beside what it brings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from utils.comparison.comparison import Comparison
from utils.report.dot_chart import Dot, DotChart, dot_chart
from utils.report.identity import Identity
from utils.report.interval_track import Interval
from utils.report.run_files import Table, number_in, read_tables
from utils.report.wording import UNKNOWN, seconds
from utils.saved_run import SavedRun

_COLUMNS = ("round", "select", "label", "train", "evaluate", "other")
_SIZES = ((860, 400), (360, 320))


@dataclass(frozen=True)
class CostRow:
    """Mean seconds of a strategy, as text."""

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
        charts: area under the curve over total seconds, wide and narrow; empty where no run knows its seconds.
        notes: what is not known.
    """

    rows: list[CostRow]
    charts: list[DotChart]
    notes: list[str]


@dataclass(frozen=True)
class _Spent:
    """Seconds of one run: a round's query, a picked sample's, training, all."""

    query: float
    pick: float
    training: float
    total: float


def cost(comparison: Comparison, known: Mapping[str, Identity]) -> Cost:
    """Reads timing.csv of every run."""
    tables, notes = read_tables(comparison.groups, "timing.csv", _COLUMNS)
    found = []
    for group, own in zip(comparison.groups, tables, strict=True):
        spent = [_spent(run, table) for run, table in zip(group, own, strict=True) if table is not None and len(table)]
        areas = _interval([run.mean_over_labels() for run in group])
        found.append((known[group[0].name], spent, areas))
    found.sort(key=lambda item: (_mean([spent.total for spent in item[1]], last=True), item[0].name))
    measure = comparison.measure
    rows = [
        CostRow(
            identity,
            seconds(_mean([run.query for run in spent])),
            seconds(_mean([run.pick for run in spent])),
            seconds(_mean([run.training for run in spent])),
            seconds(_mean([run.total for run in spent])),
            measure.shown(areas.value) if math.isfinite(areas.value) else UNKNOWN,
        )
        for identity, spent, areas in found
    ]
    dots = [
        Dot(identity, _interval([run.total for run in spent]), areas)
        for identity, spent, areas in found
        if spent and math.isfinite(areas.value)
    ]
    charts = [dot_chart(dots, width, height, measure) for width, height in _SIZES] if dots else []
    return Cost(rows, charts, notes)


def _spent(run: SavedRun, table: Table) -> _Spent:
    queries = table[table["round"] > 0]
    bought = {number_in(row, "round"): number_in(row, "num_new_labeled") for row in run.rows}
    picks = sum(bought.get(number, math.nan) for number in queries["round"])
    spent = float(queries["select"].sum())
    total = float(table[[column for column in _COLUMNS if column != "round"]].sum().sum())
    query = spent / len(queries) if len(queries) else math.nan
    return _Spent(query, spent / picks if picks > 0 else math.nan, float(table["train"].sum()), total)


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
