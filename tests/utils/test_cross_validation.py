"""What folds say together: the smoothing and the best epoch by hand, the files, and what is refused with a word."""

import csv
import json
import re

import numpy as np
import pytest

from tests.fakes import blobs, run_fake, small_params
from utils.cross_validation import best_epoch, summarise
from utils.errors import DataError


def write_fold(outputs, name, seed, metric, column="eval_mae", loss=None):
    """A fold as a run lays it down: the validation metric of each epoch, and its last value as that of the left-out fold."""
    folder = outputs / "stats" / "cross_validate" / name
    (folder / f"run_{seed}").mkdir(parents=True)
    lines = ["round,epoch,loss,metric,valid_loss,valid_metric,kept"]
    for epoch, value in enumerate(metric, start=1):
        valid_loss = value**2 if loss is None else loss[epoch - 1]
        lines.append(f"0,{epoch},1.0,1.0,{valid_loss!r},{value!r},{int(epoch == len(metric))}")
    (folder / f"run_{seed}" / "epochs.csv").write_text("\n".join(lines) + "\n")
    row = (
        f"round,num_total_labeled,{column},eval_r2\n0,100,{metric[-1]!r},0.5\n"
        if metric
        else "round,num_total_labeled,eval_mae\n"
    )
    (folder / f"al_stats_{seed}.csv").write_text(row)
    return folder


def test_summary_by_hand(tmp_path):
    write_fold(tmp_path, "fold_1", 1, [9.0, 4.0, 2.0, 6.0])
    write_fold(tmp_path, "fold_2", 1, [9.0, 6.0, 4.0, 8.0])
    summary = summarise(tmp_path, None, smoothing=0.5, skip=1)
    assert summary.curve.mean.tolist() == [9, 5, 3, 7]
    assert summary.curve.deviation == pytest.approx([0, 2**0.5, 2**0.5, 2**0.5])
    assert summary.curve.smoothed[1:].tolist() == [5, 4, 5.5]
    assert (summary.best_epoch, len(summary.curve.metric), summary.curve.measure.column) == (3, 2, "eval_mae")
    assert summary.metrics == {"eval_mae": (7.0, pytest.approx(2**0.5)), "eval_r2": (0.5, 0.0)}
    assert summary.warnings == []
    with summary.table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert summary.table == tmp_path / "cross_validation.csv"
    assert rows[0] == {
        "run_name": "", "epoch": "1", "mean": "9.0", "deviation": "0.0", "smoothed": "", "loss_mean": "81.0",
        "loss_smoothed": "",
    }  # fmt: skip
    assert [row["smoothed"] for row in rows[1:]] == ["5.0", "4.0", "5.5"]
    assert [row["loss_mean"] for row in rows] == ["81.0", "26.0", "10.0", "50.0"]
    assert summary.picture.read_bytes().startswith(b"\x89PNG")
    svg = summary.picture.with_suffix(".svg").read_text()
    assert "best epoch: 3" in svg
    assert ">4.00<" in svg
    assert best_epoch(tmp_path, None, 1, 2, 0.5, 1) == 3


def test_accuracy_is_best_where_it_is_highest_and_of_equals_the_earliest(tmp_path):
    write_fold(tmp_path, "fold_0", 1, [0.5, 0.75, 0.75, 0.5], "eval_acc")
    assert best_epoch(tmp_path, None, 1, 1, 0.0, 0) == 2
    summary = summarise(tmp_path, None, smoothing=0.0, skip=0)
    assert (summary.best_epoch, summary.curve.measure.column) == (2, "eval_acc")
    assert np.isnan(summary.curve.deviation).all()
    assert "validation accuracy (%)" in summary.picture.with_suffix(".svg").read_text()


def test_each_seed_has_its_own_best_epoch_and_the_summary_is_over_all(tmp_path):
    write_fold(tmp_path, "fold_1", 1, [3.0, 2.0, 5.0])
    write_fold(tmp_path, "fold_1", 10, [3.0, 3.0, 1.0])
    assert [best_epoch(tmp_path, None, seed, 1, 0.0, 0) for seed in (1, 10)] == [2, 3]
    assert summarise(tmp_path, None, smoothing=0.0, skip=0).curve.mean.tolist() == [3, 2.5, 3]


