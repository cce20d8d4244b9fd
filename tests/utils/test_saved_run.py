"""Reading runs: in which order, what counts as a point, and what is left out with a word."""

import hashlib
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.fakes import regression_params, run_fake, small_params
from tests.utils.known_runs import only_comparison, write_known_runs, write_run
from utils.comparison.comparisons import Comparisons
from utils.errors import ParameterError
from utils.journal import Journal
from utils.results import stats_csv
from utils.saved_run import read_runs


@pytest.fixture
def folder(tmp_path):
    write_known_runs(tmp_path)
    return tmp_path


def test_seeds_are_sorted_as_numbers(tmp_path):
    for seed in (10, 9, 1):
        write_run(tmp_path, "margin", seed, [(100, 0.5)])
    assert [run.seed for run in only_comparison(tmp_path).runs] == [1, 9, 10]


def test_a_round_that_adds_no_label_replaces_the_one_before(tmp_path):
    write_run(tmp_path, "margin", 1, [(100, 0.4), (100, 0.5), (200, ""), (300, 0.9)])
    curve = only_comparison(tmp_path).curves[0]
    assert (curve.labels.tolist(), curve.results.tolist()) == ([100, 300], [[0.5, 0.9]])


def test_a_curve_begins_where_there_are_labels(tmp_path):
    write_run(tmp_path, "margin", 1, [(0, 0.1), (0, 0.2), (5, 0.4), (10, 0.9)])
    comparison = only_comparison(tmp_path)
    assert not any("left out" in warning for warning in comparison.warnings)
    assert (comparison.curves[0].labels.tolist(), comparison.curves[0].results.tolist()) == ([5, 10], [[0.4, 0.9]])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no column round, num_total_labeled, eval_acc (in regression eval_mae) in the first line"),
        (b"round,eval_acc\n0,0.5\n", "no column num_total_labeled in the first line"),
        (b"round,num_total_labeled,eval_acc\n0,100,0.5\n1,200\n", "line 3 has not the 3 fields of the first line"),
        (b"round,num_total_labeled,eval_acc\n0,100,0.5,9\n", "line 2 has not the 3 fields of the first line"),
        (b"round,num_total_labeled,eval_acc\n0,100,half\n", "line 2: could not convert string to float: 'half'"),
        (b"round,num_total_labeled,eval_acc\n0,100,50\n", "line 2: eval_acc is 50, expected a share between 0 and 1"),
        (b"round,num_total_labeled\n0,100\n", "no column eval_acc (in regression eval_mae) in the first line"),
        (b"round,num_total_labeled,eval_mae\n0,100,-1\n", "line 2: eval_mae is -1, expected a number between 0 and 1e+100"),
        (
            b"round,num_total_labeled,eval_acc\n0,100,0.5\n1,90,0.5\n",
            "line 3: num_total_labeled is 90, expected at least the 100 of the line before",
        ),
        (b"round,num_total_labeled,eval_acc\n0,1\x00,0.5\n", r"line 2: could not convert string to float: '1\x00'"),
        (b"round,num_total_labeled,eval_acc\n0,-1,0.5\n", "num_total_labeled is -1, expected a number between 1 and 1e+15"),
        (b"round,num_total_labeled,eval_acc\n0,9,0.5\n1,0,0.5\n", "num_total_labeled is 0, expected a number between 1"),
        (b"round,num_total_labeled,eval_acc\n0,1e308,0.5\n", "num_total_labeled is 1e+308, expected a number between 1 and"),
        (b"round,num_total_labeled,eval_acc\n0,inf,0.5\n", "num_total_labeled is inf, expected a number between 1 and"),
        (b"round,num_total_labeled,eval_acc\n0,100,inf\n", "eval_acc is inf, expected a share between 0 and 1"),
        (b"round,num_total_labeled,eval_mae\n0,100,1e308\n", "eval_mae is 1e+308, expected a number between 0 and 1e+100"),
        (b"\xff\xfe\x00\x01", "codec can't decode"),
        (b'round,num_total_labeled,eval_acc\n0,"100,0.5\n', "unexpected end of data"),
    ],
)
def test_a_damaged_csv_is_named_and_left_out(folder, content, complaint):
    path = folder / "stats" / "margin" / "al_stats_2.csv"
    path.write_bytes(content)
    warnings = Comparisons(folder).warnings
    assert warnings[0].startswith(f"{path}: ")
    assert complaint.lower() in warnings[0].lower()
    assert warnings[0].endswith("left out, run that seed again to restore it")
    assert [run.seed for run in only_comparison(folder).groups[0]] == [1, 3, 4, 5]


