"""How many labels a strategy needs to be as good as a share of the full-data result, beside what random selection needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Savings:
    """The labels at which each seed of a curve first reached a goal, and their ratio to random's.

    Attributes:
        curve: name, as `Curve.name` says it.
        goal: share of the full-data result, 0.9, 0.95 or 0.99.
        level: the value of the measure that it stands for.
        labels: seed → labels at the first round that is as good; NaN where the seed never is.
        baseline: the same of random selection; empty where there is none.
        seeds: paired, and reached by both.
        ratio: geometric mean over `seeds` of labels to random's labels; NaN unless every paired seed of both reached the goal.
        low: lower end of its 95 % confidence interval, by the t distribution of the logarithms; NaN where `p` is.
        high: its upper end.
        p: two-sided p-value of the paired t-test of the logarithms; NaN below two seeds or where all ratios are equal.
        p_holm: the same after Holm's correction over the curves compared at this goal.
    """

    curve: str
    goal: float
    level: float
    labels: Mapping[int, float]
    baseline: Mapping[int, float]
    seeds: tuple[int, ...]
    ratio: float
    low: float
    high: float
    p: float
    p_holm: float

    @property
    def reached(self) -> int:
        """Seeds that reached the goal."""
        return sum(not math.isnan(labels) for labels in self.labels.values())
