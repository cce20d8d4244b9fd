"""A run's folder: what is committed, what continues, and what is refused."""

import contextlib
import csv
import errno
import hashlib
import json
import os
import re
import shutil

import pytest

from tests.crash.recording_disk import RecordingDisk
from tests.crash.stage import disk
from utils import files
from utils.errors import DamagedRunError, DiskError, FolderGoneError, FolderInUseError, OtherRunError, ParameterError
from utils.failure import Failure
from utils.journal import Journal
from utils.results import STATS_COLUMNS, TIMING_COLUMNS
from utils.run_directory import VERSION, changed_params, check_free, check_same, classes_sha256, open_run

FINGERPRINT = {"params": {"max_round": 3, "learning_rate": 0.1, "stop": {}}, "data": {"samples": 9}}


def record_of(number):
    stats = dict.fromkeys(STATS_COLUMNS, 0.1 * number) | {"round": number, "num_total_labeled": 10 * number}
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
    assert re.search(r"run_7 holds a run with other values: \d+ errors?\n", str(caught.value))
    assert "another run_name for a run beside it, or --overwrite true" in str(caught.value)
    assert contents(folder.parent) == before


def test_every_change_is_named_at_once(folder):
    with open_run(folder, overwrite=False) as directory, pytest.raises(ParameterError) as caught:
        start(directory, {"params": {"max_round": 1, "learning_rate": 9, "stop": {}}, "data": {"samples": 1}})
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["samples", "learning_rate", "max_round"]


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
        directory.drop_weights()
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
    words = rf"^{folder}/rounds\.log: rounds \[0, 1, 2, 5\] are not consecutive; restore it or use --overwrite true$"
    with pytest.raises(DamagedRunError, match=words), open_run(folder, False):
        pass


def test_overwrite_starts_afresh(folder):
    (folder / "plots").mkdir()
    (folder / "plots" / "curve.png").touch()
    with open_run(folder, overwrite=True) as directory:
        assert [path.name for path in folder.iterdir()] == ["run.lock"]
        start(directory, {"params": {"max_round": 1}})
        assert directory.rounds == []


def test_overwrite_removes_rows_before_the_journal_and_that_before_all_else(folder):
    (folder.parent / "al_stats_7.csv").write_text("round\n0\n1\n")
    system = RecordingDisk(folder.parent)
    with disk(system), open_run(folder, overwrite=True):
        changes = [(one.kind, one.path) for one in system.operations]
    first = changes.index(("remove", "al_stats_7.csv"))
    assert changes[first : first + 4] == [
        ("remove", "al_stats_7.csv"), ("sync", "."), ("remove", "run_7/rounds.log"), ("sync", "run_7"),
    ]  # fmt: skip
    assert not [kind for kind, _ in changes[:first] if kind.startswith("remove")]


def test_overwrite_removes_what_stands_as_a_folder_in_place_of_a_file(folder):
    stats = folder.parent / "al_stats_7.csv"
    for path in (stats, folder / "rounds.log"):
        path.unlink(missing_ok=True)
        (path / "deep").mkdir(parents=True)
    with open_run(folder, overwrite=True) as directory:
        assert [path.name for path in folder.iterdir()] == ["run.lock"]
        assert not stats.exists()
        start(directory, {"params": {"max_round": 1}})


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


STEPS = [{"ids": [5], "names": ["clip 5"], "confidences": [0.75], "labels": [1], "right": 1}]


def test_an_empty_run_has_no_end_no_best_and_no_autolabels(tmp_path):
    with open_run(tmp_path / "run_1", overwrite=False) as directory:
        assert (directory.rounds, directory.ended, directory.has_best, directory.autolabels) == ([], None, False, [])
        assert directory.folder == tmp_path / "run_1"
        start(directory)
        assert (directory.ended, directory.has_best, directory.checked_weights()) == (None, False, [])


def test_whether_the_last_round_is_the_best(folder):
    with open_run(folder, overwrite=False) as directory:
        for number, has_best in ((3, True), (4, False)):
            directory.commit(record_of(number) | {"has_best": has_best}, lambda path: files.write_bytes(path, b"x"))
            assert directory.has_best is has_best


def test_a_run_of_another_version_is_refused(tmp_path):
    assert VERSION == 1
    Journal(tmp_path / "rounds.log").append({"type": "header", "version": 2, "fingerprint": {}})
    words = rf"{tmp_path}: was written in version 2 of the run folder, this program reads 1$"
    with pytest.raises(DamagedRunError, match=words), open_run(tmp_path, overwrite=False):
        pass


