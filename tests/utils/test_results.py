"""The CSVs: every value comes back exactly."""

import csv
import io
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.data.source import SampleTable
from utils.inert import original
from utils.outcome import Outcome
from utils.results import (
    AUTOLABEL_COLUMNS,
    CLASS_COLUMNS,
    EPOCH_COLUMNS,
    SELECTION_COLUMNS,
    STATS_COLUMNS,
    TIMING_COLUMNS,
    autolabel_stats_csv,
    classes_csv,
    epochs_csv,
    predictions_csv,
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
    for row in rows:
        row |= {"name": original(row["name"]), "by": original(row["by"])}
    found = [(r["round"], r["id"], r["name"], float(r["score"]) if r["score"] else None, r["label"], r["by"]) for r in rows]
    assert found == expected


@settings(deadline=None)
@given(st.lists(st.tuples(printed, printed), max_size=4))
def test_every_rejected_file_comes_back_exactly(rejected):
    assert [(original(row["file"]), original(row["reason"])) for row in rows_of(rejected_csv(rejected))] == rejected


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
    assert epochs_csv([]) == ",".join(EPOCH_COLUMNS) + "\n"
    assert classes_csv([], ["a"]) == ",".join(CLASS_COLUMNS) + "\n"
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
    outcome, measured = Outcome(5, 0.5, 0.25, has_best=True), {"eval_acc": 0.75, "stop_kappa": None}
    row = stats_row(2, 10, 30, 17, len(right), np.array(right, dtype=bool), decay, outcome, measured)
    assert (row["num_pseudo_labeled"], row["pseudo_acc"], row["threshold"], row["decay_rate"]) == expected
    assert (row["round"], row["num_new_labeled"], row["num_total_labeled"], row["num_history"]) == (2, 10, 30, 17)
    assert (row["valid_acc"], row["epochs"]) == (0.5, 5)
    assert (row["eval_acc"], row["stop_kappa"]) == (0.75, None)
    assert row["valid_loss"] == 0.25


def test_the_columns_of_later_versions_come_last_and_are_empty_in_older_rounds():
    of_0_3 = ("eval_roc_auc", "eval_pr_auc", "eval_ece", "decision_threshold", "valid_loss")
    assert STATS_COLUMNS[15:] == (*of_0_3, "stop_kappa", "stop_entropy", "num_history", "label_seconds")
    old = dict.fromkeys(STATS_COLUMNS[:15], 0.5)
    first, second = rows_of(stats_csv([{"stats": old}, {"stats": old | {"eval_ece": 0.25}}]))
    assert [first[name] for name in STATS_COLUMNS[14:]] == ["0.5", *[""] * 9]
    assert second["eval_ece"] == "0.25"


def test_a_row_of_regression_by_hand():
    measured = {"eval_mse": 8.0, "eval_mae": 2.0, "eval_r2": None}
    row = stats_row(1, 10, 30, 20, 0, np.zeros(0, dtype=bool), None, Outcome(5, 2.5, 9.0, has_best=True), measured)
    assert "valid_acc" not in row
    assert stats_csv([{"stats": row}]) == (
        "round,num_new_labeled,num_total_labeled,eval_mae,eval_mse,eval_r2,valid_mae,valid_loss,epochs,num_history,label_seconds\n"
        "1,10,30,2.0,8.0,,2.5,9.0,5,20,\n"
    )


def test_epochs_by_hand():
    rounds = [
        {"round": 0},
        {"round": 1, "epochs": [[0.5, 0.75, None, None], [0.25, 0.875, 0.5, 0.625]], "kept_epoch": 0},
        {"round": 2, "epochs": [[0.5, None, 1.0, 0.5]], "kept_epoch": None},
    ]
    assert epochs_csv(rounds) == (
        "round,epoch,loss,metric,valid_loss,valid_metric,kept\n"
        "1,1,0.5,0.75,,,1\n1,2,0.25,0.875,0.5,0.625,0\n2,1,0.5,,1.0,0.5,0\n"
    )


def test_classes_by_hand():
    rounds = [{"round": 0}, {"round": 1, "classes": []}, {"round": 2, "classes": [[0.5, 1.0, 0.75, 3], [0.0, 0.0, 0.0, 1]]}]
    assert classes_csv(rounds, ["yes, please", "no"]) == (
        'round,class,precision,recall,f1,support\n2,"yes, please",0.5,1.0,0.75,3\n2,no,0.0,0.0,0.0,1\n'
    )


def test_autolabelling_of_earlier_versions_has_empty_cells():
    step = {"ids": [4, 7], "right": 1} | dict.fromkeys(AUTOLABEL_COLUMNS[3:11], 0.5)
    row = rows_of(autolabel_stats_csv([step]))[0]
    assert (row["num_autolabeled"], row["autolabel_acc"], row["epochs"]) == ("2", "0.5", "0.5")
    assert [row[name] for name in AUTOLABEL_COLUMNS[11:]] == ["", "", "", "", ""]


TABLE = SampleTable(np.array([0, 1, 1]), ("no", "yes"), np.array(["a", "b", "c"]))


def test_predictions_of_classes_by_hand():
    answers = np.array([[0.25, 0.75], [0.5, 0.5]], np.float32)
    assert predictions_csv(np.array([2, 0]), TABLE.labels[[2, 0]], TABLE, answers).splitlines() == [
        "id,name,label,p(no),p(yes)", "2,c,yes,0.25,0.75", "0,a,no,0.5,0.5",
    ]  # fmt: skip


def test_predictions_of_numbers_by_hand():
    table = SampleTable(np.array([1.5, -2], np.float32), (), np.array(["a", "b"]))
    assert predictions_csv(np.array([1]), table.labels[[1]], table, np.array([[0.5]], np.float32)).splitlines() == [
        "id,name,label,prediction", "1,b,-2.0,0.5",
    ]  # fmt: skip


def test_the_table_of_rounds_is_that_of_the_csv():
    rounds = [{"stats": dict.fromkeys(STATS_COLUMNS) | {"round": 0, "eval_acc": 0.1 + 0.2}}]
    table = pd.read_csv(io.StringIO(stats_csv(rounds)))
    assert list(table) == list(STATS_COLUMNS)
    assert table["eval_acc"][0] == 0.1 + 0.2
    assert np.isnan(table["valid_acc"][0])
