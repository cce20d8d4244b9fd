"""The printed table: shares become per cents, and what is undefined a dash."""

import math

import pandas as pd

from utils.comparison_table import comparison_table
from utils.measure import ACCURACY, ERROR


def cells(measure=ACCURACY, **changed):
    row = {
        "strategy": "margin",
        "variant": "",
        "seeds": 3,
        "first_end": 400.0,
        "last_end": 400.0,
        "final_mean": 0.877,
        "final_deviation": 0.0123,
        "mean_over_labels": 0.7,
        "labels_90": 1200.0,
        "reached_90": 3,
        "to_random_90": 0.75,
        "p_random": 0.0123,
    }
    table = comparison_table(pd.DataFrame([row | changed]), [0.9], measure)
    return {column.header: next(iter(column.cells)) for column in table.columns}


def test_a_row_by_hand():
    assert cells() == {
        "strategy": "margin",
        "seeds": "3",
        "labels": "400",
        "final\naccuracy": "87.7 ± 1.2 %",
        "mean\naccuracy": "70.0 %",
        "labels to\n90 % of full": "1,200",
        "share of\nrandom's": "75 %",
        "against\nrandom": "p = 0.012",
    }


def test_variants_and_ends_that_differ_are_shown():
    shown = cells(variant="a", first_end=1000.0, last_end=2000.0)
    assert (shown["strategy"], shown["labels"]) == ("margin/a", "1,000–2,000")


def test_what_is_undefined_is_a_dash():
    shown = cells(final_deviation=math.nan, labels_90=math.nan, to_random_90=math.nan, p_random=math.nan)
    assert list(shown.values())[3:] == ["87.7 %", "70.0 %", "–", "–", "–"]


def test_seeds_that_never_got_there_are_told():
    assert cells(reached_90=2)["labels to\n90 % of full"] == "1,200 (2 of 3)"
    assert cells(reached_90=1, labels_90=math.nan)["labels to\n90 % of full"] == "– (1 of 3)"
    assert cells(reached_90=0, labels_90=math.nan)["labels to\n90 % of full"] == "–"


def test_errors_are_shown_in_their_unit():
    shown = cells(ERROR, final_mean=2.346, final_deviation=0.12, mean_over_labels=13.37)
    assert list(shown.items())[3:] == [
        ("final\nmean absolute error", "2.35 ± 0.12"),
        ("mean\nmean absolute error", "13.4"),
        ("labels to\nfull / 0.9", "1,200"),
        ("share of\nrandom's", "75 %"),
        ("against\nrandom", "p = 0.012"),
    ]