def test_what_a_round_is_committed_with(folder):
    first = Journal(folder / "rounds.log").records[1]
    assert first["type"] == "round"
    assert first["weights_sha256"] == hashlib.sha256(weights_of(0)).hexdigest()
    assert (first["kept_sha256"], first["classes_sha256"]) == ({}, hashlib.sha256(b"[]").hexdigest())
    assert {name: first[name] for name in record_of(0)} == record_of(0)
    assert Journal(folder / "rounds.log").records[0] == {"type": "header", "version": 1, "fingerprint": FINGERPRINT}


def test_a_committee_gets_the_weights_of_its_rounds_oldest_first_and_none_twice(tmp_path):
    with open_run(tmp_path / "run_1", overwrite=False, members=3) as directory:
        start(directory)
        for number in range(3):
            commit(directory, number)
        assert [path.name for path in directory.checked_weights()] == [f"round_000{number}.weights.h5" for number in range(3)]
        directory.commit(record_of(3), lambda path: files.write_bytes(path, weights_of(2)))
        commit(directory, 4)
        assert [path.read_bytes() for path in directory.checked_weights()] == [weights_of(2), weights_of(4)]
        assert [path.name for path in directory.checked_weights()] == ["round_0003.weights.h5", "round_0004.weights.h5"]
        kept = sorted(path.name for path in (tmp_path / "run_1").glob("*.h5"))
        assert kept == [f"round_000{number}.weights.h5" for number in range(1, 5)]


def test_weights_altered_anywhere_in_a_committee_are_found(tmp_path):
    with open_run(tmp_path / "run_1", overwrite=False, members=2) as directory:
        start(directory)
        for number in range(3):
            commit(directory, number)
        (tmp_path / "run_1" / "round_0000.weights.h5").write_bytes(b"superseded")
        assert len(directory.checked_weights()) == 2
        (tmp_path / "run_1" / "round_0001.weights.h5").write_bytes(b"other")
        with pytest.raises(DamagedRunError, match=r"round_0001\.weights\.h5: these weights were altered"):
            directory.checked_weights()


def test_labels_of_the_model_lie_beside_the_rounds_until_the_next_one(folder):
    with open_run(folder, overwrite=False) as directory:
        start(directory)
        directory.keep_autolabels([])
        assert directory.autolabels == []
        assert not (folder / "autolabels.csv").exists()
        directory.keep_autolabels(STEPS)
        directory.keep_autolabels([*STEPS, *STEPS])
        assert directory.autolabels == [*STEPS, *STEPS]
        assert directory.ended is None
        assert (folder / "autolabels.csv").read_text() == (
            "step,id,name,confidence,label\n1,5,clip 5,0.75,1\n2,5,clip 5,0.75,1\n"
        )
        with (folder / "autolabel_stats.csv").open() as file:
            assert [row["step"] for row in csv.DictReader(file)] == ["1", "2"]
    with open_run(folder, overwrite=False) as directory:
        assert directory.autolabels == [*STEPS, *STEPS]
        commit(directory, 3)
        assert directory.autolabels == []
        assert not (folder / "autolabels.csv").exists()
        assert not (folder / "autolabel_stats.csv").exists()


def test_labels_of_the_model_made_again_after_a_kill_are_no_second_record(folder):
    for _ in range(2):
        with open_run(folder, overwrite=False) as directory:
            start(directory)
            directory.keep_autolabels(STEPS)
        (folder / "autolabels.csv").unlink()
    assert (folder / "rounds.log").read_bytes().count(b'"autolabel"') == 1
    with open_run(folder, overwrite=False) as directory:
        directory.keep_autolabels(STEPS)
        assert (folder / "autolabels.csv").exists()


def test_labels_of_the_model_before_any_round(tmp_path):
    with open_run(tmp_path / "run_1", overwrite=False) as directory:
        start(directory)
        directory.keep_autolabels(STEPS)
        assert directory.autolabels == STEPS


