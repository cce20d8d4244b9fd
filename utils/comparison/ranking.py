"""The computation behind `Overall`: from the comparisons of several data sets to pooled tests and mean ranks.

Areas of one data set are taken over the labels and the seeds that all its curves have in common, so that a rank compares
like with like; a data set on which they have none is left out, and said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from utils.comparison.overall import Overall
from utils.comparison.pairing import areas, common_span, pairs_of, without_round_off
from utils.comparison.testing import of_areas, tested
from utils.comparison.versus import Versus

if TYPE_CHECKING:
    from utils.comparison.comparison import Comparison

_FEWEST_CURVES, _FEWEST_DATASETS = 3, 2
_LEVEL = 0.05


def overall(comparisons: Sequence[Comparison]) -> Overall | None:
    """What several data sets say together; None where fewer than two have a curve."""
    comparisons = [comparison for comparison in comparisons if comparison.curves]
    if len(comparisons) < _FEWEST_DATASETS:
        return None
    names = [curve.name for curve in comparisons[0].curves if all(_has(other, curve.name) for other in comparisons)]
    tests, no_tests = _tests(comparisons, names)
    ranked = {comparison.dataset: mean for comparison in comparisons if (mean := mean_areas(comparison, names)) is not None}
    reason = _no_ranks(names, comparisons, list(ranked))
    if reason:
        return Overall(tuple(ranked), tuple(tests), no_tests, {}, math.nan, math.nan, None, math.nan, reason)
    return _ranked(names, ranked, tests, no_tests)


def _ranked(names: Sequence[str], means: dict[str, NDArray[np.float64]], tests: list[Versus], no_tests: str) -> Overall:
    import pandas as pd
    from scikit_posthocs import posthoc_nemenyi_friedman
    from scipy.stats import friedmanchisquare, rankdata

    table = pd.DataFrame(means, index=list(names)).T
    ranks = pd.DataFrame(rankdata(-table, axis=1), index=table.index, columns=table.columns)
    alike = bool((ranks == ranks.mean(axis=None)).all(axis=None))
    statistic, p = (math.nan, math.nan) if alike else friedmanchisquare(*table.to_numpy().T)
    return Overall(
        datasets=tuple(means),
        versus=tuple(tests),
        reason_no_tests=no_tests,
        ranks=dict(sorted(zip(names, ranks.mean().tolist(), strict=True), key=lambda item: (item[1], item[0]))),
        friedman=float(statistic),
        friedman_p=float(p),
        nemenyi=posthoc_nemenyi_friedman(table),
        critical_difference=critical_difference(len(names), len(means)),
        reason_no_ranks="",
    )


def critical_difference(curves: int, datasets: int) -> float:
    """By how much mean ranks must differ for Nemenyi's test to show it at 5 %: q · √(k (k + 1) / 6 N), Demšar's equation."""
    from scipy.stats import studentized_range

    quantile = studentized_range.ppf(1 - _LEVEL, curves, np.inf) / math.sqrt(2)
    return float(quantile * math.sqrt(curves * (curves + 1) / (6 * datasets)))


def _has(comparison: Comparison, name: str) -> bool:
    return any(curve.name == name for curve in comparison.curves)


def mean_areas(comparison: Comparison, names: Sequence[str]) -> NDArray[np.float64] | None:
    """(names,) mean over the seeds that all curves have of their areas, turned so that larger is better; None without any."""
    groups = [[run for run in group if len(run.labels) > 1] for group in comparison.groups if group[0].name in names]
    seeds = set.intersection(*({run.seed for run in group} for group in groups)) if groups else set()
    paired = [[run for run in group if run.seed in seeds] for group in groups]
    span = common_span([run for group in paired for run in group])
    if math.isnan(span[0]):
        return None
    found = np.array([areas(group, span).mean() for group in paired])
    return without_round_off(found, found)


def _no_ranks(names: Sequence[str], comparisons: Sequence[Comparison], ranked: Sequence[str]) -> str:
    if len(names) < _FEWEST_CURVES:
        return f"ranks need at least {_FEWEST_CURVES} strategies that ran on all data sets, there are {len(names)}"
    if len(ranked) < _FEWEST_DATASETS:
        left_out = [comparison.dataset for comparison in comparisons if comparison.dataset not in ranked]
        return (
            f"ranks need at least {_FEWEST_DATASETS} data sets on which all strategies have seeds and labels in common; "
            f"on {', '.join(left_out)} they have none"
        )
    return ""


def _tests(comparisons: Sequence[Comparison], names: Sequence[str]) -> tuple[list[Versus], str]:
    """The pooled tests against random selection, or why there are none."""
    measures = {comparison.measure for comparison in comparisons}
    if len(measures) > 1:
        shown = ", ".join(f"{comparison.dataset} by {comparison.measure.label}" for comparison in comparisons)
        return [], f"differences are not pooled, since the data sets are measured in different ways ({shown})"
    if any(measure.of_target for measure in measures):
        return [], "differences are not pooled, since each data set's errors have the unit of its own target"
    curves = [curve for curve in comparisons[0].curves if curve.name in names]
    names = [curve.name for curve in curves if all(_baseline(other, curve.name) for other in comparisons)]
    found = tested([test for test in (_pooled(comparisons, name) for name in names) if test.seeds])
    return found, "" if found else "no strategy ran beside random selection on all data sets"


def _baseline(comparison: Comparison, name: str) -> str | None:
    """Name of the random selection that `name` is compared with."""
    return next((one.second for one in comparison.versus_random() if one.first == name), None)


def _pooled(comparisons: Sequence[Comparison], name: str) -> Versus:
    seeds: list[int] = []
    first, second = [np.empty(0)], [np.empty(0)]
    for comparison in comparisons:
        curves = {curve.name: curve for curve in comparison.curves}
        runs = [comparison.group_of(curves[one]) for one in (name, _baseline(comparison, name) or name)]
        pairs = pairs_of(*runs)
        span = common_span([run for pair in pairs for run in pair])
        if not math.isnan(span[0]):
            seeds += [run.seed for run, _ in pairs]
            first.append(areas([run for run, _ in pairs], span))
            second.append(areas([run for _, run in pairs], span))
    baseline = _baseline(comparisons[0], name) or ""
    return of_areas(name, baseline, tuple(seeds), np.concatenate(first), np.concatenate(second))
