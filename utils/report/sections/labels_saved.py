"""How many labels each strategy needs to come near the result of all labels, beside random selection."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from utils.comparison.comparison import Comparison
from utils.comparison.savings import Savings
from utils.report.identity import Identity
from utils.report.interval_track import Interval, IntervalTrack, interval_track
from utils.report.wording import UNKNOWN, counted, number, p_value


@dataclass(frozen=True)
class SavingsRow:
    """A strategy at one goal."""

    identity: Identity
    labels: str
    reached: str
    saved: str
    ratio: str
    p: str
    p_holm: str
    shown: bool


@dataclass(frozen=True)
class Goal:
    """All strategies at one goal.

    Attributes:
        share: of the full-data result, as `95 %`.
        level: the value of the measure that it stands for.
        rows: fewest labels first.
        track: the ratios drawn; None where no strategy has one.
        note: why no strategy has a ratio; "" where one has.
        reached: whether half of the seeds of some strategy got there.
    """

    share: str
    level: str
    rows: list[SavingsRow]
    track: IntervalTrack | None
    note: str
    reached: bool


def labels_saved(comparison: Comparison, known: Mapping[str, Identity]) -> list[Goal]:
    """One table a goal; none without a full-data line."""
    savings = comparison.savings()
    found = []
    for goal in sorted({saving.goal for saving in savings}):
        here = sorted((saving for saving in savings if saving.goal == goal), key=lambda saving: (_order(saving), saving.curve))
        track = interval_track([Interval(saving.ratio, saving.low, saving.high) for saving in here], ratios=True)
        rows = [_row(saving, known[saving.curve]) for saving in here]
        levels = {comparison.measure.shown(saving.level) for saving in here}
        level = levels.pop() if len(levels) == 1 else "of its own for each variant"
        reached = any(math.isfinite(median_labels(saving)) for saving in here)
        found.append(Goal(comparison.measure.goal(goal), level, rows, track, "" if track else _no_ratio(here), reached))
    return found


def _no_ratio(here: Sequence[Savings]) -> str:
    baseline = next((saving.baseline for saving in here if saving.baseline), None)
    if baseline is None:
        return "There is no random selection to take a ratio to."
    reached = sum(math.isfinite(labels) for labels in baseline.values())
    seeds = counted(len(baseline), "seed")
    return f"No ratio: random selection got there in {reached} of {seeds}, within the labels that it bought."


def _order(saving: Savings) -> tuple[float, ...]:
    """Fewest labels first; what not all seeds reached comes last."""
    median, ratio = (value if math.isfinite(value) else math.inf for value in (median_labels(saving), saving.ratio))
    return (len(saving.labels) - saving.reached, median, ratio)


def median_labels(saving: Savings) -> float:
    """Over the seeds, those that never reached the goal counting as more than any; NaN where the median is such a one."""
    labels = np.array([math.inf if math.isnan(value) else value for value in saving.labels.values()])
    median = float(np.sort(labels)[len(labels) // 2]) if len(labels) else math.inf
    if len(labels) % 2 == 0 and math.isfinite(median):
        median = float(np.median(labels))
    return median if math.isfinite(median) else math.nan


def _row(saving: Savings, identity: Identity) -> SavingsRow:
    return SavingsRow(
        identity,
        number(median_labels(saving)),
        f"{saving.reached} of {len(saving.labels)}",
        _saved(saving),
        _ratio(saving),
        p_value(saving.p),
        p_value(saving.p_holm),
        saving.p_holm < 0.05,
    )


def _saved(saving: Savings) -> str:
    if math.isnan(saving.ratio):
        return UNKNOWN
    change = round(100 * (saving.ratio - 1))
    return f"{abs(change)} % {'fewer' if change < 0 else 'more'}" if change else "as many"


def _ratio(saving: Savings) -> str:
    if math.isnan(saving.ratio):
        return UNKNOWN
    interval = f" ({saving.low:.2f} to {saving.high:.2f})" if math.isfinite(saving.low + saving.high) else ""
    return f"{saving.ratio:.2f}{interval}"
