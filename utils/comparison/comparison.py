"""The comparison of all strategies that ran on one data set: curves, tests and what they say in numbers.

It is made from the runs that were read and changes nothing of them. Everything is computed when it is first asked for and
then kept, since the picture, the table, the warnings and the report ask for the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from utils.comparison.answer import Answer
from utils.comparison.cost import seconds_per_query
from utils.comparison.evaluated import footnote, judged
from utils.comparison.judging import answer_of
from utils.comparison.limits import BASELINE, limits
from utils.comparison.pairing import Span, areas, common_span, pairs_of
from utils.comparison.people import labelled_by_people
from utils.comparison.reaching import GOALS, savings, tested_savings
from utils.comparison.savings import Savings
from utils.comparison.testing import tested, versus
from utils.comparison.versus import Versus
from utils.curve import Curve
from utils.measure import ACCURACY, Measure
from utils.most_common import most_common
from utils.saved_run import FULL_DATA, SavedRun

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
TABLE_GOALS = (0.95, 0.99)
"""Shares of the full-data result in `Comparison.summary`."""
_MOST_FULL_DATA_LINES = 2


class Comparison:
    """The runs of one data set.

    Attributes:
        folder: `outputs/<sub_dir>`.
        dataset: name of the data set, "" when unknown.
        measure: what they are compared by, that of most runs; the others are left out.
        measured_otherwise: these others.
        every_run: the runs of strategies and on all labels.
        runs: those of strategies.
        judged: how the figures came about, to stand behind the name of the measure.
        footnote: what the picture itself must say; "" for nothing.
        of_people: whether people labelled, in all of the runs.
    """

    def __init__(self, folder: Path, dataset: str, runs: Sequence[SavedRun]) -> None:
        """`runs` are all of one data set, sorted by strategy, variant and seed."""
        self.folder, self.dataset = folder, dataset
        self.measure: Measure = most_common(run.measure for run in runs) or ACCURACY
        self.every_run = [run for run in runs if run.measure is self.measure]
        self.measured_otherwise = [run for run in runs if run.measure is not self.measure]
        self.runs = [run for run in self.every_run if run.strategy != FULL_DATA]
        self.judged, self.footnote = judged(self.every_run), footnote(self.every_run)
        self.of_people = bool(self.runs) and all(map(labelled_by_people, self.runs))

    @cached_property
    def warnings(self) -> list[str]:
        """One sentence for each thing that limits the comparison."""
        return limits(self)

    @cached_property
    def full_data(self) -> float | None:
        """Mean over the runs on all labels: those without a variant, or of the only one; None otherwise."""
        return _fitting(self.full_data_by_variant, "")

    @cached_property
    def full_data_by_variant(self) -> Mapping[str, float]:
        """Variant → mean over its runs on all labels, in the order of names."""
        runs = [run for run in self.every_run if run.strategy == FULL_DATA]
        return {group[0].variant: float(np.mean([run.results[-1] for run in group])) for group in _grouped(runs)}

    @property
    def has_full_data(self) -> bool:
        """Whether any run on all labels has a result, of whatever variant."""
        return bool(self.full_data_by_variant)

    @property
    def full_data_lines(self) -> Mapping[str, float]:
        """Variant → result on all labels, each value once; empty for more than two, which no picture can hold apart."""
        once: dict[float, str] = {}
        for variant, value in self.full_data_by_variant.items():
            once.setdefault(value, variant)
        return {variant: value for value, variant in once.items()} if len(once) <= _MOST_FULL_DATA_LINES else {}

    @cached_property
    def groups(self) -> list[list[SavedRun]]:
        """The runs that have a value of the measure, by strategy and variant, each group in the order of seeds."""
        return _grouped(self.runs)

    @cached_property
    def curves(self) -> list[Curve]:
        """One curve for each group, over all label counts of its seeds; between its own rounds a seed is interpolated."""
        pool = most_common(run.pool for run in self.every_run)
        return [_curve(group, most_common(run.pool for run in group) or pool) for group in self.groups]

    def group_of(self, curve: Curve) -> list[SavedRun]:
        """The runs of one of the curves."""
        return self._groups_by_name[curve.name]

    def full_data_of(self, curve: Curve) -> float | None:
        """The result on all labels that a curve is measured against: that of its variant, otherwise `full_data`."""
        return _fitting(self.full_data_by_variant, curve.variant)

    def on_all_labels(self, curve: Curve) -> list[SavedRun]:
        """The runs that `full_data_of` the curve is the mean of."""
        variant = _fitting({variant: variant for variant in self.full_data_by_variant}, curve.variant)
        return [run for run in self.every_run if (run.strategy, run.variant) == (FULL_DATA, variant)]

    def baseline(self, curve: Curve) -> Curve | None:
        """Random selection of the same variant, otherwise without variant, otherwise its only variant; None without any."""
        return _fitting({other.variant: other for other in self.curves if other.strategy == BASELINE}, curve.variant)

    @property
    def has_baseline(self) -> bool:
        """Whether random selection has a curve, of whatever variant."""
        return any(curve.strategy == BASELINE for curve in self.curves)

    def versus_random(self) -> list[Versus]:
        """Every curve but those of random selection against the random selection that fits it, as one family of tests."""
        return self._versus_random

    def pairs(self) -> list[Versus]:
        """Every pair of curves, in the order of curves, as one family of tests."""
        return self._pairs

    def savings(self) -> list[Savings]:
        """Every curve at every goal, goal by goal, each goal one family; empty where no run on all labels says what is full."""
        return self._savings

    def common_span(self) -> Span:
        """The labels between which every run of two rounds or more has a curve; (NaN, NaN) where there are none."""
        return common_span([run for group in self.groups for run in group if len(run.labels) > 1])

    def mean_over(self, span: Span) -> dict[str, float]:
        """Name of a curve → mean of the measure between the ends of `span`, over its seeds that get from one to the other."""
        low, high = span
        found = {}
        for name, group in self._groups_by_name.items():
            there = [run for run in group if run.labels[0] <= low < high <= run.labels[-1]]
            found[name] = self.measure.sign * float(areas(there, span).mean()) if there else float("nan")
        return found

    def answer(self) -> Answer:
        """What the comparison says, and what to do next."""
        return answer_of(self)

    def seconds_per_query(self) -> dict[str, float]:
        """Name of a curve → mean over its seeds of the seconds spent to select one label after round 0; NaN when unknown."""
        return {name: seconds_per_query(group) for name, group in self._groups_by_name.items()}

    def summary(self) -> pd.DataFrame:
        """One row per curve: seeds, labels at the end, values of the measure, labels to the goals; NaN where undefined.

        `mean_over_labels` is over `common_span`. `labels_95` and `labels_99` are the medians over seeds of the labels in
        `savings`, where a seed that never got there counts as more than any, `reached_95` and `reached_99` how many did, and
        `to_random_95` and `to_random_99` the ratios there; `p_random` is the p-value of the paired t-test against random
        selection after Holm's correction.
        """
        import pandas as pd

        rows, p = [], {one.first: one.p_holm for one in self.versus_random()}
        means, saved = self.mean_over(self.common_span()), {(one.curve, one.goal): one for one in self.savings()}
        for group, curve in zip(self.groups, self.curves, strict=True):
            last = np.array([run.results[-1] for run in group])
            row: dict[str, Any] = {
                "strategy": curve.strategy,
                "variant": curve.variant,
                "seeds": len(group),
                "first_end": min(run.labels[-1] for run in group),
                "last_end": max(run.labels[-1] for run in group),
                "final_mean": last.mean(),
                "final_deviation": last.std(ddof=1) if len(last) > 1 else np.nan,
                "mean_over_labels": means[curve.name],
                "p_random": p.get(curve.name, np.nan),
            }
            for goal in TABLE_GOALS:
                one, name = saved.get((curve.name, goal)), f"{100 * goal:.0f}"
                row[f"labels_{name}"] = _median(one.labels) if one else np.nan
                row[f"reached_{name}"] = one.reached if one else 0
                row[f"to_random_{name}"] = one.ratio if one else np.nan
            rows.append(row)
        return pd.DataFrame(rows)

    @cached_property
    def _groups_by_name(self) -> dict[str, list[SavedRun]]:
        return {group[0].name: group for group in self.groups}

    @cached_property
    def _versus_random(self) -> list[Versus]:
        rivals = [(curve, self.baseline(curve)) for curve in self.curves if curve.strategy != BASELINE]
        return tested([self._versus(curve, baseline) for curve, baseline in rivals if baseline])

    @cached_property
    def _pairs(self) -> list[Versus]:
        return tested([self._versus(first, second) for first, second in combinations(self.curves, 2)])

    @cached_property
    def _savings(self) -> list[Savings]:
        reachable = [curve for curve in self.curves if self.full_data_of(curve) is not None]
        return [one for goal in GOALS for one in tested_savings([self._savings_at(goal, curve) for curve in reachable])]

    def _savings_at(self, goal: float, curve: Curve) -> Savings:
        baseline = self.baseline(curve) if curve.strategy != BASELINE else None
        group, others = self.group_of(curve), self.group_of(baseline) if baseline else []
        return savings(curve.name, goal, self.full_data_of(curve) or 0.0, group, others, pairs_of(group, others))

    def _versus(self, first: Curve, second: Curve) -> Versus:
        return versus(first.name, second.name, pairs_of(self.group_of(first), self.group_of(second)))


def _fitting(found: Mapping[str, T], variant: str) -> T | None:
    """Of what stands under each variant, that of `variant`, otherwise that without variant, otherwise the only one."""
    only = next(iter(found.values())) if len(found) == 1 else None
    return found.get(variant, found.get("", only))


def _grouped(runs: Iterable[SavedRun]) -> list[list[SavedRun]]:
    found: dict[tuple[str, str], list[SavedRun]] = {}
    for run in runs:
        if len(run.labels):
            found.setdefault((run.strategy, run.variant), []).append(run)
    return [found[key] for key in sorted(found)]


def _median(labels: Mapping[int, float]) -> float:
    """Of the labels that seeds needed, NaN for more than any; NaN where the median is such a one."""
    median = float(np.median(np.nan_to_num(list(labels.values()), nan=np.inf)))
    return median if np.isfinite(median) else float("nan")


def _curve(group: Sequence[SavedRun], pool: int | None) -> Curve:
    labels = np.unique(np.concatenate([run.labels for run in group]))
    values = np.stack([np.interp(labels, run.labels, run.results, left=np.nan, right=np.nan) for run in group])
    return Curve(group[0].strategy, group[0].variant, labels, values, pool, group[0].measure)
