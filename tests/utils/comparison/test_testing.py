"""The tests of paired differences, against worked examples in print, and the laws they keep."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from utils.comparison.testing import holm, of_areas, paired_t, signed_rank
from utils.comparison.testing import tested as with_tests

SLEEP_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SLEEP_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
"""Additional hours of sleep under two drugs: "Student", *The Probable Error of a Mean*, Biometrika 6 (1908)."""

DEPRESSION_1 = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
DEPRESSION_2 = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
"""Hamilton's depression scale before and after: Hollander and Wolfe, *Nonparametric Statistical Methods* (1973), p. 29."""

MAIZE = np.array([6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75])
"""Darwin's maize, crossed minus self-fertilised in eighths of an inch: Fisher, *The Design of Experiments* (1935)."""


def test_students_sleep_data():
    [(p, low, high)] = paired_t([SLEEP_1 - SLEEP_2])
    assert round(p, 6) == 0.002833
    assert (round(low, 4), round(high, 4)) == (-2.4599, -0.7001)
    assert of_areas("1", "2", tuple(range(10)), SLEEP_1, SLEEP_2).mean == pytest.approx(-1.58)


def test_fishers_t_of_darwins_maize():
    [(p, low, high)] = paired_t([MAIZE.astype(float)])
    assert round(p, 4) == 0.0497, "t = 2.148 with 14 degrees of freedom"
    assert (round(low, 2), round(high, 2)) == (0.03, 41.84)


def test_wilcoxons_exact_p_of_published_data():
    assert signed_rank([DEPRESSION_1 - DEPRESSION_2]) == [pytest.approx(2 * 0.01953, abs=1e-5)], "one-sided in the book: 0.0195"
    assert signed_rank([MAIZE]) == [pytest.approx(0.041259765625, abs=1e-12)], "W = 24 of 15 pairs: 1,352 of 32,768 ways"


def test_wilcoxons_p_counts_the_signs():
    rows = [np.arange(1.0, n + 1) for n in range(1, 9)]
    assert signed_rank(rows) == pytest.approx([2.0 ** (1 - n) for n in range(1, 9)])


def enumerated(row):
    """Wilcoxon's two-sided p-value by all choices of signs of the mean ranks."""
    row = row[row != 0]
    ranks = stats.rankdata(np.abs(row))
    sums = np.array([ranks[list(signs)].sum() for signs in itertools.product([False, True], repeat=len(row))])
    found = ranks[row > 0].sum()
    return min(1, 2 * min(np.mean(sums <= found + 1e-9), np.mean(sums >= found - 1e-9)))


def test_wilcoxon_is_exact_where_differences_tie():
    row = np.array([1.0, 2, -1, 4, 5, 5, 1])
    assert signed_rank([row]) == [0.0625] == [enumerated(row)], "ranks without ties would say 0.047"
    assert signed_rank([row]) == [stats.wilcoxon(row, method=stats.PermutationMethod()).pvalue]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=9).filter(any))
def test_wilcoxon_of_any_ties_and_zeros_is_that_of_enumeration(values):
    assert signed_rank([np.array(values)]) == [pytest.approx(enumerated(np.array(values)))]


def test_a_thousand_rows_with_ties_are_no_matter():
    rows = list(np.random.default_rng(5).integers(-5, 6, (1000, 30)).astype(float))
    found = signed_rank(rows)
    assert found[0] == pytest.approx(stats.wilcoxon(rows[0][rows[0] != 0], method="asymptotic").pvalue, abs=0.02)


def test_holms_correction_as_demsar_works_it_out():
    """JMLR 7 (2006), section 3.2.2: the three classifiers have p = 0.016, 0.019 and 0.607 against C4.5.

    Only 0.016 < 0.05 / 3 and 0.019 < 0.05 / 2 are rejected.
    """
    assert holm([0.016, 0.019, 0.607]) == pytest.approx([0.048, 0.048, 0.607])
    assert holm([0.607, 0.019, 0.016]) == pytest.approx([0.607, 0.048, 0.048])


def test_holm_leaves_out_what_is_no_number():
    corrected = holm([math.nan, 0.02, math.nan, 0.03])
    assert np.isnan(corrected).tolist() == [True, False, True, False]
    assert corrected[1::2] == pytest.approx([0.04, 0.04])
    assert np.isnan(holm([math.nan])).all()
    assert holm([]) == []


def test_without_variance_there_is_no_test():
    constant, nothing = np.full(5, 0.1), np.zeros(5)
    assert np.isnan(paired_t([constant, nothing, np.array([0.3]), np.empty(0)])).all()
    assert np.isnan(signed_rank([nothing, np.empty(0)])).all()
    assert signed_rank([constant]) == [0.0625]


def test_round_off_is_no_difference():
    one = np.array([0.1 + 0.2, 0.7, 0.9])
    alike = of_areas("a", "b", (1, 2, 3), one, np.array([0.3, 0.7, 0.9]))
    assert alike.differences == (0, 0, 0)
    [same] = with_tests([alike])
    assert math.isnan(same.p) and math.isnan(same.wilcoxon)


def test_rows_of_unequal_lengths_keep_their_places():
    rows = [SLEEP_1 - SLEEP_2, MAIZE.astype(float), np.array([1.0, 2.0]), (SLEEP_1 - SLEEP_2)[::-1]]
    assert np.array(paired_t(rows)) == pytest.approx(np.array([paired_t([row])[0] for row in rows]))
    assert signed_rank(rows) == [signed_rank([row])[0] for row in rows]


results = st.floats(0, 1).map(lambda value: round(value, 4))


@st.composite
def two_groups(draw):
    size = draw(st.integers(2, 8))
    return [np.array(draw(st.lists(results, min_size=size, max_size=size))) for _ in range(2)]


def one_test(one, other):
    [found] = with_tests([of_areas("a", "b", tuple(range(len(one))), one, other)])
    return found


@settings(max_examples=60, deadline=None)
@given(two_groups())
def test_to_swap_both_turns_signs_and_keeps_p(groups):
    there, back = one_test(*groups), one_test(*groups[::-1])
    turned = back.reversed
    assert (turned.first, turned.second) == ("b", "a")
    numbers = [[of.mean, of.low, of.high, of.p, of.wilcoxon, of.wins] for of in (there, turned)]
    assert numbers[0] == pytest.approx(numbers[1], nan_ok=True, abs=1e-12)
    assert there.wins + back.wins == sum(difference != 0 for difference in there.differences)


@settings(max_examples=60, deadline=None)
@given(two_groups(), st.floats(-5, 5).map(lambda value: round(value, 3)))
def test_what_is_added_to_all_changes_nothing(groups, constant):
    there, shifted = one_test(*groups), one_test(*(group + constant for group in groups))
    assert there.differences == pytest.approx(shifted.differences, abs=1e-9)
    numbers = [[of.mean, of.low, of.high, of.p, of.wilcoxon] for of in (there, shifted)]
    assert numbers[0] == pytest.approx(numbers[1], nan_ok=True, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), max_size=12))
def test_holm_is_never_below_and_keeps_the_order(p):
    corrected = np.array(holm(p))
    raw = np.array(p)
    known = ~np.isnan(raw)
    assert (corrected[known] >= raw[known] - 1e-12).all() and (corrected[known] <= 1).all()
    assert (np.diff(corrected[known][np.argsort(raw[known], kind="stable")]) >= -1e-12).all()
    count = int(known.sum())
    assert (corrected[known] <= np.minimum(1, count * raw[known]).max(initial=0) + 1e-12).all()