def test_names_are_kept_apart(tmp_path):
    write_fold(tmp_path, "fold_1", 1, [3.0, 2.0])
    write_fold(tmp_path, "wide_fold_1", 1, [1.0, 2.0])
    write_fold(tmp_path, "very_wide_fold_1", 1, [9.0, 9.0])
    write_fold(tmp_path, "wide_final", 1, [9.0, 9.0])
    assert summarise(tmp_path, None).curve.mean.tolist() == [3, 2]
    wide = summarise(tmp_path, "wide")
    assert wide.curve.mean.tolist() == [1, 2]
    assert [line.split(",")[:3] for line in wide.table.read_text().splitlines()[1:]] == [
        ["", "1", "3.0"], ["", "2", "2.0"], ["very_wide", "1", "9.0"], ["very_wide", "2", "9.0"],
        ["wide", "1", "1.0"], ["wide", "2", "2.0"],
    ]  # fmt: skip
    svg = wide.picture.with_suffix(".svg").read_text()
    assert re.findall(r">(wide|very_wide)<", svg) == ["very_wide", "wide"]
    assert svg.count(">best epoch: ") == 3


def test_epochs_that_not_all_folds_have_are_left_out_with_a_word(tmp_path):
    write_fold(tmp_path, "fold_1", 1, [3.0, 2.0, 1.0])
    write_fold(tmp_path, "fold_2", 1, [3.0, 2.0])
    summary = summarise(tmp_path, None)
    assert summary.curve.epochs.tolist() == [1, 2]
    assert summary.warnings == ["the folds trained for 2 to 3 epochs; the mean is over the first 2, which all have"]


@pytest.mark.parametrize(
    ("epochs", "complaint"),
    [
        (None, "No such file"),
        ("", "epochs.csv: no column valid_loss, valid_metric in the first line"),
        ("epoch,valid_loss,valid_metric\n", "epochs.csv: expected epochs with finite validation values, received 0 rows"),
        (
            "epoch,valid_loss,valid_metric\n1,,\n",
            "epochs.csv: expected a validation metric and loss in each row: could not convert",
        ),
        (
            "epoch,valid_loss,valid_metric\n1,2\n",
            "epochs.csv: expected a validation metric and loss in each row: float() argument",
        ),
        (
            "epoch,valid_loss,valid_metric\n1,2,3\n2,2,1e308\n",
            "epochs.csv, line 3: valid_metric is 1e+308, expected a number between 0 and 1e+100",
        ),
        (
            "epoch,valid_loss,valid_metric\n1,-1e308,3\n",
            "epochs.csv, line 2: valid_loss is -1e+308, expected at most 1e+100",
        ),
        (
            "epoch,valid_loss,valid_metric\n1,2,inf\n",
            "epochs.csv: expected epochs with finite validation values, received 1 rows",
        ),
    ],
)
def test_a_fold_that_cannot_be_read_is_named(tmp_path, epochs, complaint):
    write_fold(tmp_path, "fold_1", 1, [3.0, 2.0])
    folder = write_fold(tmp_path, "fold_2", 1, [3.0, 2.0])
    path = folder / "run_1" / "epochs.csv"
    path.unlink()
    if epochs is not None:
        path.write_text(epochs)
    summary = summarise(tmp_path, None)
    assert len(summary.curve.metric) == 1
    assert summary.warnings[0].startswith(f"{folder}: ")
    assert complaint in summary.warnings[0]
    assert summary.warnings[0].endswith("left out, run the cross-validation again to restore it")
    with pytest.raises(
        DataError, match=r"fold_<k>: expected 2 folds of seed 1, received 1; run the cross-validation again"
    ) as error:
        best_epoch(tmp_path, None, 1, 2)
    assert complaint in str(error.value)


def test_a_fold_without_a_round_and_one_of_another_measure_are_named(tmp_path):
    write_fold(tmp_path, "fold_1", 1, [3.0, 2.0])
    write_fold(tmp_path, "fold_2", 1, [])
    write_fold(tmp_path, "fold_3", 1, [0.5, 0.5], "eval_acc")
    first, second = summarise(tmp_path, None).warnings
    assert "fold_2: al_stats_1.csv: no round; left out" in first
    assert second.startswith(
        "cross_validate/fold_3, seed 1: measured by accuracy, but cross_validate/fold_1 by mean absolute error"
    )


def test_nothing_to_sum_up(tmp_path):
    with pytest.raises(DataError, match=r"cross_validate/wide_fold_<k>: no fold to sum up; run it with this sub_dir first"):
        summarise(tmp_path, "wide")


