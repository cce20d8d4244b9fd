"""The CSVs: every value comes back exactly."""

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.outcome import Outcome
from utils.results import (
    SELECTION_COLUMNS,
    STATS_COLUMNS,
    TIMING_COLUMNS,
    rejected_csv,
    selections_csv,
    stats_csv,
    stats_row,
    timing_csv,
)

floats = st.floats(allow_nan=False, allow_infinity=False)
printed = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def rows_of(text):
    assert text.endswith("\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def same(text, value):
    return float(text) == value and math.copysign(1, float(text)) == math.copysign(1, value)


@settings(deadline=None)
@given(st.lists(st.lists(floats, min_size=len(STATS_COLUMNS), max_size=len(STATS_COLUMNS)), max_size=4))
def test_every_float_of_al_stats_comes_back_exactly(table):
    rounds = [{"stats": dict(zip(STATS_COLUMNS, values, strict=True))} for values in table]
    rows = rows_of(stats_csv(rounds))
    assert len(rows) == len(table)
    assert all(
        same(row[name], value) for row, values in zip(rows, table, strict=True) for name, value in zip(row, values, strict=True)
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0), printed, floats | st.none(), st.integers(0, 9) | st.none(), printed), max_size=4))
def test_every_pick_comes_back_exactly(picks):
    rows = rows_of(selections_csv([{"round": 3, "selected": [list(pick) for pick in picks]}]))
    expected = [("3", str(i), name, score, "" if label is None else str(label), by) for i, name, score, label, by in picks]
    found = [(r["round"], r["id"], r["name"], float(r["score"]) if r["score"] else None, r["label"], r["by"]) for r in rows]
    assert found == expected


@settings(deadline=None)
@given(st.lists(st.tuples(printed, printed), max_size=4))
def test_every_rejected_file_comes_back_exactly(rejected):
    assert [(row["file"], row["reason"]) for row in rows_of(rejected_csv(rejected))] == rejected


@pytest.mark.parametrize("number", [np.float64(0.1), np.float64(1e-300)])
def test_a_float_of_numpy_is_written_as_its_number(number):
    rounds = [{"stats": dict.fromkeys(STATS_COLUMNS, number)}]
    assert rows_of(stats_csv(rounds))[0]["eval_acc"] == str(float(number))


def test_timing_by_hand():
    seconds = {"select": 0.5, "label": 0.25, "train": 10.0, "evaluate": 1e-06, "other": 0.0}
    assert (
        timing_csv([{"round": 0, "seconds": seconds}]) == "round,select,label,train,evaluate,other\n0,0.5,0.25,10.0,1e-06,0.0\n"
    )


def test_without_rounds_there_is_a_header():
    assert stats_csv([]) == ",".join(STATS_COLUMNS) + "\n"
    assert selections_csv([]) == ",".join(SELECTION_COLUMNS) + "\n"
    assert timing_csv([]) == ",".join(TIMING_COLUMNS) + "\n"


def test_the_columns_of_the_founding_system_come_first():
    assert STATS_COLUMNS[:11] == (
        "round", "num_new_labeled", "num_pseudo_labeled", "num_total_labeled", "eval_acc", "eval_pre", "eval_recall",
        "eval_f1", "pseudo_acc", "threshold", "decay_rate",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("right", "decay", "expected"),
    [
        ([True, True, False, True], (0.04, 0.001), (4, 0.75, 0.04, 0.001)),
        ([], (0.04, 0.0), (0, None, 0.04, 0.0)),
        ([], None, (0, None, None, None)),
    ],
)
def test_a_row_of_al_stats(right, decay, expected):
    row = stats_row(2, 10, 30, np.array(right, dtype=bool), decay, Outcome(5, 0.5, has_best=True))
    assert (row["num_pseudo_labeled"], row["pseudo_acc"], row["threshold"], row["decay_rate"]) == expected
    assert (row["round"], row["num_new_labeled"], row["num_total_labeled"]) == (2, 10, 30)
    assert (row["valid_acc"], row["epochs"]) == (0.5, 5)
