"""Which runs the lists of an experiment stand for, and what each of them is told."""

import pytest

from hparams import FULL_DATA, HParams


def grid(**values):
    return [
        (s.strategy_folder(), s.sel_thresholds[0], s.seeds()[0], s.variant())
        for s in HParams(sub_dir="x", **values).single_runs()
    ]


@pytest.mark.parametrize(
    ("values", "runs"),
    [
        ({}, [("random", 10000, 1, None)]),
        ({"framework_type": ["a", "b"], "random_seed": [1, 2]},
         [("a", 10000, 1, None), ("a", 10000, 2, None), ("b", 10000, 1, None), ("b", 10000, 2, None)]),
        ({"sel_thresholds": [5, 9], "hist_sel_mode": "all"}, [("random", 5, 1, None)]),
        ({"sel_thresholds": [5, 9], "framework_type": ["random", "hist_select"]},
         [("random", 5, 1, None), ("hist_select", 5, 1, "threshold_5"), ("hist_select", 9, 1, "threshold_9")]),
        ({"sel_thresholds": [5, 9], "hist_sel_mode": "var"},
         [("random", 5, 1, "threshold_5"), ("random", 9, 1, "threshold_9")]),
        ({"sel_thresholds": [5, 9], "hist_sel_mode": "certain", "run_name": "x"},
         [("random", 5, 1, "x_threshold_5"), ("random", 9, 1, "x_threshold_9")]),
        ({"full_data_baseline": True, "random_seed": [3, 4], "run_name": "x"},
         [(FULL_DATA, 10000, 3, "x"), (FULL_DATA, 10000, 4, "x"), ("random", 10000, 3, "x"), ("random", 10000, 4, "x")]),
        ({"mode": "train", "random_seed": [3, 4]}, [("train", 10000, 3, None), ("train", 10000, 4, None)]),
        ({"mode": "cross_validate", "num_folds": 2, "checkpoint": "last", "run_name": "x"},
         [("cross_validate", 10000, 1, "x_fold_1"), ("cross_validate", 10000, 1, "x_fold_2"),
          ("cross_validate", 10000, 1, "x_final")]),
        ({"mode": "cross_validate", "checkpoint": "last", "fold": 3}, [("cross_validate", 10000, 1, "fold_3")]),
    ],
)  # fmt: skip
def test_lists_unfold_into_single_runs(values, runs):
    assert grid(**values) == runs


@pytest.mark.parametrize(("given", "expected"), [({}, [7, 7, 7]), ({"final_epochs": 3}, [7, 7, 3])])
def test_the_final_model_may_have_epochs_of_its_own(given, expected):
    folds = HParams(sub_dir="x", mode="cross_validate", num_folds=2, checkpoint="last", num_epochs=7, **given)
    assert [run.num_epochs for run in folds.single_runs()] == expected


def test_hist_select_selects_history_unless_told_otherwise():
    def modes(**values):
        runs = HParams(sub_dir="x", framework_type=["random", "hist_select"], **values).single_runs()
        return [run.hist_sel_mode for run in runs]

    assert modes() == ["all", "certain"]
    assert modes(hist_sel_mode="no") == ["no", "no"]


def test_the_run_on_all_labels_spreads_nothing():
    run, *_ = HParams(sub_dir="x", full_data_baseline=True, initial_selection="kmeans", initial_space="embedded").single_runs()
    assert (run.initial_selection, run.initial_space, run.labeled_percent) == ("random", "raw", 1.0)
