"""A run's folder: what is committed, what continues, and what is refused."""

import csv
import errno
import hashlib
import json
import os
import re

import pytest

from utils import files
from utils.errors import DamagedRunError, DiskError, FolderInUseError, ParameterError
from utils.results import STATS_COLUMNS, TIMING_COLUMNS
from utils.run_directory import VERSION, check_same, classes_sha256, open_run

FINGERPRINT = {"params": {"max_round": 3, "learning_rate": 0.1, "stop": {}}, "data": {"samples": 9}}


def record_of(number):
    stats = dict.fromkeys(STATS_COLUMNS, 0.1 * number) | {"round": number}
    return {
        "round": number,
        "stats": stats,
        "seconds": dict.fromkeys(TIMING_COLUMNS[1:], 0.5),
        "selected": [[number, f"clip {number}", 0.25, 1, "simulated"]],
        "has_best": False,
    }


def weights_of(number):
    return f"weights of round {number}".encode()


def commit(directory, number):
    directory.commit(record_of(number), lambda path: files.write_bytes(path, weights_of(number)))


def start(directory, fingerprint=FINGERPRINT, params=None):
    directory.start(fingerprint, params or {"sub_dir": "x"}, [("bad.wav", "no samples")])


@pytest.fixture
def folder(tmp_path):
    """A run with three rounds."""
    folder = tmp_path / "stats" / "random" / "run_7"
    with open_run(folder, overwrite=False) as directory:
        start(directory)
        for number in range(3):
            commit(directory, number)
    return folder


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_what_lies_there_after_three_rounds(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "run.lock", "rounds.log", "params.json", "rejected.csv", "selections.csv", "timing.csv", "epochs.csv",
        "round_0001.weights.h5", "round_0002.weights.h5",
    }  # fmt: skip
    assert json.loads((folder / "params.json").read_text()) == {"version": VERSION, "sub_dir": "x"}
    assert (folder / "rejected.csv").read_text() == "file,reason\nbad.wav,no samples\n"
    with (folder.parent / "al_stats_7.csv").open() as file:
        assert [(row["round"], float(row["eval_acc"])) for row in csv.DictReader(file)] == [("0", 0.0), ("1", 0.1), ("2", 0.2)]
    with (folder / "selections.csv").open() as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["0", "1", "2"]


def test_it_continues_where_it_was(folder):
    with open_run(folder, overwrite=False) as directory:
        start(directory)
        assert [record["stats"] for record in directory.rounds] == [record_of(number)["stats"] for number in range(3)]
        assert directory.ended is None
        assert directory.checked_weights()[-1].read_bytes() == weights_of(2)
        commit(directory, 3)
        directory.finish("max_round: 3 rounds done")
        assert directory.ended == "max_round: 3 rounds done"
    with open_run(folder, overwrite=False) as directory:
        assert directory.ended == "max_round: 3 rounds done"
        assert len(directory.rounds) == 4


def test_a_larger_max_round_goes_on_after_the_end(folder):
    with open_run(folder, overwrite=False) as directory:
        directory.finish("enough")
        start(directory, FINGERPRINT | {"params": FINGERPRINT["params"] | {"max_round": 4}})
        commit(directory, 3)
        assert directory.ended is None
        assert len(directory.rounds) == 4


def test_opening_again_changes_nothing(folder):
    before = contents(folder.parent)
    with open_run(folder, overwrite=False) as directory:
        start(directory)
    assert contents(folder.parent) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"params": {"max_round": 2, "learning_rate": 0.1, "stop": {}}}, r"max_round: 3 → 2"),
        ({"params": {"max_round": 3, "learning_rate": 0.2, "stop": {}}}, r"learning_rate: 0\.1 → 0\.2"),
        ({"params": {"max_round": 3, "learning_rate": 0.1, "stop": {"a": 1}}}, r'stop: \{\} → \{"a": 1\}'),
        ({"params": {"max_round": 3, "learning_rate": 0.1, "stop": {}, "x": True}}, r"x: null → true"),
        ({"params": {"max_round": 3, "learning_rate": 0.1}}, r"stop: \{\} → null"),
        ({"data": {"samples": 10}}, r"samples: 9 → 10"),
        ({"environment": {"threads": 2}}, r"threads: null → 2"),
    ],
)
def test_other_values_are_refused_old_to_new(folder, change, words):
    before = contents(folder.parent)
    with open_run(folder, overwrite=False) as directory, pytest.raises(ParameterError, match=words) as caught:
        start(directory, FINGERPRINT | change)
    assert re.search(r"run_7 holds a run with other values: .*errors\n", str(caught.value))
    assert "another run_name for a run beside it, or --overwrite true" in str(caught.value)
    assert contents(folder.parent) == before


def test_every_change_is_named_at_once(folder):
    with open_run(folder, overwrite=False) as directory, pytest.raises(ParameterError) as caught:
        start(directory, {"params": {"max_round": 1, "learning_rate": 9, "stop": {}}, "data": {"samples": 1}})
    assert [problem.split(":")[0] for problem in caught.value.problems[:-1]] == ["samples", "learning_rate", "max_round"]


