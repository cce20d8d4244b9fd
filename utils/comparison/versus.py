"""One curve against another, seed by seed: how much better, and how sure that is.

A seed gives both the same split, initial labels and initial weights, so the difference within a seed is free of what the
seed itself brings. The quantity is the area under the curve over the labels that all of these runs have in common, divided
by these labels: the mean of the measure over the budget.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Versus:
    """How `first` did against `second`.

    Attributes:
        first: name of a curve, as `Curve.name` says it.
        second: name of the other.
        seeds: that both ran, on the same parts of the same data.
        span: (lowest, highest) number of labels over which the areas are taken; (nan, nan) where nothing is in common.
        differences: of the areas, one a seed, in units of the measure; positive where `first` is the better one, also
            where a small value is good.
        mean: of the differences; NaN without a seed.
        low: lower end of the 95 % confidence interval of the mean by the t distribution; NaN where `p` is.
        high: its upper end.
        p: two-sided p-value of the paired t-test; NaN below two seeds or where all differences are equal.
        p_holm: the same after Holm's correction over its family of comparisons.
        wilcoxon: exact two-sided p-value of the Wilcoxon signed-rank test; NaN where no difference is other than 0.
        wilcoxon_holm: the same after Holm's correction.
        least_wilcoxon: the smallest p-value that so many seeds allow that test, 2^(1 − n).
    """

    first: str
    second: str
    seeds: tuple[int, ...]
    span: tuple[float, float]
    differences: tuple[float, ...]
    mean: float
    low: float
    high: float
    p: float
    p_holm: float
    wilcoxon: float
    wilcoxon_holm: float
    least_wilcoxon: float

    @property
    def wins(self) -> int:
        """Seeds in which `first` was better."""
        return sum(difference > 0 for difference in self.differences)

    @property
    def shown(self) -> bool:
        """Whether a difference is shown: at 5 %, by the paired t-test, after Holm's correction."""
        return self.p_holm < 0.05

    @property
    def reversed(self) -> Versus:
        """The same with `second` as the first."""
        differences, mean, low, high = tuple(-one for one in self.differences), -self.mean, -self.high, -self.low
        return replace(self, first=self.second, second=self.first, differences=differences, mean=mean, low=low, high=high)
