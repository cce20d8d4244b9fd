"""Everything in one folder: data sets apart and together, other metrics, and the files that are written."""

import csv
import json
import math
import re

import pytest

from tests.utils.known_runs import only_comparison, write_grid, write_known_runs, write_run
from utils.compare import main
from utils.comparison.comparisons import Comparisons
from utils.errors import ParameterError
from utils.failure import Failure
from utils.measure import MEASURES


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grid")
    write_grid(folder, datasets=("mnist", "digits"), models=("cnn", "dense"), seeds=(1, 2, 3, 4, 5))
    return folder


@pytest.fixture(scope="module")
def written(grid):
    comparisons = Comparisons(grid)
    comparisons.write()
    return grid


def test_data_sets_are_compared_apart_in_the_order_of_their_names(grid):
    comparisons = Comparisons(grid)
    assert [comparison.dataset for comparison in comparisons.each] == ["digits", "mnist"]
    names = [f"{strategy}/model_{model}" for strategy in ("entropy", "margin", "random") for model in ("cnn", "dense")]
    assert all([curve.name for curve in comparison.curves] == names for comparison in comparisons.each)
    assert all(comparison.folder == grid for comparison in comparisons.each)
    told = "the validation part's 100 labels count as spent, too: curves and savings tell of those in the pool alone"
    assert comparisons.warnings == [f"digits: {told}", f"mnist: {told}"]
    against = [(one.first, one.second) for one in comparisons.each[0].versus_random()]
    assert against[:2] == [("entropy/model_cnn", "random/model_cnn"), ("entropy/model_dense", "random/model_dense")]


def test_the_folder_of_a_run_stays_what_it_is(grid):
    run = Comparisons(grid).each[0].runs[0]
    assert run.folder == grid / "stats" / "entropy" / "dataset_digits_model_cnn" / "run_1"
    assert (run.dataset, run.variant, run.name) == ("digits", "model_cnn", "entropy/model_cnn")


def test_the_answer_is_over_all_data_sets(grid):
    assert re.match(
        r"margin/model_\w+'s accuracy is \d\.\d percentage points above random/model_\w+'s on average over "
        r"10 pairs of data set and seed from 2 data sets \(95 % CI \d\.\d to \d\.\d, p < 0\.001 after Holm's correction "
        r"over 4 curves\); ",
        Comparisons(grid).answer().sentence,
    )
    assert Comparisons(grid).answer().advice[-1] == (
        "2 data sets say little about others: the tests speak of these alone, so look at the one that is most like yours."
    )


def test_the_picture_has_a_panel_for_each_and_one_legend(written):
    svg = (written / "comparison.svg").read_text()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert [texts.count(name) for name in ("digits", "mnist", "margin/model_cnn", "labelled share of the pool (%)")] == [
        1,
        1,
        1,
        2,
    ]
    assert (written / "comparison.png").read_bytes().startswith(b"\x89PNG")
    assert "margin/model_dense" in (written / "critical_difference.svg").read_text()