def test_another_name_is_left_out(folder):
    (folder / "stats" / "margin" / "al_stats_old.csv").write_text("round\n")
    assert "expected a name al_stats_<seed>.csv with an integer seed" in Comparisons(folder).warnings[0]


@pytest.mark.parametrize(
    "params", [None, "{", "[]", "{}", '{"parts": {"pool": "many"}}', '{"parts": {"pool": 0}}', "[" * 100_000]
)
def test_unknown_parts_are_taken_from_the_others(folder, params):
    path = folder / "stats" / "margin" / "run_2" / "params.json"
    path.unlink()
    if params is not None:
        path.write_text(params)
    assert Comparisons(folder).warnings == [
        "no readable params.json with the sizes of the parts: margin, seed 2; their pool is taken from the others"
    ]
    assert only_comparison(folder).curves[0].pool == 1000


@pytest.mark.parametrize(
    "damage",
    [
        '"parts": {"pool": 1e999, "validation": 1, "test": 1}',
        '"parts": {"pool": 1%s, "validation": 1, "test": 1}' % ("0" * 400),
        '"parts": [1, 2, 3]',
        '"parts": {"pool": true, "validation": 1, "test": 1}',
        '"grid": 5',
        '"dataset": "\\ud800"',
        '"dataset": ["digits"]',
        '"classes": {"a": 1}',
        '"asked": [1]',
        '"environment": []',
        '"hardware": "fast"',
        '"data": {"features": 1}',
        '"split_ignores": "speaker"',
        '"checkpoint_on": 3',
        '"num_epochs": 1e999',
        '"model": "\\udc80\\n"',
    ],
)
def test_damaged_parameters_count_as_absent(folder, damage):
    (folder / "stats" / "margin" / "run_2" / "params.json").write_text(f"{{{damage}}}")
    comparisons = Comparisons(folder)
    comparisons.write()
    [comparison] = comparisons.each
    assert [len(group) for group in comparison.groups] == [5, 5]
    [run] = [run for run in comparison.runs if (run.strategy, run.seed) == ("margin", 2)]
    assert run.params in ({}, {"num_epochs": None}, {"model": "\\udc80\n"})
    assert (run.parts, run.dataset, run.chosen_on_test) == (None, "", False)
    "".join([*comparisons.warnings, comparisons.answer().sentence]).encode()


@pytest.mark.parametrize("name", [b"a\xff", b"a\x1b[31m", "a\u202e".encode(), b"a\nb"])
def test_names_of_folders_are_made_printable(folder, name):
    stats = os.fsencode(folder / "stats")
    shutil.copytree(folder / "stats" / "margin", os.fsdecode(stats + b"/" + name))
    comparisons = Comparisons(folder)
    comparisons.write()
    shown = comparisons.each[0].curves[0].name
    assert shown.isprintable()
    assert shown.startswith("a\\")
    assert f"{shown}," in (folder / "comparison.csv").read_text()
    Path(os.fsdecode(stats + b"/" + name + b"/al_stats_2.csv")).write_text("round\n")
    assert Comparisons(folder).warnings[0].isprintable()


def test_round_off_of_a_share_is_cut_off(tmp_path):
    write_run(tmp_path, "margin", 1, [(100, 1.0000000000000002)])
    assert only_comparison(tmp_path).runs[0].results.tolist() == [1.0]


def test_missing_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"there is no folder .*nothing: expected outputs/<sub_dir> of a finished run"):
        Comparisons(tmp_path / "nothing")
    with pytest.raises(ParameterError, match=r"holds no stats/<strategy>/al_stats_<seed>\.csv: run an experiment"):
        Comparisons(tmp_path)


