"""The comparison of a folder: its numbers by hand, what it warns of, and the command."""

import csv
import errno
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hparams import HParams
from tests.utils.known_runs import COLUMNS, PARTS, REGRESSION_COLUMNS, only_comparison, write_known_runs, write_run
from utils.compare import compare, main
from utils.comparison.limits import SAME_FOR_ALL, SAME_IN_A_CURVE

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    write_known_runs(tmp_path)
    return tmp_path


def row_of(comparison, strategy):
    return comparison.summary().set_index("strategy").loc[strategy]


def test_summary_by_hand(folder):
    comparison = only_comparison(folder)
    margin, random = row_of(comparison, "margin"), row_of(comparison, "random")
    assert comparison.full_data == pytest.approx(0.8)
    assert margin["seeds"] == 5
    assert (margin["first_end"], margin["last_end"]) == (400, 400)
    assert margin["final_mean"] == pytest.approx(0.8)
    assert margin["final_deviation"] == pytest.approx((10 / 4) ** 0.5 / 100), "of -2, -1, 0, 1, 2 per cent"
    assert margin["mean_over_labels"] == pytest.approx((100 * 0.635 + 200 * 0.785) / 300)
    assert random["mean_over_labels"] == pytest.approx((100 * 0.55 + 200 * 0.695) / 300)
    assert (margin["labels_95"], margin["labels_99"]) == (200, 400), "0.76 and 0.792"
    assert random["labels_95"] == 400
    assert random[["labels_99", "to_random_99"]].isna().all(), "0.79 never reaches 0.792"
    assert margin["to_random_95"] == pytest.approx(0.5**0.6), "three of five seeds need half of random's"
    assert margin[["to_random_99"]].isna().all()
    assert (margin["reached_95"], margin["reached_99"], random["reached_99"]) == (5, 3, 2)
    assert comparison.warnings == []