def test_classes_have_a_file_of_their_own(tmp_path):
    with open_run(tmp_path / "stats" / "run_7", overwrite=False) as directory:
        start(directory, params={"classes": ["größer", "b"]})
        record = record_of(0) | {"classes": [[0.25, 0.5, 0.75, 3], [0.0, 0.0, 0.0, 0]]}
        directory.commit(record, lambda path: files.write_bytes(path, b"x"))
        text = (tmp_path / "stats" / "run_7" / "params.json").read_text(encoding="utf-8")
        assert text == '{\n  "version": 1,\n  "classes": [\n    "größer",\n    "b"\n  ]\n}\n'
        assert "größer" in (tmp_path / "stats" / "run_7" / "classes.csv").read_text()
        before = contents(tmp_path)
        (tmp_path / "stats" / "run_7" / "params.json").write_text("by hand")
        directory.name_classes(("größer", "b"))
        assert (tmp_path / "stats" / "run_7" / "params.json").read_text() == "by hand"
        directory.name_classes(["größer", "b", "c"])
        text = (tmp_path / "stats" / "run_7" / "params.json").read_text(encoding="utf-8")
        assert json.loads(text) == {"version": 1, "classes": ["größer", "b", "c"]}
        after = contents(tmp_path)
        assert before.keys() == after.keys()
    assert (tmp_path / "stats" / "al_stats_7.csv").exists()


def test_names_of_classes_alone_are_brought_up_to_date(tmp_path):
    with open_run(tmp_path / "run_7", overwrite=False) as directory:
        start(directory, params={"sub_dir": "x"})
        assert not (tmp_path / "run_7" / "classes.csv").exists()
        directory.name_classes(["a", "b"])
        assert (tmp_path / "run_7" / "classes.csv").exists()
        assert json.loads((tmp_path / "run_7" / "params.json").read_text()) == {
            "version": 1,
            "sub_dir": "x",
            "classes": ["a", "b"],
        }


def test_the_failure_of_the_last_attempt_goes_when_the_run_begins_again(folder):
    (folder / "failure.json").write_text("{}")
    with open_run(folder, overwrite=False) as directory:
        assert (folder / "failure.json").exists()
        start(directory)
        assert not (folder / "failure.json").exists()


@pytest.mark.parametrize("name", ["plots", "tensorboard"])
def test_a_folder_of_pictures_that_leads_out_is_refused(folder, tmp_path, name):
    (folder / name).symlink_to(tmp_path)
    with open_run(folder, overwrite=False) as directory, pytest.raises(ParameterError, match=rf"{name} leads out of"):
        start(directory)


def test_parameters_that_were_not_there_yet_stand_at_their_defaults(folder):
    newer = {"params": FINGERPRINT["params"] | {"new": 5}, "data": FINGERPRINT["data"]}
    with open_run(folder, overwrite=False) as directory:
        directory.start(newer, {}, [], {"new": 5, "gone": 1, "learning_rate": 9})
        with pytest.raises(OtherRunError, match=r"\n  new: 4 → 5\n"):
            directory.start(newer, {}, [], {"new": 4})
        with pytest.raises(OtherRunError, match=r"samples: 9 → 8"):
            directory.start({"params": FINGERPRINT["params"], "data": {"samples": 8}}, {}, [], {"samples": 8})
    check_same(folder, newer["params"], False, {"new": 5})
    with pytest.raises(OtherRunError, match=rf"^{folder} holds a run with other values: 1 error\n  new: 4 → 5\n  give the"):
        check_same(folder, newer["params"], False, {"new": 4})
    check_same(folder, newer["params"], True, {"new": 4})
    header = {"fingerprint": {"params": {"a": [1], "max_round": 3}}}
    assert changed_params(header, {"a": (1,), "max_round": 4}) == []
    assert changed_params(header, {"a": [2], "max_round": 2}) == ["a: [1] → [2]", "max_round: 3 → 2"]
    assert changed_params({"fingerprint": {}}, {"a": 1}) == ["a: null → 1"]
    assert changed_params({"fingerprint": {}}, {"a": 1}, {"a": 1}) == []
    for before, after in ((None, 3), (3, None), (True, 3)):
        changes = changed_params({"fingerprint": {"params": {"max_round": before}}}, {"max_round": after})
        assert changes == [f"max_round: {json.dumps(before)} → {json.dumps(after)}"]


def test_a_max_round_below_the_rounds_there_are_is_refused_whatever_was_asked_for_then(tmp_path):
    with open_run(tmp_path / "run_1", overwrite=False) as directory:
        start(directory, {"params": {"max_round": 1}})
        for number in range(4):
            commit(directory, number)
        start(directory, {"params": {"max_round": 3}})
        with pytest.raises(OtherRunError, match=r"\n  max_round: 3 → 2\n") as caught:
            start(directory, {"params": {"max_round": 2}})
        assert len(caught.value.problems) == 1
        start(directory, {"params": {"max_round": 9}})


@pytest.mark.parametrize("record", ["", "damaged"])
def test_a_folder_without_a_round_or_with_a_damaged_header_is_for_open_run_to_judge(folder, record):
    log = folder / "rounds.log"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"0" + lines[0][1:] + lines[1] if record else lines[0])
    check_same(folder, {"learning_rate": 9}, overwrite=False)
    log.unlink()
    check_same(folder, {"learning_rate": 9}, overwrite=False)