@pytest.mark.parametrize(
    ("variant", "dataset", "shown"),
    [
        ("dataset_digits", "digits", ""),
        ("dataset_digits_model_cnn", "digits", "model_cnn"),
        ("mine_dataset_image-folder_model_cnn", "image_folder", "mine_model_cnn"),
        ("dataset_digits_2", "digits", "2"),
        ("dataset_digits-2_model_cnn", "digits", "model_cnn"),
        ("dataset_california-housing", "california_housing", ""),
        ("dataset_mine_dataset_digits_threshold_5", "digits", "dataset_mine_threshold_5"),
        ("mydataset_digits", "digits", "mydataset_digits"),
        ("a.b_dataset_x.y", "x.y", "a.b"),
    ],
)
def test_the_data_set_is_no_part_of_the_name_of_a_curve(tmp_path, variant, dataset, shown):
    params = {"dataset": dataset, "grid": {"dataset": dataset}}
    write_run(tmp_path, "margin", 1, [(100, 0.5)], variant=variant, params=params)
    [run] = only_comparison(tmp_path).runs
    assert (run.dataset, run.variant, run.folder.parent.name) == (dataset, shown, variant)


def test_outside_a_grid_of_data_sets_a_variant_is_as_it_was_named(tmp_path):
    write_run(
        tmp_path, "margin", 1, [(100, 0.5)], variant="dataset_digits", params={"dataset": "digits", "grid": {"model": "a"}}
    )
    assert only_comparison(tmp_path).runs[0].variant == "dataset_digits"


def test_a_file_that_ends_without_a_line_end_was_cut(folder):
    path = folder / "stats" / "margin" / "al_stats_2.csv"
    path.write_text("round,num_total_labeled,eval_acc\n0,100,0.5\n1,200,0.6")
    assert Comparisons(folder).warnings[0] == (
        f"{path}: line 3 does not end: the file was cut in the middle of a row; left out, run that seed again to restore it"
    )


def altered(outputs, before, after):
    run_fake(small_params())
    path = outputs / "fake" / "stats" / "margin" / "al_stats_1.csv"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    runs, warnings = read_runs(outputs / "fake")
    return len(runs), warnings


def test_a_csv_that_was_edited_is_left_out(outputs):
    count, (warning,) = altered(outputs, "\n2,", "\n2,9")
    assert count == 0
    words = (
        r"al_stats_1\.csv: line 4: num_new_labeled is 9\d+, and \d+ in run_1/rounds\.log, which it was made from; left out, "
    )
    assert re.search(words + "run that seed again to restore it$", warning)


def test_a_row_that_no_journal_tells_of_is_left_out(outputs):
    run_fake(small_params())
    journal = outputs / "fake" / "stats" / "margin" / "run_1" / "rounds.log"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:3]))
    runs, (warning,) = read_runs(outputs / "fake")
    assert not runs
    assert "al_stats_1.csv: line 4 tells of a round that run_1/rounds.log does not hold; left out" in warning


def cut(path, lines):
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-lines]))


def test_a_journal_ahead_of_its_csv_is_that_of_a_killed_run(outputs):
    run_fake(small_params())
    whole, path = read_runs(outputs / "fake")[0], outputs / "fake" / "stats" / "margin" / "al_stats_1.csv"
    cut(path, 1)
    cut(path.parent / "run_1" / "rounds.log", 1)  # that it has ended
    runs, warnings = read_runs(outputs / "fake")
    assert (runs[0].rows, warnings) == (whole[0].rows, [])


def test_a_run_that_was_killed_in_the_commit_of_its_first_round_has_that_round(outputs):
    run_fake(regression_params(max_round=0))
    path = outputs / "fake" / "stats" / "igs" / "al_stats_1.csv"
    path.write_text(stats_csv([]))  # as it is when a run starts
    cut(path.parent / "run_1" / "rounds.log", 1)
    runs, warnings = read_runs(outputs / "fake")
    assert (len(runs[0].results), runs[0].measure.column, warnings) == (1, "eval_mae", [])