def test_tidy_table_keeps_every_row_and_cell_as_it_was(folder):
    write_run(folder, "edpc", 1, [(100, 0.123456789012345678)], variant="a")
    compare(folder)
    with (folder / "comparison.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["dataset", "strategy", "variant", "seed", "pool", *COLUMNS]
    assert [row["strategy"] for row in rows] == ["edpc"] + ["margin"] * 15 + ["random"] * 15, (
        "the full-data runs are no strategy"
    )
    assert (
        rows[0] | {"variant": "a", "seed": "1", "pool": "1000", "eval_acc": "0.12345678901234568", "eval_loss": "0.10"}
        == rows[0]
    )
    assert [(row["seed"], row["round"]) for row in rows[1:5]] == [("1", "0"), ("1", "1"), ("1", "2"), ("2", "0")]


def test_same_runs_give_the_same_bytes(folder):
    names = ["comparison.png", "comparison.svg", "comparison.csv"]
    compare(folder)
    first = [(folder / name).read_bytes() for name in names]
    compare(folder)
    assert [(folder / name).read_bytes() for name in names] == first
    assert ">ALL 80.0 %<" in first[1].decode()


def test_few_and_missing_seeds_are_said(tmp_path):
    for strategy, seeds in (("random", (1, 2, 3)), ("margin", (1,))):
        for seed in seeds:
            write_run(tmp_path, strategy, seed, [(100, 0.5), (200, 0.6)])
    assert compare(tmp_path).warnings == [
        "fewer than 5 seeds: margin 1, random 3; differences of this size can be chance",
        "margin lacks seeds 2, 3, which others have: it is compared over the seeds that both have",
    ]


def test_a_single_seed_has_no_deviation(tmp_path):
    write_run(tmp_path, "margin", 1, [(100, 0.5), (200, 0.7)])
    row = row_of(only_comparison(tmp_path), "margin")
    assert row["final_mean"] == 0.7
    assert row[["final_deviation", "labels_95", "to_random_95"]].isna().all()
    assert row["mean_over_labels"] == pytest.approx(0.6)


def test_runs_in_progress_are_averaged_where_they_are(folder):
    write_run(folder, "margin", 6, [(100, 0.6), (200, 0.87)])
    write_run(folder, "random", 6, [(100, 0.5), (200, 0.6), (400, 0.7)])
    comparison = only_comparison(folder)
    margin = comparison.curves[0]
    assert margin.labels.tolist() == [100, 200, 400]
    assert margin.mean() == pytest.approx([(5 * 0.5 + 0.6) / 6, (5 * 0.77 + 0.87) / 6, 0.8])
    assert comparison.warnings == [
        "margin: seed 6 ended before 400 labels; beyond 200 the mean is over the seeds that got there",
        "the mean accuracy is over 100 to 200 labels, which all curves have in common",
    ]
    row = row_of(comparison, "margin")
    assert (row["first_end"], row["last_end"]) == (200, 400)


def test_the_mean_is_over_the_labels_that_all_curves_have(tmp_path):
    write_run(tmp_path, "margin", 1, [(100, 0.5), (200, 0.7), (300, 0.9)])
    write_run(tmp_path, "badge", 1, [(150, 0.4), (250, 0.6)])
    write_run(tmp_path, "random", 1, [(100, 0.1)])
    comparison = only_comparison(tmp_path)
    assert comparison.common_span() == (150, 250), "the single point of random selection spans nothing"
    assert row_of(comparison, "margin")["mean_over_labels"] == pytest.approx(0.7)
    assert comparison.mean_over((150, 200)) == pytest.approx({"badge": 0.45, "margin": 0.65, "random": math.nan}, nan_ok=True)
    assert "the mean accuracy is over 150 to 250 labels, which all curves have in common" in comparison.warnings


def test_curves_without_common_labels_have_no_mean(tmp_path):
    write_run(tmp_path, "margin", 1, [(100, 0.5), (200, 0.7)])
    write_run(tmp_path, "badge", 1, [(200, 0.4), (250, 0.6)])
    comparison = only_comparison(tmp_path)
    assert comparison.summary()["mean_over_labels"].isna().all()
    assert "the curves have no labels in common: no mean accuracy is shown" in comparison.warnings


@pytest.mark.parametrize(
    ("values", "told", "drawn"),
    [
        ({"a": 0.8}, "full data: 80.0 %", ["ALL 80.0 %"]),
        ({"a": 0.8, "b": 0.8}, "full data: 80.0 %", ["ALL 80.0 %"]),
        ({"a": 0.8, "b": 0.9}, "full data: 80.0 % (a), 90.0 % (b)", ["ALL 80.0 %, a", "ALL 90.0 %, b"]),
        ({"": 0.8, "b": 0.9}, "full data: 80.0 % (no variant), 90.0 % (b)", ["ALL 80.0 %", "ALL 90.0 %, b"]),
        ({"a": 0.8, "b": 0.9, "c": 0.7}, "full data: 70.0 % to 90.0 %, each variant against its own", []),
    ],
    ids=str,
)
def test_each_variant_has_its_full_data_run(tmp_path, capsys, values, told, drawn):
    for variant, value in values.items():
        write_run(tmp_path, "margin", 1, [(100, 0.5), (200, 0.6)], variant=variant)
        write_run(tmp_path, "full_data", 1, [(1000, value)], variant=variant)
    assert only_comparison(tmp_path).has_full_data
    assert main([str(tmp_path)]) == 0
    assert told in capsys.readouterr().out.splitlines()
    svg = (tmp_path / "comparison.svg").read_text()
    assert sorted(re.findall(">(ALL [^<]*)<", svg)) == drawn


def test_groups_that_the_split_ignores_are_said(tmp_path):
    write_run(tmp_path, "margin", 1, [(100, 0.5)], params={"split_ignores": ["speaker"]})
    write_run(tmp_path, "random", 1, [(100, 0.5)], params={"split_ignores": []})
    wanted = (
        "the split ignores speaker: the same one lies in the training and in the test part, so results say little about "
        "new ones (group_by)"
    )
    assert [warning for warning in only_comparison(tmp_path).warnings if "ignores" in warning] == [wanted]


def test_labels_of_the_validation_part_are_said(tmp_path):
    write_run(tmp_path, "margin", 1, [(100, 0.5)], parts=PARTS | {"validation": 1234})
    wanted = "the validation part's 1,234 labels count as spent, too: curves and savings tell of those in the pool alone"
    assert only_comparison(tmp_path).warnings[-1] == wanted


def test_strategies_that_end_apart_are_said(tmp_path):
    write_run(tmp_path, "margin", 1, [(100, 0.5), (200, 0.6)])
    write_run(tmp_path, "badge", 1, [(100, 0.5), (1200, 0.6)])
    wanted = "strategies end at different labels (badge 1,200, margin 200): compare them at the same labels only"
    assert wanted in compare(tmp_path).warnings


def test_seeds_between_each_others_rounds_are_interpolated(tmp_path):
    write_run(tmp_path, "margin", 1, [(100, 0.5), (300, 0.7)])
    write_run(tmp_path, "margin", 2, [(100, 0.5), (200, 0.5), (300, 0.7)])
    comparison = only_comparison(tmp_path)
    assert comparison.curves[0].mean() == pytest.approx([0.5, 0.55, 0.7])
    assert "margin: the seeds stand at different label counts; interpolated between rounds" in comparison.warnings


def test_a_run_without_rounds_is_left_out_of_the_picture(folder):
    write_run(folder, "badge", 1, [])
    assert compare(folder).warnings == ["no accuracy yet, left out of the picture: badge, seed 1"]


def test_other_parts_are_named(folder):
    write_run(folder, "badge", 1, [(100, 0.5), (400, 0.6)], parts=PARTS | {"pool": 900})
    assert compare(folder).warnings[0] == (
        "badge, seed 1: its parts are pool 900, validation 0, test 200, those of most runs pool 1,000, "
        "validation 0, test 200; another data set or split does not belong into this comparison: give it a sub_dir of its own"
    )
    assert {curve.name: curve.pool for curve in only_comparison(folder).curves} == {
        "badge": 900,
        "margin": 1000,
        "random": 1000,
    }


@pytest.mark.parametrize(
    ("variants", "wanted"), [(["", "a", "b"], 100), (["", "b"], 200), (["b"], 400), (["b", "c"], None)], ids=str
)
def test_which_random_runs_are_the_baseline(tmp_path, variants, wanted):
    needed = {"a": 100, "": 200, "b": 400, "c": 800}
    write_run(tmp_path, "margin", 1, [(10, 0.1), (50, 0.9)], variant="a")
    write_run(tmp_path, "full_data", 1, [(1000, 0.9)])
    for variant in variants:
        write_run(tmp_path, "random", 1, [(10, 0.1), (needed[variant], 0.9)], variant=variant)
    ratio = row_of(only_comparison(tmp_path), "margin")["to_random_95"]
    assert ratio == pytest.approx(50 / wanted if wanted else float("nan"), nan_ok=True)


def test_the_command(folder):
    write_run(folder, "badge[red]", 1, [(100, 0.5), (400, 0.796)], variant="v")
    command = [sys.executable, "-m", "utils.compare", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    assert " ".join(printed[:2]).replace("  ", " ") == (
        "margin's accuracy is 8.8 percentage points above random's on average over the budget "
        "(95 % CI 8.3 to 9.3, p < 0.001, 5 seeds)."
    )
    lines = {line.split()[0]: line.split() for line in printed[2:] if line.strip()}
    assert " ".join(lines["margin"]) == "margin 5 400 80.0 ± 1.6 % 73.5 % 200 66 % 400 (3 of 5) – p < 0.001"
    assert " ".join(lines["random"]) == "random 5 400 79.0 ± 1.6 % 64.7 % 400 – – (2 of 5) – –"
    assert " ".join(lines["badge[red]/v"]) == "badge[red]/v 1 400 79.6 % 64.8 % 400 100 % 400 – –"
    advice = "→ Use margin for the real labelling and stop at about 200 labels, when it reaches 95 % of the full accuracy."
    assert printed.index("full data: 80.0 %") < printed.index(advice)
    assert printed[-2:] == [str(folder / "comparison.png"), str(folder / "report.html")]
    assert (folder / "report.html").is_file()
    assert done.stderr.startswith("warning: fewer than 5 seeds: badge[red]/v 1;")


def test_the_command_without_full_data(tmp_path, capsys):
    write_run(tmp_path, "margin", 1, [(100, 0.5)])
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "Only margin ran, so there is nothing to compare it with."
    assert printed[4].split() == ["margin", "1", "100", "50.0", "%", "–", "–", "–", "–", "–", "–"]
    assert printed[5] == "no full-data run, so no labels to reach its accuracy"


def test_the_command_asks_no_full_data_run_of_people(tmp_path, capsys):
    write_run(tmp_path, "margin", 1, [(100, 0.5)], params={"oracle": "web"})
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("With 100 labels by people the accuracy is 50.0 % on the test part.\n")
    assert "full-data" not in printed


def test_the_command_ends_with_the_exit_code_of_the_fault(tmp_path, capsys):
    assert main([str(tmp_path / "nothing")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    write_run(tmp_path, "margin", 1, [])
    assert main([str(tmp_path)]) == 65
    assert "no run of a strategy has a result yet, so there is nothing to draw" in capsys.readouterr().err


def test_a_folder_that_may_not_be_read_or_leads_to_itself_is_named(tmp_path, capsys, monkeypatch):
    def denied(folder, *_):
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))

    (tmp_path / "loop").symlink_to("loop")
    assert main([str(tmp_path / "loop")]) == 2
    assert f"there is no folder {tmp_path}/loop" in capsys.readouterr().err
    monkeypatch.setattr("utils.comparison.comparisons.read_runs", denied)
    assert main([str(tmp_path)]) == 74
    assert capsys.readouterr().err.startswith(f"{tmp_path}: Permission denied; see to it that it can be read")


def test_tensorflow_is_not_imported():
    code = "import sys, utils.compare; sys.exit(any(name.split('.')[0] in {'tensorflow', 'keras'} for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_checkpoints_chosen_on_the_test_part_are_said_in_table_and_picture(tmp_path, capsys):
    write_known_runs(tmp_path)
    path = tmp_path / "stats" / "margin" / "run_2" / "params.json"
    params = json.loads(path.read_text()) | {"checkpoint_on": "test_as_founding_systems_did"}
    path.write_text(json.dumps(params))
    assert main([str(tmp_path)]) == 0
    sentence = "checkpoints are chosen on the test part, as the founding systems did: the results are optimistic"
    assert f"{sentence}: margin, seed 2" in " ".join(capsys.readouterr().err.split())
    assert "checkpoints are chosen on the test part" in (tmp_path / "comparison.svg").read_text()


@pytest.fixture
def regression(tmp_path):
    for seed in range(1, 6):
        shift = (seed - 3) / 10
        write_run(tmp_path, "random", seed, [(100, 6 + shift), (200, 4 + shift), (400, 2.1 + shift)], measure="eval_mae")
        write_run(tmp_path, "igs", seed, [(100, 6 + shift), (200, 2.1 + 1.5 * shift), (400, 1.8 + shift)], measure="eval_mae")
        write_run(tmp_path, "full_data", seed, [(1000, 2 + shift)], measure="eval_mae")
    return tmp_path


def test_regression_by_hand(regression):
    comparison = only_comparison(regression)
    igs, random = row_of(comparison, "igs"), row_of(comparison, "random")
    assert comparison.full_data == pytest.approx(2)
    assert (igs["final_mean"], igs["final_deviation"]) == pytest.approx((1.8, (10 / 4) ** 0.5 / 10))
    assert igs["mean_over_labels"] == pytest.approx((100 * (6 + 2.1) / 2 + 200 * (2.1 + 1.8) / 2) / 300)
    assert (igs["labels_95"], igs["labels_99"]) == (200, 400), "at most 2 / 0.95 = 2.105 and 2 / 0.99 = 2.02"
    assert (random["labels_95"], random["reached_95"]) == (400, 3), "2.2 and 2.3 never get there"
    assert igs[["to_random_95"]].isna().all(), "not every seed of random selection did"
    assert random[["labels_99"]].isna().all()
    assert comparison.warnings == []


def test_the_command_in_regression(regression, capsys):
    assert main([str(regression)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(
        "igs's mean absolute error is 1.05 below random's on average over the budget (95 % CI 1.00 to 1.10,"
    )
    lines = {line.split()[0]: " ".join(line.split()) for line in printed.splitlines()[2:] if line.strip()}
    assert lines["igs"] == "igs 5 400 1.80 ± 0.16 2.65 200 – 400 – p < 0.001"
    assert "full / 0.95" in printed
    assert "full data: 2.00\n" in printed
    svg = (regression / "comparison.svg").read_text()
    assert ">mean absolute error<" in svg
    assert ">ALL 2.00<" in svg
    assert svg.index(">igs  1.80<") < svg.index(">random  2.10<"), "the smallest error comes first"
    with (regression / "comparison.csv").open(newline="") as file:
        assert list(next(csv.DictReader(file)))[5:] == REGRESSION_COLUMNS


def test_of_two_measures_the_commoner_is_compared(folder):
    write_run(folder, "igs", 7, [(100, 5.0), (200, 4.0)], measure="eval_mae")
    wanted = (
        "most runs are measured by accuracy (eval_acc), left out is what is measured otherwise: igs, seed 7; "
        "give another task a sub_dir of its own"
    )
    assert compare(folder).warnings == [wanted]
    assert [curve.name for curve in only_comparison(folder).curves] == ["margin", "random"]
    assert "igs" not in (folder / "comparison.csv").read_text()


def test_training_and_cross_validation_are_no_strategies(folder):
    write_run(folder, "train", 1, [(1000, 0.9)])
    write_run(folder, "cross_validate", 1, [(750, 0.9)], variant="fold_1", parts={})
    comparison = only_comparison(folder)
    assert [curve.name for curve in comparison.curves] == ["margin", "random"]
    assert comparison.warnings == []


def test_without_a_strategy_nothing_is_compared(tmp_path, capsys):
    write_run(tmp_path, "train", 1, [(1000, 0.9)])
    write_run(tmp_path, "cross_validate", 1, [(750, 0.9)], variant="wide_fold_1")
    assert compare(tmp_path).warnings == []
    assert [path.name for path in tmp_path.iterdir()] == ["stats"]
    assert main([str(tmp_path)]) == 65
    assert "no run of a strategy has a result yet" in capsys.readouterr().err


def set_params(folder, strategy, seed, **changes):
    path = folder / "stats" / strategy / f"run_{seed}" / "params.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_runs_trained_otherwise_than_most_are_named(folder):
    for strategy in ("random", "margin"):
        for seed in range(1, 6):
            set_params(folder, strategy, seed, num_epochs=5, model="dense", max_round=seed)
    assert only_comparison(folder).warnings == []
    set_params(folder, "margin", 2, num_epochs=9, model_params={"dropout": 0.2})
    [warning] = only_comparison(folder).warnings
    assert warning == (
        "margin, seed 2: trained otherwise than most runs (num_epochs 9, not 5); "
        "what differs is not the strategy alone: give it a run_name"
    )


def test_seeds_of_a_curve_that_selected_otherwise_are_named(folder):
    for seed in range(1, 6):
        set_params(folder, "margin", seed, pseudo_label=False, candidate_pool=None)
        set_params(folder, "random", seed, pseudo_label=True)
    assert only_comparison(folder).warnings == []
    set_params(folder, "margin", 5, pseudo_label=True, candidate_pool=12)
    [warning] = only_comparison(folder).warnings
    assert warning == (
        "margin, seed 5: selected otherwise than most seeds of its curve (candidate_pool 12, not null; pseudo_label true, not "
        "false); they are not seeds of one strategy: give it a run_name"
    )


def test_runs_on_all_labels_that_were_trained_otherwise_are_named(folder):
    for seed in range(1, 6):
        for strategy, of_selection in (("random", 0.1), ("margin", 0.1), ("full_data", 1.0)):
            set_params(folder, strategy, seed, num_epochs=5, labeled_percent=of_selection)
    assert only_comparison(folder).warnings == []
    for seed in (2, 4):
        set_params(folder, "full_data", seed, num_epochs=1)
    write_run(folder, "margin", 1, [(100, 0.5), (200, 0.6)], variant="short", params={"num_epochs": 1})
    told = [warning for warning in only_comparison(folder).warnings if "what all labels give" in warning]
    after = "; what all labels give, and the labels to a share of that, are not theirs: run it again, or give it a run_name"
    assert told == [
        f"full_data, seeds 2, 4: trained otherwise than margin, random (num_epochs 1, not 5){after}",
        f"full_data, seeds 1, 3, 5: trained otherwise than margin/short (num_epochs 5, not 1){after}",
    ]


def test_a_variant_may_be_trained_otherwise(folder):
    write_run(folder, "margin", 1, [(100, 0.5)], variant="longer")
    set_params(folder, "margin/longer", 1, num_epochs=9)
    for strategy in ("random", "margin"):
        set_params(folder, strategy, 1, num_epochs=5)
    assert not [warning for warning in only_comparison(folder).warnings if "trained otherwise" in warning]


OF_THE_SELECTION = {
    "framework_type", "strategy_params", "random_seed", "max_round", "stop", "run_name", "candidate_pool", "num_passes",
    "num_members", "num_augmented", "augmentations", "autolabel", "autolabel_step", "hist_sel_mode", "sel_thresholds",
    "hist_keep", "hist_rule", "pseudo_label", "decay_threshold", "decay_rate",
}  # fmt: skip
ELSEWHERE = {
    "sub_dir", "mode", "num_folds", "fold", "final_epochs", "curve_smoothing", "curve_skip", "full_data_baseline", "data_dir",
    "max_bad_files", "threads", "map_projection", "overwrite", "tensorboard", "grid", "num_workers", "executor",
    "ray_address", "gpus_per_run", "shard_scoring", "mlflow", "mlflow_uri",
    "new_classes", "show_guess", "prefetch", "web_host", "web_port", "label_studio_url",
}  # fmt: skip
"""Of the folder, of modes that are not compared, or of how and where a run is made; threads stand in the environment."""


def test_every_parameter_is_of_the_selection_or_compared():
    assert set(HParams.model_fields) <= OF_THE_SELECTION | ELSEWHERE | set(SAME_FOR_ALL)
    assert not (OF_THE_SELECTION | ELSEWHERE) & set(SAME_FOR_ALL)
    of_a_run = {"framework_type", "random_seed", "max_round", "stop", "run_name", "autolabel", "autolabel_step"}
    assert OF_THE_SELECTION - of_a_run == set(SAME_IN_A_CURVE) - {"new_classes"}