def test_weights_that_claim_any_size_are_not_hashed(folder):
    os.truncate(folder / "round_0002.weights.h5", 1 << 40)
    with (
        pytest.raises(
            DamagedRunError, match=r"round_0002\.weights\.h5: cannot be read \(it is larger than .*; restore the file"
        ),
        open_run(folder, False) as directory,
    ):
        directory.checked_weights()


@pytest.mark.parametrize(
    "content",
    [
        b"{}", b"[]", b'{"fingerprint":3}', b'{"fingerprint":{"params":[1]}}', b"[" * 3000, b"\xff", b"1" * 5000,
        b'{"type":"header","version":1,"fingerprint":{"params":[1]}}',
    ],
)  # fmt: skip
def test_a_header_of_another_kind_with_the_right_hash_is_for_open_run_to_judge(folder, content):
    log = folder / "rounds.log"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([hashlib.sha256(content).hexdigest().encode(), b" ", content, b"\n", *lines[1:]]))
    check_same(folder, {"learning_rate": 9}, overwrite=False)
    with (
        pytest.raises(DamagedRunError, match=r"holds no record|was written in version None|is not what a run writes"),
        open_run(folder, False),
    ):
        pass


def test_a_folder_in_use_is_found_before_anything_slow_is_begun(folder):
    check_free(folder)
    with open_run(folder, False), pytest.raises(FolderInUseError, match="run_7 is in use by process"):
        check_free(folder)


def test_answers_of_people_are_not_removed_by_an_option(folder):
    log = folder / "labelling" / "annotations.log"
    log.parent.mkdir()
    log.touch()
    with open_run(folder, overwrite=True):
        assert not log.parent.exists()
    log.parent.mkdir()
    log.write_bytes(b"an answer")
    words = (
        rf"^{folder}: 1 error\n  holds answers of people, in labelling/ and labels\.csv, which overwrite would remove; "
        r"move both elsewhere first, or give another run_name$"
    )
    with pytest.raises(OtherRunError, match=words), open_run(folder, overwrite=True):
        pass
    assert log.read_bytes() == b"an answer"
    with open_run(folder, overwrite=False):
        assert log.read_bytes() == b"an answer"


def test_overwrite_removes_the_journal_first_so_that_a_kill_leaves_no_half_run(folder, monkeypatch):
    removed = []
    monkeypatch.setattr(files, "remove", lambda path, **_: removed.append(path.name))
    monkeypatch.setattr(files, "remove_tree", lambda path: removed.append(path.name))
    (folder / "plots").mkdir()
    with open_run(folder, overwrite=True):
        pass
    assert removed[:2] == ["al_stats_7.csv", "rounds.log"]
    assert {"plots", "params.json"} <= {*removed}
    assert "run.lock" not in removed


def test_what_killed_processes_left_goes_in_the_folder_and_of_its_own_table_above(folder):
    for path in (folder / ".tmp-1-x", folder.parent / ".tmp-1-al_stats_7.csv", folder.parent / ".tmp-1-al_stats_8.csv"):
        path.touch()
    with open_run(folder, overwrite=False):
        pass
    left = [path.name for place in (folder, folder.parent) for path in place.glob(".tmp-*")]
    assert left == [".tmp-1-al_stats_8.csv"]


def test_the_lock_names_process_and_machine(folder):
    with open_run(folder, overwrite=False):
        assert (folder / "run.lock").read_text() == f"process {os.getpid()} on {os.uname().nodename}"


def test_files_kept_for_predictions_are_those_named_last(tmp_path):
    with open_run(tmp_path / "run_7", overwrite=False) as directory:
        start(directory)
        directory.keep({"a.txt": "größer", "b.txt": ""})
        directory.keep({"c.txt": "c"})
        commit(directory, 0)
        assert directory.rounds[0]["kept_sha256"] == {"c.txt": hashlib.sha256(b"c").hexdigest()}
    assert (tmp_path / "run_7" / "a.txt").read_bytes() == "größer".encode()


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"type": "end"}, r"end\.reason: Field required"),
        ({"type": "header", "version": 1, "fingerprint": {}}, "the header is the first record, and no other is one"),
    ],
)
def test_a_record_that_no_run_writes_is_named(folder, record, problem):
    Journal(folder / "rounds.log").append(record)
    words = rf"{folder}/rounds\.log, line 5: is not what a run writes \({problem}\); restore the file, or start afresh with --"
    with pytest.raises(DamagedRunError, match=words), open_run(folder, overwrite=False):
        pass