def test_tuples_and_lists_are_the_same_value(tmp_path):
    for value in ((1, 2), [1, 2]):
        with open_run(tmp_path / "run_1", overwrite=False) as directory:
            start(directory, {"params": {"sel_thresholds": value}})


def test_altered_weights_are_never_used(folder):
    path = folder / "round_0002.weights.h5"
    path.write_bytes(b"other")
    expected, received = hashlib.sha256(weights_of(2)).hexdigest(), hashlib.sha256(b"other").hexdigest()
    words = (
        rf"{path}: these weights were altered \(SHA-256 expected {expected}, received {received}\); restore .* --overwrite true"
    )
    with open_run(folder, overwrite=False) as directory, pytest.raises(DamagedRunError, match=words) as caught:
        directory.checked_weights()
    assert caught.value.exit_code == 65


def test_missing_weights_are_named(folder):
    (folder / "round_0002.weights.h5").unlink()
    with open_run(folder, overwrite=False) as directory, pytest.raises(DamagedRunError, match=r"0002.* received missing"):
        directory.checked_weights()


def test_derived_files_that_were_lost_or_altered_are_written_anew(folder):
    before = contents(folder.parent)
    (folder / "timing.csv").unlink()
    (folder.parent / "al_stats_7.csv").write_text("nonsense")
    (folder / "round_0000.weights.h5").write_bytes(b"superseded")
    (folder / ".tmp-1-selections.csv").write_bytes(b"half")
    with open_run(folder, overwrite=False) as directory:
        start(directory)
    assert contents(folder.parent) == before


def test_a_round_cut_off_is_done_again_with_the_same_bytes(folder):
    before, log = contents(folder.parent), folder / "rounds.log"
    log.write_bytes(log.read_bytes()[:-9])
    with open_run(folder, overwrite=False) as directory:
        start(directory)
        assert directory.checked_weights()[-1].read_bytes() == weights_of(1)
        commit(directory, 2)
    after = contents(folder.parent)
    assert {name: data for name, data in after.items() if name.name != "round_0000.weights.h5"} == before


def test_a_full_disk_at_a_commit_leaves_the_round_before(folder, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with open_run(folder, overwrite=False) as directory, monkeypatch.context() as patch, pytest.raises(DiskError):
        patch.setattr(files._os, "write", fail)
        commit(directory, 3)
    with open_run(folder, overwrite=False) as directory:
        assert len(directory.rounds) == 3
        assert directory.checked_weights()[-1].read_bytes() == weights_of(2)


def test_rounds_that_do_not_follow_each_other_are_refused(folder):
    with open_run(folder, overwrite=False) as directory:
        commit(directory, 5)
    with pytest.raises(DamagedRunError, match=r"rounds \[0, 1, 2, 5\] are not consecutive; restore"), open_run(folder, False):
        pass


def test_overwrite_starts_afresh(folder):
    (folder / "plots").mkdir()
    (folder / "plots" / "curve.png").touch()
    with open_run(folder, overwrite=True) as directory:
        assert [path.name for path in folder.iterdir()] == ["run.lock"]
        start(directory, {"params": {"max_round": 1}})
        assert directory.rounds == []


def test_overwrite_removes_a_link_and_not_what_it_points_to(folder, tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    (folder / "tensorboard").symlink_to(tmp_path / "precious")
    with open_run(folder, overwrite=True):
        assert [path.name for path in folder.iterdir()] == ["run.lock"]
    assert (tmp_path / "precious" / "file").exists()


def test_one_process_at_a_time(folder):
    words = rf"run_7 is in use by process {os.getpid()} on "
    with open_run(folder, False), pytest.raises(FolderInUseError, match=words), open_run(folder, False):
        pass


def test_a_run_that_ended_before_its_first_round_begins_anew_with_other_values(tmp_path):
    folder, other = tmp_path / "run_1", {"params": {**FINGERPRINT["params"], "learning_rate": 0.5}}
    with open_run(folder, overwrite=False) as directory:
        start(directory)
    check_same(folder, other["params"], overwrite=False)
    with open_run(folder, overwrite=False) as directory:
        start(directory, other)
        commit(directory, 0)
    with open_run(folder, overwrite=False) as directory:
        start(directory, other)
        assert len(directory.rounds) == 1
    with pytest.raises(ParameterError, match=r"learning_rate: 0.5 → 0.1"):
        check_same(folder, FINGERPRINT["params"], overwrite=False)


def test_rounds_know_the_files_and_classes_that_predictions_take(tmp_path):
    with open_run(tmp_path / "run_7", overwrite=False) as directory:
        start(directory, params={"classes": ["b", "a"]})
        directory.keep({"vocabulary.txt": "the\n\u00e9\n"})
        commit(directory, 0)
        directory.name_classes(["b", "a", "c"])
        commit(directory, 1)
        first, second = directory.rounds
    kept = {"vocabulary.txt": hashlib.sha256((tmp_path / "run_7/vocabulary.txt").read_bytes()).hexdigest()}
    assert first["kept_sha256"] == second["kept_sha256"] == kept
    assert first["classes_sha256"] == hashlib.sha256(b'["b", "a"]').hexdigest() == classes_sha256(("b", "a"))
    assert second["classes_sha256"] == classes_sha256(["b", "a", "c"]) != classes_sha256(["a", "b", "c"])
