"""The same runs in this process and in several: the same bytes, the same failures, nothing left behind."""

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.fakes import results_of, small_params
from tests.utils.executors.fake_workshop import BAD_CLIP, BUG, ENDLESS, KILLED_ONCE, FakeWorkshop, jobs_of
from utils import hardware
from utils.errors import DataError, ParameterError
from utils.executors import processes
from utils.executors.chosen import chosen
from utils.executors.in_process import InProcess
from utils.executors.processes import Processes
from utils.failure import Failure
from utils.signals import Stopped, stop_on_signal

ROOT = Path(__file__).parents[3]
OUTPUTS = Path("outputs")


class Listens:
    """Keeps what it is told."""

    def __init__(self, at_say=lambda: None):
        self.told, self.at_say = [], at_say

    def __getattr__(self, name):
        return lambda *arguments: self.told.append((name, *arguments))

    def say(self, text, style=""):
        self.told.append(("say", text))
        self.at_say()

    def of(self, name):
        return [what[1] for what in self.told if what[0] == name]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working directory whose outputs/ all processes share."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def execute(executor, seeds, listener=None):
    ended = []
    jobs = jobs_of(seeds)
    failures = executor.run(jobs, FakeWorkshop, listener or Listens(), lambda job: ended.append(job.title))
    assert sorted(ended) == sorted(job.title for job in jobs)
    return failures


def test_the_same_bytes_from_one_process_and_from_two(folder, tmp_path_factory, monkeypatch):
    listener = Listens()
    assert execute(Processes(OUTPUTS, 2), [1, 2, 3, 4], listener) == []
    found = results_of(folder)
    assert sorted(listener.of("end_run")) == [f"margin/seed {seed}" for seed in (1, 2, 3, 4)]
    assert len(listener.of("round_done")) == 4 * 5
    monkeypatch.chdir(tmp_path_factory.mktemp("other"))
    assert execute(InProcess(OUTPUTS), [1, 2, 3, 4]) == []
    assert results_of(Path.cwd()) == found
    assert len(found) > 4 * 3


@pytest.mark.parametrize("executor", [InProcess(OUTPUTS), Processes(OUTPUTS, 2)], ids=["one", "two"])
def test_a_run_that_fails_is_told_and_recorded_and_the_rest_go_on(folder, executor):
    listener = Listens()
    failures = execute(executor, [1, BAD_CLIP, BUG, 2], listener)
    assert [(failure.run, failure.error, failure.exit_code) for failure in failures] == [
        ("margin/seed 13", "clip.wav: is cut short", 65),
        ("margin/seed 14", "KeyError: 'no such thing'", 1),
    ]
    assert "fake_workshop.py" in failures[1].traceback
    assert sorted(listener.of("fail_run")) == ["margin/seed 13", "margin/seed 14"]
    assert sorted(listener.of("end_run")) == ["margin/seed 1", "margin/seed 2"]
    stats = folder / "outputs" / "fake" / "stats" / "margin"
    assert json.loads((stats / "run_13" / "failure.json").read_text())["error"] == "clip.wav: is cut short"
    assert Failure.read(stats / "run_14") == failures[1]
    assert Failure.read(stats / "run_1") is None


def test_a_lone_run_raises_what_goes_wrong(folder):
    with pytest.raises(DataError, match="is cut short"):
        execute(InProcess(OUTPUTS, raises=True), [BAD_CLIP])
    assert Failure.read(folder / "outputs/fake/stats/margin/run_13").exit_code == 65


def test_a_killed_process_costs_its_run_alone_and_the_next_call_continues_it(folder, tmp_path_factory, monkeypatch):
    [failure] = execute(Processes(OUTPUTS, 2), [KILLED_ONCE, 1, 2, 3])
    assert failure.run == "margin/seed 66"
    assert failure.error == (
        "its process ended with signal SIGKILL; most likely the memory was used up: give fewer num_workers; "
        "the rounds it had committed are kept, and the same command, without --overwrite, continues them"
    )
    assert failure.exit_code == 70
    path = folder / "outputs/fake/stats/margin/run_66"
    assert Failure.read(path) == failure
    listener = Listens()
    assert execute(Processes(OUTPUTS, 2), [KILLED_ONCE, 1, 2, 3], listener) == []
    assert ("start_run", "margin/seed 66", 2) in listener.told
    assert Failure.read(path) is None
    found = results_of(folder / "outputs")
    monkeypatch.chdir(tmp_path_factory.mktemp("undisturbed"))
    Path("was killed").touch()
    execute(InProcess(OUTPUTS), [KILLED_ONCE, 1, 2, 3])
    assert results_of(Path("outputs")) == found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_processes(folder, number):
    listener = Listens(at_say=lambda: os.kill(os.getpid(), number))
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(Stopped) as stopped, stop_on_signal():
        execute(Processes(OUTPUTS, 2), [ENDLESS, 1, 2], listener)
    assert stopped.value.exit_code == 128 + number
    left = set(psutil.Process().children(recursive=True)) - before
    assert not [child for child in left if "spawn_main" in " ".join(child.cmdline())]


def work_that_outlives(connection):
    """A parent whose process works on an endless run when the parent is killed."""
    listener = Listens(at_say=lambda: connection.send([child.pid for child in psutil.Process().children()]))
    multiprocessing.current_process()._config["daemon"] = False
    Processes(OUTPUTS, 1).run(jobs_of([ENDLESS]), FakeWorkshop, listener, lambda _: None)


FIRST_WORKER = """
from pathlib import Path
from utils.executors.processes import _Worker, _end

worker = _Worker(dict)
print((Path("/proc") / str(worker.process.pid) / "status").read_text())
_end([worker])
"""


def test_a_ctrl_c_never_reaches_a_process_also_while_it_starts():
    told = subprocess.run([sys.executable, "-c", FIRST_WORKER], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    blocked = int(re.search(r"^SigBlk:\t([0-9a-f]+)$", told, re.MULTILINE)[1], 16)
    assert blocked >> (signal.SIGINT - 1) & 1


def test_processes_end_with_a_parent_that_is_killed(folder):
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    parent = multiprocessing.get_context("spawn").Process(target=work_that_outlives, args=(theirs,))
    parent.start()
    children = [psutil.Process(pid) for pid in ours.recv()]
    parent.kill()
    parent.join()
    gone, alive = psutil.wait_procs(children, timeout=20)
    assert gone
    assert not alive


def test_more_processes_than_memory_allows_are_refused(monkeypatch):
    monkeypatch.setattr(hardware, "available_memory", lambda: 2 * processes.MEMORY_OF_A_RUN + 5)
    message = r"num_workers: received 3, but each takes at least 0\.7 GiB and 1\.4 GiB are free; give 2 or fewer"
    with pytest.raises(ParameterError, match=message):
        processes.check_memory(3)
    processes.check_memory(2)


def test_one_worker_runs_in_this_process(monkeypatch):
    params = small_params()
    work = FakeWorkshop()
    for one in (params, small_params(num_workers=1)):
        executor, make = chosen(one, OUTPUTS, work, 2)
        assert isinstance(executor, InProcess)
        assert make() is work
    executor, make = chosen(small_params(num_workers=4), OUTPUTS, work, 2)
    assert isinstance(executor, Processes)
    assert make is FakeWorkshop
    monkeypatch.setattr(hardware, "available_memory", lambda: 2 * processes.MEMORY_OF_A_RUN)
    executor.check()
    monkeypatch.setattr(hardware, "available_memory", lambda: processes.MEMORY_OF_A_RUN)
    with pytest.raises(ParameterError, match="num_workers: received 2"):
        executor.check()