def test_folds_of_an_earlier_cross_validation_with_more_are_passed_over(tmp_path):
    for number, metric in ((1, [3.0, 2.0]), (2, [3.0, 4.0]), (3, [0.5, 0.1])):
        write_fold(tmp_path, f"fold_{number}", 1, metric)
    assert best_epoch(tmp_path, None, 1, 2, smoothing=0.0, skip=0) == 1
    assert best_epoch(tmp_path, None, 1, 3, smoothing=0.0, skip=0) == 2
    assert summarise(tmp_path, None, 2, smoothing=0.0, skip=0).metrics["eval_mae"][0] == 3.0
    assert len(summarise(tmp_path, None, smoothing=0.0, skip=0).curve.metric) == 3


@pytest.mark.parametrize(("metric", "warned"), [([3.0, 2.0, 1.0], True), ([3.0, 1.0, 2.0], False)])
def test_a_curve_that_is_best_at_its_end_is_told(tmp_path, metric, warned):
    write_fold(tmp_path, "fold_1", 1, metric)
    told = ["the curve is best at its last epoch, 3: it may go on improving; give more num_epochs"]
    assert summarise(tmp_path, None, smoothing=0.0, skip=1).warnings == told * warned


def test_what_it_came_to_in_one_line(tmp_path):
    write_fold(tmp_path, "fold_1", 1, [9.0, 4.0, 6.0])
    write_fold(tmp_path, "fold_2", 1, [9.0, 6.0, 8.0])
    assert summarise(tmp_path, None, smoothing=0.0, skip=0).text() == (
        "mean absolute error 7.00 ± 1.41 over 2 folds; best epoch 2 of the smoothed mean (5.00)"
    )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text: text.replace(",0.5,", ",0.25,", 1), "epochs.csv: line 2: loss is 0.25, and 0.5 in run_1/rounds.log"),
        (
            lambda text: text + text.splitlines()[1] + "\n",
            "epochs.csv: line 3 tells of a round that run_1/rounds.log does not hold",
        ),
        (
            lambda text: text.splitlines()[0] + "\n",
            "epochs.csv: ends after line 1, short of run_1/rounds.log, which it was made from",
        ),
    ],
)
def test_epochs_that_are_not_those_of_the_journal_are_not_gone_by(outputs, change, complaint):
    params = {"mode": "cross_validate", "num_folds": 2, "framework_type": "random"}
    for fold in (1, 2):
        run_fake(small_params(**params, fold=fold))
    assert best_epoch(outputs / "fake", None, 1, 2) == 1
    path = outputs / "fake" / "stats" / "cross_validate" / "fold_2" / "run_1" / "epochs.csv"
    path.write_text(change(path.read_text()))
    with pytest.raises(DataError, match="expected 2 folds of seed 1, received 1") as error:
        best_epoch(outputs / "fake", None, 1, 2)
    assert complaint in str(error.value)
    run_fake(small_params(**params, fold=2))  # writes it anew
    assert best_epoch(outputs / "fake", None, 1, 2) == 1


def test_folds_of_other_data_are_left_out_and_named(tmp_path):
    metrics = [9.0, 4.0, 2.0, 6.0], [9.0, 4.0, 2.0, 6.0], [1.0, 4.0, 2.0, 6.0]
    for number, (metric, data) in enumerate(zip(metrics, "aab", strict=True), start=1):
        folder = write_fold(tmp_path, f"fold_{number}", 1, metric) / "run_1"
        (folder / "params.json").write_text(json.dumps({"data": {"features": data}}))
    summary = summarise(tmp_path, None, smoothing=0.0, skip=0)
    words = "cross_validate/fold_3, seed 1: trained on other data than most folds; left out, run the cross-validation again"
    assert (len(summary.curve.metric), [words in warning for warning in summary.warnings]) == (2, [True])
    assert best_epoch(tmp_path, None, 1, 2, 0.0, 0) == best_epoch(tmp_path, None, 1, 2, 0.0, 0, data="a") == 3
    for folds, data, words in (
        (3, None, "than most folds"),
        (2, "b", "than the final model"),
        (3, "a", "than the final model"),
    ):
        with pytest.raises(DataError, match=f"expected {folds} folds of seed 1, received .*\n.* trained on other data {words}"):
            best_epoch(tmp_path, None, 1, folds, 0.0, 0, data=data)


def test_the_journal_of_a_fold_says_which_data_it_saw(outputs):
    params = {"mode": "cross_validate", "num_folds": 2, "framework_type": "random"}
    for fold in (1, 2):
        run_fake(small_params(**params, fold=fold))
    for path in outputs.rglob("params.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"data": {"features": "other"}}))
    assert best_epoch(outputs / "fake", None, 1, 2, data=blobs().fingerprint) == 1
    with pytest.raises(DataError, match="trained on other data than the final model"):
        best_epoch(outputs / "fake", None, 1, 2, data="other")
