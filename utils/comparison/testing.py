"""The tests of paired differences, by SciPy and statsmodels; here is only which test is asked for, and when none is possible.

The paired t-test is the one that a claim rests on: few seeds are usual, and with five of them the Wilcoxon signed-rank test
cannot fall below 0.0625 whatever they show. It stands beside, for what it does not assume. Differences of equally many pairs
are tested in one call, since each call of SciPy takes about a millisecond and a grid of fifty curves has a thousand pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from utils.comparison.pairing import NOTHING, Pairs, Span, areas, common_span, without_round_off
from utils.comparison.versus import Versus

CONFIDENCE = 0.95

Differences = NDArray[np.float64]
"""(n,) of one comparison, one for each pair."""


def versus(first: str, second: str, pairs: Pairs) -> Versus:
    """How the first runs of `pairs` did against the second ones; not yet tested."""
    span = common_span([run for pair in pairs for run in pair])
    if math.isnan(span[0]):
        return of_areas(first, second, (), np.empty(0), np.empty(0))
    one, other = (areas(runs, span) for runs in zip(*pairs, strict=True))
    return of_areas(first, second, tuple(run.seed for run, _ in pairs), one, other, span)


def of_areas(
    first: str, second: str, seeds: tuple[int, ...], one: Differences, other: Differences, span: Span = NOTHING
) -> Versus:
    """The same from (n,) areas of both; not yet tested. Pairs of several data sets have no common span."""
    differences, unknown = without_round_off(one - other, np.concatenate([one, other])), math.nan
    mean, least = (float(differences.mean()), 2.0 ** (1 - len(differences))) if len(differences) else (unknown, unknown)
    tests = (unknown, unknown, unknown, unknown, unknown, unknown)
    return Versus(first, second, seeds, span, tuple(differences.tolist()), mean, *tests, least)


def tested(comparisons: Sequence[Versus]) -> list[Versus]:
    """The comparisons, which are one family, with their tests, corrected after Holm."""
    differences = [np.array(one.differences) for one in comparisons]
    by_t, by_wilcoxon = paired_t(differences), signed_rank(differences)
    corrected, corrected_wilcoxon = holm([p for p, _, _ in by_t]), holm(by_wilcoxon)
    return [
        replace(one, p=p, low=low, high=high, wilcoxon=rank, p_holm=p_holm, wilcoxon_holm=rank_holm)
        for one, (p, low, high), rank, p_holm, rank_holm in zip(
            comparisons, by_t, by_wilcoxon, corrected, corrected_wilcoxon, strict=True
        )
    ]


def holm(p: Sequence[float]) -> list[float]:
    """The p-values after Holm's correction; NaN stays NaN and is not counted."""
    from statsmodels.stats.multitest import multipletests

    values = np.array(p, dtype=np.float64)
    known = ~np.isnan(values)
    if known.sum() > 1:
        values[known] = multipletests(values[known], method="holm")[1]
    return values.tolist()


def paired_t(rows: Sequence[Differences]) -> list[tuple[float, float, float]]:
    """(p, low, high) for each row of differences: two-sided paired t-test, 95 % confidence interval of the mean.

    All are NaN below two pairs, or where all differences are equal: they leave nothing to estimate chance by.
    """

    def test(table: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.stats import ttest_rel

        result = ttest_rel(table, np.zeros_like(table), axis=1)
        interval = result.confidence_interval(CONFIDENCE)
        return np.stack([result.pvalue, interval.low, interval.high], axis=1)

    found = _by_length(rows, [len(row) > 1 and bool(np.ptp(row) > 0) for row in rows], test, 3)
    return [(p, low, high) for p, low, high in found.tolist()]


def signed_rank(rows: Sequence[Differences]) -> list[float]:
    """Exact two-sided p-value of the Wilcoxon signed-rank test for each row, also where differences tie.

    A difference of 0 is left out, as Wilcoxon did; NaN where there is no other.
    """

    def test(table: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.stats import wilcoxon

        return np.asarray(wilcoxon(table, method="exact", axis=1).pvalue)[:, None]

    rows = [row[row != 0] for row in rows]
    tied = [len(np.unique(np.abs(row))) < len(row) for row in rows]
    found = _by_length(rows, [len(row) > 0 and not ties for row, ties in zip(rows, tied, strict=True)], test, 1)[:, 0]
    return [_signed_rank_of_ties(row) if ties else p for row, ties, p in zip(rows, tied, found.tolist(), strict=True)]


def _signed_rank_of_ties(row: Differences) -> float:
    """The p-value of one row, none of it 0, from what all 2ⁿ choices of signs make of the sum of its mean ranks.

    SciPy's exact distribution is that of ranks without ties; its own way with ties, `PermutationMethod`, enumerates the
    choices and takes a tenth of a second for ten pairs, too long for a thousand rows.
    """
    from scipy.stats import rankdata

    doubled = np.rint(2 * rankdata(np.abs(row))).astype(np.int64)
    chance = np.zeros(doubled.sum() + 1)
    chance[0] = 1.0
    for rank in doubled:
        with_it = np.concatenate([np.zeros(rank), chance[:-rank]])
        chance = (chance + with_it) / 2
    positive = int(doubled[row > 0].sum())
    return float(min(1.0, 2 * min(chance[: positive + 1].sum(), chance[positive:].sum())))


def _by_length(
    rows: Sequence[Differences],
    possible: Sequence[bool],
    test: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    width: int,
) -> NDArray[np.float64]:
    """(rows, width) what `test` says of each row, asked once for all rows of a length; NaN where it is not `possible`."""
    found = np.full((len(rows), width), np.nan)
    for length in sorted({len(row) for row in rows}):
        places = [place for place, row in enumerate(rows) if len(row) == length and possible[place]]
        if places:
            found[places] = test(np.stack([rows[place] for place in places]))
    return found
