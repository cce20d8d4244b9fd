"""What the labels cost: hours of annotators to come as far, and, of people, their pace and how far they agree.

A campaign is planned with it: strategies are run on labels that simulated annotators give at their price, and the one is taken
that needs the fewest hours, not the fewest labels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Any

from utils.annotation.agreement import Agreement
from utils.annotation.annotation import Annotation
from utils.annotation.cost import Cost
from utils.annotation.cost_by_annotator import CostByAnnotator
from utils.annotation.cost_curve import CostCurve
from utils.annotation.cost_of_run import CostOfRun
from utils.comparison.comparison import Comparison
from utils.comparison.limits import BASELINE
from utils.comparison.savings import Savings
from utils.measure import Measure
from utils.report.identity import Identity
from utils.report.line_chart import LineChart
from utils.report.sections.labelling_chart import LabellingChart
from utils.report.sections.labels_saved import median_labels
from utils.report.sections.learning_curves import Entry
from utils.report.wording import UNKNOWN, listed, number, seconds
from utils.saved_run import SavedRun

_MOST_PEOPLE = 50
_MOST_NAMED = 3


@dataclass(frozen=True)
class GoalCell:
    """Time and labels to a goal, and how many seeds got there; "" for labels where the time is unknown, for seeds if all."""

    time: str
    labels: str
    reached: str


@dataclass(frozen=True)
class LabellingRow:
    """A strategy: what it takes to the goals, what all its labels cost, and what its annotators' answers are like."""

    identity: Identity
    goals: list[GoalCell]
    total: str
    labels: str
    each: str
    result: str
    answers: list[str]


@dataclass(frozen=True)
class Labelling:
    """The section.

    Attributes:
        lead: what the table comes to in a sentence; "" where no goal was reached.
        charts: the measure over time, wide and narrow; empty where nobody measured the time.
        legend: best first.
        data: what the script reads values off.
        goals: what each column of `LabellingRow.goals` stands for.
        rows: quickest to the goals first.
        people: annotators with answers, median, share of unusable ones, agreement and the samples that it is of.
        notes: what is not known.
    """

    lead: str
    charts: list[LineChart]
    legend: list[Entry]
    data: dict[str, Any]
    goals: list[str]
    rows: list[LabellingRow]
    people: list[tuple[str, list[str]]]
    notes: list[str]


@dataclass(frozen=True)
class _Paid:
    """What the runs of one curve cost, those of them that tell it."""

    name: str
    runs: list[SavedRun]
    curves: dict[int, CostCurve]
    """By seed."""
    costs: list[Cost]


def labelling(comparison: Comparison, known: Mapping[str, Identity]) -> Labelling | None:
    """Reads al_stats and labels.csv of every run; None where neither tells of any cost."""
    found = [[CostOfRun.of(run) for run in group] for group in comparison.groups]
    paid = [_paid(group, costs) for group, costs in zip(comparison.groups, found, strict=True)]
    if not any(one.curves or one.costs for one in paid):
        return None
    timed = [_timed(saving, one) for one in paid for saving in comparison.savings() if saving.curve == one.name]
    shares = sorted({saving.goal for saving in timed if any(map(math.isfinite, saving.labels.values()))})
    order = {one.name: _order(one.name, timed, shares) for one in paid}
    rows = [_row(one, known, comparison, timed, shares) for one in sorted(paid, key=lambda one: (order[one.name], one.name))]
    chart = LabellingChart.of({known[one.name]: list(one.curves.values()) for one in paid}, comparison.measure)
    return Labelling(
        _lead(comparison.measure, timed),
        chart.charts(),
        chart.legend(),
        chart.data(),
        [comparison.measure.goal(share) for share in shares],
        rows,
        _people([cost for one in paid for cost in one.costs]),
        _notes(comparison, found),
    )


def _paid(group: Sequence[SavedRun], costs: Sequence[CostOfRun]) -> _Paid:
    pairs = list(zip(group, costs, strict=True))
    curves = {run.seed: one.curve for run, one in pairs if one.curve is not None and len(one.curve.labels)}
    said = [one.cost for _, one in pairs if one.cost is not None and one.cost.answers.all]
    return _Paid(group[0].name, list(group), curves, said)


def _timed(saving: Savings, paid: _Paid) -> Savings:
    """The same with seconds in the place of labels; NaN where the time is unknown."""
    return replace(saving, labels={seed: _seconds_at(labels, paid.curves.get(seed)) for seed, labels in saving.labels.items()})


def _seconds_at(labels: float, curve: CostCurve | None) -> float:
    """What the labels of the first round with as many of them cost."""
    if curve is None or labels not in curve.labels:
        return math.nan
    return float(curve.seconds[(curve.labels == labels).argmax()])


def _order(name: str, timed: Sequence[Savings], shares: Sequence[float]) -> list[float]:
    """Quickest to the highest goal first."""
    times = {saving.goal: median_labels(saving) for saving in timed if saving.curve == name}
    found = [times.get(share, math.nan) for share in reversed(shares)]
    return [time if math.isfinite(time) else math.inf for time in found]


