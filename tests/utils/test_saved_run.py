"""Reading runs: in which order, what counts as a point, and what is left out with a word."""

import pytest

from tests.utils.known_runs import only_comparison, write_known_runs, write_run
from utils.compare import compare
from utils.errors import ParameterError


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
        (b"round,num_total_labeled,eval_mae\n0,100,-1\n", "line 2: eval_mae is -1, expected a finite number ≥ 0"),
        (
            b"round,num_total_labeled,eval_acc\n0,100,0.5\n1,90,0.5\n",
            "line 3: num_total_labeled is 90, expected at least the 100 of the line before",
        ),
        (b"round,num_total_labeled,eval_acc\n0,1\x00,0.5\n", r"line 2: could not convert string to float: '1\x00'"),
        (b"\xff\xfe\x00\x01", "codec can't decode"),
        (b'round,num_total_labeled,eval_acc\n0,"100,0.5\n', "unexpected end of data"),
    ],
)
def test_a_damaged_csv_is_named_and_left_out(folder, content, complaint):
    path = folder / "stats" / "margin" / "al_stats_2.csv"
    path.write_bytes(content)
    warnings = compare(folder)
    assert warnings[0].startswith(f"{path}: ")
    assert complaint.lower() in warnings[0].lower()
    assert warnings[0].endswith("left out, run that seed again to restore it")
    assert [run.seed for run in only_comparison(folder).groups[0]] == [1, 3, 4, 5]


def test_another_name_is_left_out(folder):
    (folder / "stats" / "margin" / "al_stats_old.csv").write_text("round\n")
    assert "expected a name al_stats_<seed>.csv with an integer seed" in compare(folder)[0]


@pytest.mark.parametrize(
    "params", [None, "{", "[]", "{}", '{"parts": {"pool": "many"}}', '{"parts": {"pool": 0}}', "[" * 100_000]
)
def test_unknown_parts_are_taken_from_the_others(folder, params):
    path = folder / "stats" / "margin" / "run_2" / "params.json"
    path.unlink()
    if params is not None:
        path.write_text(params)
    assert compare(folder) == [
        "no readable params.json with the sizes of the parts: margin, seed 2; their pool is taken from the others"
    ]
    assert only_comparison(folder).curves[0].pool == 1000


def test_missing_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"there is no folder .*nothing: expected outputs/<sub_dir> of a finished run"):
        compare(tmp_path / "nothing")
    with pytest.raises(ParameterError, match=r"holds no stats/<strategy>/al_stats_<seed>\.csv: run an experiment"):
        compare(tmp_path)


@pytest.mark.parametrize(
    ("variant", "dataset", "shown"),
    [
        ("dataset_digits", "digits", ""),
        ("dataset_digits_model_cnn", "digits", "model_cnn"),
        ("mine_dataset_image_folder_model_cnn", "image_folder", "mine_model_cnn"),
        ("dataset_digits_2", "digits", "2"),
        ("dataset_digits2", "digits", "dataset_digits2"),
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
    assert compare(folder)[0] == (
        f"{path}: line 3 does not end: the file was cut in the middle of a row; left out, run that seed again to restore it"
    )
