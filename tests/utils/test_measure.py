"""What runs are compared by: how values are shown, judged and told apart."""

import math

import numpy as np
import pytest

from utils.errors import ParameterError
from utils.measure import ACCURACY, ERROR, MEASURES, measure_called, measure_of
from utils.results import REGRESSION_COLUMNS, STATS_COLUMNS


@pytest.mark.parametrize(
    ("measure", "value", "deviation", "shown"),
    [
        (ACCURACY, 0.877, 0.0123, "87.7 ± 1.2 %"),
        (ACCURACY, 0.877, math.nan, "87.7 %"),
        (ACCURACY, math.nan, math.nan, "–"),
        (ERROR, 2.614, 0.2, "2.61 ± 0.20"),
        (ERROR, 0.03456, math.nan, "0.0346"),
        (ERROR, 31234.5, 456.7, "31,234 ± 457"),
        (ERROR, 0.0, 0.0, "0 ± 0"),
        (ERROR, math.nan, math.nan, "–"),
    ],
)
def test_values_as_a_reader_wants_them(measure, value, deviation, shown):
    assert measure.shown(value, deviation) == shown


@pytest.mark.parametrize("measure", [ACCURACY, ERROR])
@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_what_cannot_be(measure, value):
    assert not measure.allows(value)


def test_round_off_at_a_bound_is_allowed_and_cut_off():
    assert [ACCURACY.allows(value) for value in (1.0000000000000002, -1e-17, 1.00001, -0.00001)] == [True, True, False, False]
    assert [ACCURACY.within(value) for value in (1.0000000000000002, -1e-17, 0.3)] == [1.0, 0.0, 0.3]
    assert not ERROR.allows(1e308), "its square could not be computed"


def test_what_can_be():
    assert [measure.allows(1.5) for measure in (ACCURACY, ERROR)] == [False, True]
    assert [measure.allows(value) for measure in (ACCURACY, ERROR) for value in (0, 1)] == [True] * 4


def test_goals():
    assert ACCURACY.reached(np.array([0.75, 0.76]), 0.8, 0.95).tolist() == [False, True]
    assert ERROR.reached(np.array([2.01, 2.0]), 1.9, 0.95).tolist() == [False, True]
    assert (ACCURACY.goal(0.95), ERROR.goal(0.95)) == ("95 % of full", "full / 0.95")


def test_tables_tell_their_measure():
    assert measure_of(["round", "eval_acc", "eval_f1"]) is ACCURACY
    assert measure_of(["round", "eval_mae"]) is ERROR
    assert measure_of(["round"]) is None
    assert measure_of(["round", "eval_f1", "eval_loss"]) is None, "nobody asked for these"


def test_every_metric_of_the_results_is_known():
    written = {column for column in (*STATS_COLUMNS, *REGRESSION_COLUMNS) if column.startswith("eval_")}
    assert {measure.column for measure in MEASURES} == written


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.column)
def test_each_is_called_by_its_column_or_the_end_of_it(measure):
    assert measure_called(measure.column) is measure_called(measure.column.removeprefix("eval_")) is measure


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("eval_f2", "; did you mean eval_r2 or eval_f1?"),
        ("recal", "; did you mean recall or eval_recall?"),
        ("zzz", ""),
    ],
)
def test_an_unknown_one_is_answered_with_the_nearest(name, near):
    known = ", ".join(measure.column for measure in MEASURES)
    with pytest.raises(ParameterError) as refused:
        measure_called(name)
    assert refused.value.problems == [f"there is no metric {name!r} of the test part{near}; known: {known}"]


def test_r2_may_be_negative_and_never_above_one():
    r2 = measure_called("r2")
    assert [r2.allows(value) for value in (-3.0, 1.0, 1.1, -math.inf)] == [True, True, False, False]
    assert r2.expected == "a number between -1e+100 and 1"
    assert (ACCURACY.expected, ERROR.expected) == ("a share between 0 and 1", "a number between 0 and 1e+100")


def test_no_gain_at_all_has_no_share():
    r2 = measure_called("r2")
    assert math.isnan(r2.level(-0.5, 0.9))
    assert not r2.reached(np.array([-0.6, 0.9]), -0.5, 0.9).any()


def test_goals_in_a_sentence():
    assert ACCURACY.reaching(0.99) == "reaches 99 % of the full accuracy"
    assert ERROR.reaching(0.95) == "comes within 5 % of the full mean absolute error"