def _row(
    paid: _Paid, known: Mapping[str, Identity], comparison: Comparison, timed: Sequence[Savings], shares: Sequence[float]
) -> LabellingRow:
    labels = {saving.goal: saving for saving in comparison.savings() if saving.curve == paid.name}
    times = {saving.goal: saving for saving in timed if saving.curve == paid.name}
    cells = [_cell(times[share], labels[share]) if share in times else GoalCell(UNKNOWN, "", "") for share in shares]
    ends = list(paid.curves.values())
    results = _mean([float(curve.results[-1]) for curve in ends])
    return LabellingRow(
        known[paid.name],
        cells,
        seconds(_mean([float(curve.seconds[-1]) for curve in ends])),
        number(_mean([float(curve.labels[-1]) for curve in ends])),
        seconds(_mean([curve.per_label for curve in ends])),
        comparison.measure.shown(results),
        _answers(paid.costs),
    )


def _cell(time: Savings, labels: Savings) -> GoalCell:
    middle, seeds = median_labels(time), len(time.labels)
    some = f"{time.reached} of {seeds} seeds" if 0 < time.reached < seeds else ""
    return GoalCell(seconds(middle), f"{number(median_labels(labels))} labels" if math.isfinite(middle) else "", some)


def _answers(costs: Sequence[Cost]) -> list[str]:
    """Of people: the median of an answer, that of the first and last third of a campaign, and three figures of agreement."""
    times = [time for cost in costs for time in cost.times]
    paces = [cost.pace for cost in costs if cost.pace]
    first, last = ([pace[end] for pace in paces] for end in (0, 1))
    agreement = Agreement.of([group for cost in costs if not cost.numbers for group in cost.answers.by_sample])
    return [
        seconds(median(times)) if times else UNKNOWN,
        f"{seconds(median(first))} → {seconds(median(last))}" if paces else UNKNOWN,
        _share(agreement.unanimous),
        _share(agreement.pairwise),
        UNKNOWN if agreement.kappa is None else number(agreement.kappa, 2),
    ]


def _people(costs: Sequence[Cost]) -> list[tuple[str, list[str]]]:
    """All annotators of all runs; of many the busiest."""
    groups = [group for cost in costs for group in _comparable(cost)]
    each = sorted(CostByAnnotator.of_each(groups), key=lambda one: (-one.labels, one.name))[:_MOST_PEOPLE]
    return [
        (
            one.name,
            [
                number(one.labels),
                UNKNOWN if one.median_seconds is None else seconds(one.median_seconds),
                _share(one.unusable),
                _share(one.agreement),
                number(one.compared),
            ],
        )
        for one in each
    ]


def _comparable(cost: Cost) -> Iterable[Sequence[Annotation]]:
    """Answers by sample; numbers each for itself, since no two need be equal to agree."""
    return [[said] for said in cost.answers.all] if cost.numbers else cost.answers.by_sample


def _lead(measure: Measure, timed: Sequence[Savings]) -> str:
    """Who is quickest to the highest goal that random selection reached, and to the highest that any strategy reached."""
    medians = {(saving.goal, saving.curve): median_labels(saving) for saving in timed}
    reached = [key for key, time in medians.items() if math.isfinite(time)]
    of_random = [goal for goal, curve in reached if curve == BASELINE][-1:]
    told = sorted({*of_random, *[goal for goal, _ in reached if goal == max(reached)[0]]})
    return " ".join(_quickest(measure, [saving for saving in timed if saving.goal == goal]) for goal in told)


def _quickest(measure: Measure, savings: Sequence[Savings]) -> str:
    """Of all strategies at one goal, which any of them reached."""
    medians = {saving.curve: median_labels(saving) for saving in savings}
    time, name = min((time, curve) for curve, time in medians.items() if math.isfinite(time))
    levels = {measure.shown(saving.level) for saving in savings}
    level = f" ({levels.pop()})" if len(levels) == 1 else ""
    told = f"To reach {measure.goal(savings[0].goal)}{level}, {name} takes {seconds(time)} of labelling"
    if BASELINE not in medians or name == BASELINE:
        return f"{told}."
    random = medians[BASELINE]
    return f"{told}, {BASELINE} {seconds(random)}." if math.isfinite(random) else f"{told}; {BASELINE} did not get there."


def _notes(comparison: Comparison, found: Sequence[Sequence[CostOfRun]]) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for group, costs in zip(comparison.groups, found, strict=True):
        for run, one in zip(group, costs, strict=True):
            told = [] if one.curve is not None else ["no time of labelling is known"]
            for reason in (*one.problems, *told):
                reasons.setdefault(reason, []).append(f"{run.name} seed {run.seed}")
    return [f"{listed(sorted(names), _MOST_NAMED)}: {reason}." for reason, names in sorted(reasons.items())]


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else math.nan


def _share(value: float | None) -> str:
    return UNKNOWN if value is None else f"{100 * value:.0f} %"