@pytest.mark.parametrize(
    ("lines", "records", "words"), [(1, 0, "line 5, 1 round short"), (2, 0, "line 4, 2 rounds"), (2, 1, "line 4, 2 rounds")]
)
def test_a_csv_with_fewer_rounds_than_a_kill_leaves_is_left_out(outputs, lines, records, words):
    run_fake(small_params())
    path = outputs / "fake" / "stats" / "margin" / "al_stats_1.csv"
    cut(path, lines)
    if records:
        cut(path.parent / "run_1" / "rounds.log", records)
    runs, (warning,) = read_runs(outputs / "fake")
    assert not runs
    assert f"al_stats_1.csv: ends after {words}" in warning
    assert "short of run_1/rounds.log, which it was made from; left out, run that seed again to restore it" in warning


def copied(place, other, seed, new):
    """The run of a seed, in another folder or as another seed."""
    other.mkdir(parents=True, exist_ok=True)
    shutil.copytree(place / f"run_{seed}", other / f"run_{new}")
    shutil.copy(place / f"al_stats_{seed}.csv", other / f"al_stats_{new}.csv")


@pytest.mark.parametrize(("to", "seed"), [("margin", 2), ("entropy", 1), ("margin/deep", 1), ("full_data", 1)])
def test_a_copy_under_another_name_is_no_run_of_its_own(outputs, to, seed):
    run_fake(small_params())
    stats = outputs / "fake" / "stats"
    copied(stats / "margin", stats / to, 1, seed)
    runs, (warning,) = read_runs(outputs / "fake")
    assert [(run.name, run.seed) for run in runs] == [("margin", 1)]
    assert warning == (
        f"{stats / to / f'al_stats_{seed}.csv'}: run_{seed}/rounds.log beside it is that of margin/al_stats_1.csv: copied or "
        "renamed; put both where they were; left out, run that seed again to restore it"
    )


@pytest.mark.parametrize(
    ("one", "other"), [({}, {"framework_type": "entropy"}), ({"run_name": "a"}, {"run_name": "b", "learning_rate": 0.1})]
)
def test_folders_that_changed_names_are_left_out(outputs, one, other):
    for changes in (one, other):
        run_fake(small_params(**changes))
    stats = outputs / "fake" / "stats"
    assert len(read_runs(outputs / "fake")[0]) == 2
    first, second = (path.parent for path in sorted(stats.rglob("al_stats_1.csv")))
    first.rename(stats.parent / "t")
    second.rename(first)
    (stats.parent / "t").rename(second)
    runs, warnings = read_runs(outputs / "fake")
    assert (len(runs), len(warnings)) == (0, 2)


def test_a_run_on_all_labels_is_read_in_its_folder_and_its_copy_is_not(outputs):
    run_fake(small_params(full_data_baseline=True, framework_type=["margin"]))
    stats = outputs / "fake" / "stats"
    [run], warnings = read_runs(outputs / "fake")
    assert (run.name, run.seed, warnings) == ("full_data", 1, [])
    copied(stats / "full_data", stats / "random", 1, 1)
    runs, (warning,) = read_runs(outputs / "fake")
    assert [run.name for run in runs] == ["full_data"]
    original = stats / "full_data" / "run_1" / "rounds.log"
    assert f"al_stats_1.csv: run_1/rounds.log beside it is a copy of {original}; left out" in warning


@pytest.mark.parametrize("fingerprint", [5, {}, {"params": None}, {"params": {"framework_type": [], "random_seed": 1}}])
def test_a_csv_beside_a_journal_with_another_header_is_left_out(outputs, fingerprint):
    run_fake(small_params())
    journal = outputs / "fake" / "stats" / "margin" / "run_1" / "rounds.log"
    journal.unlink()
    Journal(journal).append({"type": "header", "version": 1, "fingerprint": fingerprint})
    runs, (warning,) = read_runs(outputs / "fake")
    assert not runs
    assert "run_1/rounds.log beside it is no journal of a run; left out" in warning


def test_a_csv_beside_another_thing_than_a_journal_is_left_out(outputs):
    run_fake(small_params())
    content = b'{"type":"round","stats":[1]}'
    journal = outputs / "fake" / "stats" / "margin" / "run_1" / "rounds.log"
    journal.write_bytes(hashlib.sha256(content).hexdigest().encode() + b" " + content + b"\n")
    runs, (warning,) = read_runs(outputs / "fake")
    assert not runs
    assert "run_1/rounds.log beside it is no journal of a run; left out" in warning