def test_the_tidy_table_tells_the_data_set(written):
    with (written / "comparison.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 2 * 3 * 5 * 12
    assert {(row["dataset"], row["variant"]) for row in rows} == {
        (dataset, f"model_{model}") for dataset in ("digits", "mnist") for model in ("cnn", "dense")
    }


def test_another_metric_has_files_of_its_own(tmp_path, capsys):
    write_grid(tmp_path)
    assert main([str(tmp_path), "--metric", "f1"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("margin reaches 95 % of the full F1 with ")
    assert printed.splitlines()[-2:] == [str(tmp_path / "comparison.eval_f1.png"), str(tmp_path / "report.eval_f1.html")]
    assert {path.name for path in tmp_path.iterdir()} == {
        "stats", "comparison.csv", "comparison.eval_f1.png", "comparison.eval_f1.svg", "report.eval_f1.html",
    }  # fmt: skip


@pytest.mark.parametrize("measure", [one for one in MEASURES if one.column not in ("eval_roc_auc", "eval_pr_auc")])
def test_every_metric_can_be_compared_by(tmp_path, measure):
    regression = measure.column in ("eval_mae", "eval_mse", "eval_r2")
    write_grid(tmp_path, ("random", "margin"), seeds=(1, 2, 3), regression=regression)
    comparison = only_comparison(tmp_path, measure.column)
    assert comparison.measure is measure
    [against] = comparison.versus_random()
    assert against.mean > 0, "margin is made to be the better one, whichever way the metric points"


def test_the_usual_metric_has_the_usual_files(tmp_path):
    write_grid(tmp_path, seeds=(1,))
    assert Comparisons(tmp_path, "eval_acc").suffix == Comparisons(tmp_path).suffix == ""


def test_an_unknown_metric_is_refused_with_near_names(tmp_path, capsys):
    write_grid(tmp_path, seeds=(1,))
    assert main([str(tmp_path), "--metric", "eval_f2"]) == 2
    assert (
        "there is no metric 'eval_f2' of the test part; did you mean eval_r2 or eval_f1?; known: eval_acc,"
        in capsys.readouterr().err
    )
    with pytest.raises(ParameterError, match=r"no run in .* has a value of eval_roc_auc: choose another metric"):
        Comparisons(tmp_path, "roc_auc")


def test_a_run_without_the_metric_is_left_out_and_said(tmp_path):
    write_grid(tmp_path, ("random", "margin"), seeds=(1, 2))
    write_run(tmp_path, "badge", 1, [(20, 0.5), (40, 0.6)], params={"dataset": "digits"})
    comparison = only_comparison(tmp_path, "ece")
    assert [curve.name for curve in comparison.curves] == ["margin", "random"]
    assert "no calibration error yet, left out of the picture: badge, seed 1" in comparison.warnings


def test_a_grid_over_data_sets_of_any_name_is_joined(tmp_path):
    write_grid(
        tmp_path, ("random", "margin"), (1, 2), rounds=4, datasets=("california_housing", "a b", "a-b"), models=("cnn", "dense")
    )
    each = Comparisons(tmp_path).each
    assert [comparison.dataset for comparison in each] == ["a b", "a-b", "california_housing"]
    names = [f"{strategy}/model_{model}" for strategy in ("margin", "random") for model in ("cnn", "dense")]
    assert all([curve.name for curve in comparison.curves] == names for comparison in each)


def test_a_seed_counts_once(tmp_path):
    write_grid(tmp_path, ("random", "margin"), (1, 2), rounds=4, datasets=("digits", "mnist"), full_data=False)
    write_run(tmp_path, "margin", 1, [(20, 0.1), (40, 0.2)], params={"dataset": "digits"})
    write_run(tmp_path, "margin", 2, [(20, 0.1), (900, 0.2)], params={"dataset": "digits"})
    comparisons = Comparisons(tmp_path)
    assert [len(comparison.runs) for comparison in comparisons.each] == [4, 4]
    alone, of_grid = "stats/margin/run_{}", "stats/margin/dataset_digits/run_{}"
    assert comparisons.warnings[:2] == [
        f"margin, seed {seed} lies here twice, and a seed counts once: {left.format(seed)} is left out, "
        f"{kept.format(seed)} got as far or further; give one of them a sub_dir of its own"
        for seed, left, kept in ((1, alone, of_grid), (2, of_grid, alone))
    ]


def test_a_seed_with_zeros_in_front_is_no_other(tmp_path):
    for path in (write_run(tmp_path, "margin", "01", [(20, 0.1)]), write_run(tmp_path, "random", 0, [(20, 0.1)])):
        assert path.is_file()
    assert [run.seed for run in only_comparison(tmp_path).runs] == [0]
    assert "an integer seed, without zeros in front" in Comparisons(tmp_path).warnings[0]


def test_data_sets_that_are_no_grid_are_said(tmp_path):
    write_run(tmp_path, "random", 1, [(100, 0.5), (200, 0.6)], params={"dataset": "digits"})
    write_run(tmp_path, "margin", 1, [(100, 0.5), (200, 0.7)], params={"dataset": "mnist"})
    comparisons = Comparisons(tmp_path)
    assert [comparison.dataset for comparison in comparisons.each] == ["digits", "mnist"]
    assert comparisons.warnings[0] == (
        "several data sets (digits, mnist) lie in this folder, each is compared by itself; not of a grid over data sets: "
        "random, seed 1; margin, seed 1; give them a sub_dir of their own"
    )
    assert comparisons.warnings[1] == "digits: fewer than 5 seeds: random 1; differences of this size can be chance"
    assert comparisons.answer().sentence == (
        "Each of the 2 data sets stands for itself: no strategy ran beside random selection on all data sets; "
        "ranks need at least 3 strategies that ran on all data sets, there are 0."
    )


def test_a_run_of_unknown_data_belongs_to_the_only_set(tmp_path):
    write_grid(tmp_path, ("random", "margin"), seeds=(1, 2))
    (tmp_path / "stats" / "margin" / "run_2" / "params.json").unlink()
    assert [len(group) for group in only_comparison(tmp_path).groups] == [2, 2]


def test_a_run_of_unknown_data_among_several_sets_is_left_out(tmp_path):
    write_grid(tmp_path, datasets=("digits", "mnist"), seeds=(1, 2))
    (tmp_path / "stats" / "margin" / "dataset_mnist" / "run_2" / "params.json").unlink()
    comparisons = Comparisons(tmp_path)
    assert comparisons.warnings[0] == "no params.json that names the data set, left out: margin/dataset_mnist, seed 2"
    assert [len(comparison.runs) for comparison in comparisons.each] == [6, 5]


def test_the_checkpoint_warning_stands_below_all_panels(tmp_path):
    write_grid(tmp_path, ("random",), datasets=("digits", "mnist"), seeds=(1,))
    path = tmp_path / "stats" / "random" / "dataset_mnist" / "run_1" / "params.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"checkpoint_on": "test_as_founding_systems_did"}))
    Comparisons(tmp_path).write()
    assert "checkpoints are chosen on the test part" in (tmp_path / "comparison.svg").read_text()


def test_a_footnote_says_of_which_data_sets_it_is_true(tmp_path):
    write_grid(tmp_path, ("random",), datasets=("digits", "mnist"), seeds=(1,))
    path = tmp_path / "stats" / "random" / "dataset_mnist" / "run_1" / "params.json"
    params = json.loads(path.read_text())
    path.write_text(json.dumps(params | {"parts": params["parts"] | {"test": 0}}))
    full_data = tmp_path / "stats" / "full_data" / "dataset_mnist"
    (full_data / "al_stats_1.csv").unlink()
    Comparisons(tmp_path).write()
    assert "mnist: no test part: judged by 4-fold cross-validation" in (tmp_path / "comparison.svg").read_text()


def test_the_command_shows_each_data_set(written, capsys):
    assert main([str(written)]) == 0
    printed = capsys.readouterr().out
    assert "\ndigits: margin/model_" in printed
    assert "\nmnist: " in printed
    assert printed.count("full data: ") + printed.count("no full-data run") == 2


@pytest.mark.parametrize("where", ["middle of a row", "middle of a number"])
def test_a_csv_cut_anywhere_is_left_out_and_named(tmp_path, where):
    write_known_runs(tmp_path)
    path = tmp_path / "stats" / "margin" / "al_stats_2.csv"
    text = path.read_text().rstrip("\n")
    path.write_text(text[: text.rindex(",") - 8] if where == "middle of a row" else text[:-1])
    [warning] = [warning for warning in Comparisons(tmp_path).warnings if str(path) in warning]
    assert "has not the 15 fields" in warning or "line 4 does not end: the file was cut in the middle of a row" in warning
    assert only_comparison(tmp_path).versus_random()[0].seeds == (1, 3, 4, 5)


def test_seconds_per_query_by_hand(tmp_path):
    write_grid(tmp_path, ("random",), seeds=(1, 2), rounds=3, full_data=False)
    place = tmp_path / "stats" / "random"
    (place / "run_1" / "timing.csv").write_text(
        "round,select,label,train,evaluate,other\n0,9,0,0,0,0\n1,2,0,0,0,0\n2,4,0,0,0,0\n"
    )
    (place / "run_2" / "timing.csv").unlink()
    assert only_comparison(tmp_path).seconds_per_query() == {"random": pytest.approx(6 / 40)}
    (place / "run_1" / "timing.csv").write_text("round,select\n1,soon\n")
    assert math.isnan(only_comparison(tmp_path).seconds_per_query()["random"])


def test_runs_that_failed_are_named(tmp_path):
    write_grid(tmp_path, ("random", "margin"), seeds=(1, 2), rounds=3)
    for seed in (3, 4, 5, 6):
        Failure(f"margin/seed {seed}", "no memory\nmore", 70).record(tmp_path / "stats" / "margin" / f"run_{seed}")
    assert Comparisons(tmp_path).warnings[0] == (
        "4 runs are missing here or cut short, for an attempt failed: margin/seed 3: no memory; margin/seed 4: no memory; "
        "margin/seed 5: no memory; and 1 more"
    )
