"""How far runs are, told from their folders: each state, and that looking changes nothing."""

import errno
import json
import os

import pytest

import framework
from hparams import HParams
from tests.fakes import run_fake, small_params
from utils import files
from utils.failure import Failure
from utils.run_status import RunStatus, status_text


def status_of(params):
    return RunStatus.of(next(params.single_runs()), framework.OUTPUTS, HParams.defaults())


def folder_of(params):
    return next(params.single_runs()).run_folder(framework.OUTPUTS)


def test_a_run_that_was_never_begun_is_missing(outputs):
    assert status_of(small_params()) == RunStatus("margin/seed 1", "missing", "")
    assert not outputs.exists()


def test_a_finished_run_is_done_and_with_more_rounds_to_be_continued(outputs):
    records = run_fake(small_params())
    accuracy = 100 * records[-1]["stats"]["eval_acc"]
    assert status_of(small_params()) == RunStatus(
        "margin/seed 1", "done", f"round 4/4, {records[-1]['stats']['num_total_labeled']} labels, accuracy {accuracy:.1f} %"
    )
    assert status_of(small_params(max_round=6)).state == "stopped"
    assert status_of(small_params(stop={"label_budget": 20}, max_round=4)).state == "other"


def test_other_values_are_named(outputs):
    run_fake(small_params())
    found = status_of(small_params(learning_rate=0.5, max_round=2))
    assert (found.state, found.detail) == ("other", "learning_rate: 0.0005 → 0.5; max_round: 4 → 2")


def test_a_run_that_was_killed_is_stopped(outputs):
    run_fake(small_params(max_round=2))
    folder = folder_of(small_params())
    lines = (folder / "rounds.log").read_bytes().splitlines(keepends=True)
    files.write_bytes(folder / "rounds.log", b"".join(lines[:-1]))
    assert status_of(small_params(max_round=2)).state == "stopped"
    files.write_bytes(folder / "rounds.log", b"".join(lines)[:-7])
    assert status_of(small_params(max_round=2)).state == "stopped"


def test_a_failed_run_tells_its_error(outputs):
    run_fake(small_params())
    failure = Failure("margin/seed 1", "the clip is bad\nand more", 65)
    failure.record(folder_of(small_params()))
    assert status_of(small_params()).state == "done", "its process was killed as it looked at what was complete"
    with (folder_of(small_params()) / "rounds.log").open("r+b") as file:
        file.truncate(len(file.read()) - 5)
    assert status_of(small_params()) == RunStatus("margin/seed 1", "failed", "the clip is bad")
    failure.record(folder_of(small_params(random_seed=2)))
    assert status_of(small_params(random_seed=2)).state == "failed"


def test_a_run_under_way_is_running(outputs):
    run_fake(small_params())
    with files.locked(folder_of(small_params()) / "run.lock", "somebody"):
        assert status_of(small_params()).state == "running"


@pytest.mark.parametrize("name", ["run_1/rounds.log", "al_stats_1.csv"])
def test_a_file_larger_than_any_is_damaged(outputs, name):
    run_fake(small_params())
    folder = folder_of(small_params())
    os.truncate(folder.parent / name, 1 << 40)
    assert status_of(small_params()) == RunStatus("margin/seed 1", "failed", f"damaged: {folder}")


def test_a_pipe_in_place_of_the_lock_is_named(outputs):
    run_fake(small_params())
    lock = folder_of(small_params()) / "run.lock"
    lock.unlink()
    os.mkfifo(lock)
    found = status_of(small_params())
    assert found.state == "failed"
    assert f"{lock} is a link, or no file at all" in found.detail


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"{}", b"x " + b"[" * 100_000, json.dumps({"a": 1}).encode()])
def test_a_damaged_journal_is_no_run(outputs, content):
    run_fake(small_params())
    files.write_bytes(folder_of(small_params()) / "rounds.log", content)
    assert status_of(small_params()).state == "missing"


@pytest.mark.parametrize(
    "content",
    [
        b"round,num_total_labeled,eval_acc\nx,10,0.5\n",
        b"\xff\x00\xfe\n\xff\n",
        b"round\n" + b"9" * 200_000 + b"\n",
        b"a,b\n1,2\n",
    ],
)
def test_a_damaged_file_costs_its_own_run_alone(outputs, content):
    run_fake(small_params())
    folder = folder_of(small_params())
    (folder.parent / "al_stats_1.csv").write_bytes(content)
    assert status_of(small_params()) == RunStatus("margin/seed 1", "failed", f"damaged: {folder}")


def test_a_header_without_parameters_is_damaged(outputs):
    run_fake(small_params())
    (folder_of(small_params()) / "rounds.log").write_bytes(b'x {"type": "header"}\n')
    assert status_of(small_params()).state == "failed"


def test_the_text_counts():
    found = [
        RunStatus("a/seed 1", "done", "round 4/4"),
        RunStatus("long/seed 10", "other", "x: 1 → 2"),
        RunStatus("b", "missing", ""),
    ]
    assert status_text(found) == (
        "done     a/seed 1      round 4/4\nother    long/seed 10  x: 1 → 2\nmissing  b\n"
        "3 runs: 1 done, 1 missing, 1 of other values\nthe same command without --status runs what is not done"
    )


def test_no_cell_steers_the_terminal_or_adds_a_line():
    found = [RunStatus("a", "done", "round \x1b[2J4/4\ndone b\r\ud800")]
    assert status_text(found) == "done     a  round \\x1b[2J4/4\\ndone b\\r\\ud800\n1 run: 1 done"


def test_what_nobody_may_look_at_is_said_of_its_own_run_alone(outputs, monkeypatch):
    def denied(path, *_):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    run_fake(small_params())
    monkeypatch.setattr(files._os, "open", denied)
    found = status_of(small_params())
    assert found.state == "failed"
    assert found.detail.startswith(f"{folder_of(small_params())}/run.lock: Permission denied")
