"""The labels that a curve needs to be as good as a share of the full-data result, seed by seed, and random's beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from utils.comparison.pairing import Pairs
from utils.comparison.savings import Savings
from utils.comparison.testing import holm, paired_t
from utils.saved_run import SavedRun

GOALS = (0.90, 0.95, 0.99)
"""Shares of the full-data result."""


def savings(
    curve: str, goal: float, full: float, group: Sequence[SavedRun], baseline: Sequence[SavedRun], pairs: Pairs
) -> Savings:
    """What the runs of `group`, all of one curve, need to reach `goal`; not yet tested.

    Args:
        curve: its name.
        goal: share of the full-data result.
        full: the full-data result.
        group: runs of the curve that have a result.
        baseline: runs of random selection; empty where there are none, or where the curve is theirs.
        pairs: runs of the curve with those of `baseline` of the same seed.
    """
    labels = {run.seed: labels_needed(run, full, goal) for run in group}
    of_baseline = {run.seed: labels_needed(run, full, goal) for run in baseline}
    paired = tuple(run.seed for run, _ in pairs)
    reached = tuple(seed for seed in paired if math.isfinite(labels[seed] + of_baseline[seed]))
    level, unknown = group[0].measure.level(full, goal), math.nan
    # Of a model that is as good without any label there is no ratio of labels.
    positive = all(labels[seed] > 0 and of_baseline[seed] > 0 for seed in reached)
    known = bool(paired) and reached == paired and positive
    ratio = math.exp(_logarithms(labels, of_baseline, paired).mean()) if known else unknown
    return Savings(curve, goal, level, labels, of_baseline, reached, ratio, unknown, unknown, unknown, unknown)


def tested_savings(found: Sequence[Savings]) -> list[Savings]:
    """The savings of all curves at one goal, which are one family, with their tests, corrected after Holm."""
    rows = [_logarithms(one.labels, one.baseline, () if math.isnan(one.ratio) else one.seeds) for one in found]
    tests = paired_t(rows)
    return [
        replace(one, p=p, low=math.exp(low), high=math.exp(high), p_holm=p_holm)
        for one, (p, low, high), p_holm in zip(found, tests, holm([p for p, _, _ in tests]), strict=True)
    ]


def _logarithms(labels: Mapping[int, float], baseline: Mapping[int, float], seeds: Sequence[int]) -> NDArray[np.float64]:
    """(seeds,) logarithms of the ratios; equal ratios give the same number to the last bit."""
    return np.log(np.array([labels[seed] / baseline[seed] for seed in seeds]))


def labels_needed(run: SavedRun, full: float, goal: float) -> float:
    """Labels at the first round of `run` that is as good as `goal` of `full`; NaN where none is."""
    reached = run.measure.reached(run.results, full, goal)
    return float(run.labels[reached.argmax()]) if reached.any() else math.nan


def needed_by_all(labels: Mapping[int, float]) -> float:
    """The median over seeds of the labels needed, where every seed reached the goal; NaN otherwise."""
    return float(np.median(list(labels.values()))) if labels else math.nan