def test_a_folder_in_place_of_weights_is_missing_weights(folder):
    (folder / "round_0002.weights.h5").unlink()
    (folder / "round_0002.weights.h5").mkdir()
    with open_run(folder, overwrite=False) as directory, pytest.raises(DamagedRunError, match="received missing"):
        directory.checked_weights()


def test_one_process_at_a_time_even_when_the_lock_file_is_removed(folder):
    with open_run(folder, False):
        (folder / "run.lock").unlink()
        with pytest.raises(FolderInUseError, match="lock file was removed"), open_run(folder, False):
            pass


def test_what_nobody_may_look_at_is_left_to_the_run_itself(folder, monkeypatch):
    def denied(path, *_):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(files._os, "open", denied)
        check_free(folder)
    monkeypatch.setattr("utils.run_directory.reading.open_file", denied)
    check_same(folder, {"max_round": 4, "learning_rate": 0.5}, overwrite=False)


def removed(folder):
    shutil.rmtree(folder)


def moved(folder):
    folder.rename(folder.with_name("aside"))


def moved_with_another_at_its_place(folder):
    moved(folder)
    shutil.copytree(folder.with_name("aside"), folder)


def emptied(folder):
    removed(folder)
    folder.mkdir()


@pytest.mark.parametrize("take_away", [removed, moved, moved_with_another_at_its_place, emptied])
def test_a_run_whose_folder_was_taken_away_writes_nothing_more(folder, take_away):
    def go_on():
        with open_run(folder, False) as directory:
            start(directory)
            take_away(folder)
            after.update(contents(folder.parent))
            commit(directory, 3)

    after = {}
    with pytest.raises(FolderGoneError, match=r"run_7 was moved or removed while .* give the same command") as caught:
        go_on()
    Failure.of("random/seed 7", caught.value).record(folder)
    assert caught.value.exit_code == 74
    assert contents(folder.parent) == after


def test_what_goes_wrong_in_a_folder_taken_away_goes_wrong_for_that_reason(folder):
    def go_on():
        with open_run(folder, False) as directory:
            removed(folder)
            directory.checked_weights()

    with pytest.raises(FolderGoneError, match=r"run_7 was moved or removed"):
        go_on()
    assert not folder.exists()


def test_a_file_at_the_place_of_a_folder_taken_away_is_left(folder):
    def go_on():
        with open_run(folder, False) as directory:
            moved(folder)
            folder.write_text("mine")
            commit(directory, 3)

    with pytest.raises(FolderGoneError, match=r"run_7 was moved or removed"):
        go_on()
    assert folder.read_text() == "mine"


def test_a_group_of_values_that_is_gone_is_named(folder):
    with open_run(folder, overwrite=False) as directory, pytest.raises(OtherRunError, match="samples: 9 → null"):
        start(directory, {"params": FINGERPRINT["params"]})


@pytest.mark.parametrize("rounds", [1, 2])
def test_one_round_that_stands_in_no_journal_is_done_again(tmp_path, rounds):
    folder = tmp_path / "stats" / "random" / "run_7"
    with open_run(folder, overwrite=False) as directory:
        start(directory)
        for number in range(rounds):
            commit(directory, number)
    (folder / "rounds.log").unlink()
    words = rf"rounds\.log: holds no round, and .*al_stats_7\.csv has {rounds}; restore"
    refused = pytest.raises(DamagedRunError, match=words) if rounds > 1 else contextlib.nullcontext()
    with open_run(folder, overwrite=False) as directory, refused:
        start(directory)


def test_a_group_of_values_may_be_missing(tmp_path):
    with open_run(tmp_path / "run_1", overwrite=False) as directory:
        start(directory, {"data": {"samples": 9}})
        commit(directory, 0)
    with open_run(tmp_path / "run_1", overwrite=False) as directory:
        start(directory, {"data": {"samples": 9}})
        with pytest.raises(OtherRunError, match=r"samples: 9 → null"):
            start(directory, {"environment": {}})


def test_rounds_that_stand_in_no_journal_are_not_written_over(folder):
    (folder / "rounds.log").write_bytes(b"")
    words = (
        r"rounds\.log: holds no round, and .*al_stats_7\.csv has 3; restore the journal, or start afresh with --overwrite true"
    )
    with open_run(folder, overwrite=False) as directory, pytest.raises(DamagedRunError, match=words):
        start(directory)
    with open_run(folder, overwrite=True) as directory:
        start(directory)
    assert (folder.parent / "al_stats_7.csv").read_text().count("\n") == 1
