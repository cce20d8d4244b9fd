"""Grids on a Ray cluster of two nodes on this machine: the results of one process, whatever dies on the way."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import results_of, small_params
from tests.utils.executors import workshops
from utils import files
from utils.errors import FolderInUseError, ParameterError
from utils.executors import ray_cluster
from utils.executors.base import Job
from utils.executors.in_process import InProcess
from utils.executors.ray_cluster import RayCluster
from utils.failure import Failure
from utils.signals import Stopped, stop_on_signal

ray = pytest.importorskip("ray")
NODE = {"num_cpus": 1, "object_store_memory": 80_000_000}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        nodes = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
        nodes.add_node(**NODE)
        ray.init(address=nodes.address, log_to_driver=False, logging_level="ERROR")
        yield nodes
        ray.shutdown()
        nodes.shutdown()


class Heard:
    """A listener that keeps what it was told, and may do something at a round."""

    def __init__(self, at_round: Any = None) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self._at_round = at_round

    def __getattr__(self, method: str) -> Any:
        def heard(*arguments: Any) -> None:
            self.calls.append((method, *arguments))
            if method == "round_done" and self._at_round:
                self._at_round(*arguments)

        return heard

    def of(self, method: str) -> list[str]:
        return sorted({name for called, name, *_ in self.calls if called == method})


def jobs(seeds: Sequence[int] = (1, 2, 3), **changes: Any) -> list[Job]:
    params = [small_params(random_seed=seed, **{"max_round": 3} | changes) for seed in seeds]
    return [Job(single, single) for single in params]


def in_process(folder: Path, of: Sequence[Job]) -> dict[str, bytes]:
    """The results of the same runs, one after the other in this process."""
    (folder / "alone").mkdir()
    with chdir(folder / "alone"):
        InProcess(Path("outputs")).run(of, workshops.Workshop, Heard(), lambda _: None)
    return results_of(folder / "alone" / "outputs")


def executed(
    root: Path, of: Sequence[Job], make: Any = workshops.Workshop, heard: Heard | None = None, **options: Any
) -> tuple[list[Failure], list[str]]:
    """The failures, and the titles of the runs that are over."""
    over = list[str]()
    executor = RayCluster(None, 1, 0, root, **options)
    failures = executor.run(of, make, heard or Heard(), lambda job: over.append(job.title))
    assert not list((root / "outputs").glob(".ray-*"))
    return failures, sorted(over)


def test_the_results_are_those_of_one_process_and_a_run_that_fails_is_recorded(cluster: Any, tmp_path: Path) -> None:
    good, (unlucky,), heard = jobs(), jobs(seeds=[4], max_round=13), Heard()
    failures, over = executed(tmp_path, [unlucky, *good], heard=heard)
    assert results_of(tmp_path / "outputs") == in_process(tmp_path, good)
    assert [(failure.run, failure.error) for failure in failures] == [(unlucky.title, "ValueError: an unlucky number")]
    assert Failure.read(unlucky.params.run_folder(tmp_path / "outputs")) == failures[0]
    titles = [job.title for job in good]
    assert over == [*titles, unlucky.title]
    assert heard.of("start_run") == heard.of("end_run") == titles
    assert heard.of("fail_run") == [unlucky.title]
    rounds = [record["round"] for method, name, *(record, *_) in heard.calls if (method, name) == ("round_done", titles[0])]
    assert rounds == [0, 1, 2, 3]


def test_a_node_may_die_on_the_way(cluster: Any, tmp_path: Path) -> None:
    doomed, alive, of = cluster.worker_nodes.copy().pop(), [True], jobs(seeds=[1, 2, 3, 4])
    begun = set[str]()

    def kill(name: str, _: Any) -> None:
        begun.add(name)
        if len(begun) == 2 and alive[0]:
            alive[0] = False
            cluster.remove_node(doomed, allow_graceful=False)

    try:
        failures, over = executed(tmp_path, of, workshops.SlowWorkshop, Heard(kill))
    finally:
        cluster.add_node(**NODE)
    assert failures == []
    assert not alive[0]
    assert over == [job.title for job in of]
    assert results_of(tmp_path / "outputs") == in_process(tmp_path, of)


def test_a_worker_may_die_as_long_as_the_run_comes_on(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_cluster, "MOST_DEATHS", 2)
    (weak,) = jobs(seeds=[1], max_round=1, overwrite=True)
    heard = Heard()
    assert executed(tmp_path, [weak], workshops.WeakWorkshop, heard) == ([], [weak.title])
    assert len(heard.of("say")) == 1
    assert heard.of("say")[0].startswith(f"{weak.title}: tried again, for its worker or node died (WorkerCrashedError: ")
    assert results_of(tmp_path / "outputs") == in_process(tmp_path, [weak])


def test_a_run_that_kills_its_worker_each_time_is_given_up(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_cluster, "MOST_DEATHS", 2)
    (deadly,) = jobs(seeds=[1])
    (failure,), _ = executed(tmp_path, [deadly], workshops.DeadlyWorkshop, at_once=1)
    assert failure.run == deadly.title
    assert "its worker or node died (WorkerCrashedError: The worker died unexpectedly" in failure.error
    assert ", and so 2 times without a round committed in between; out of memory? The rounds it had" in failure.error
    assert failure.exit_code == 70
    assert Failure.read(deadly.params.run_folder(tmp_path / "outputs")) == failure


def test_a_signal_stops_all_and_what_was_committed_goes_on(cluster: Any, tmp_path: Path) -> None:
    of, before = jobs(seeds=[1, 2]), signal.getsignal(signal.SIGTERM)
    heard = Heard(lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(Stopped), stop_on_signal():
        executed(tmp_path, of, workshops.SlowWorkshop, heard)
    assert signal.getsignal(signal.SIGTERM) == before
    again = Heard()
    assert executed(tmp_path, of, heard=again)[0] == []
    assert max(committed for method, _, committed, *_ in again.calls if method == "start_run") > 0
    assert results_of(tmp_path / "outputs") == in_process(tmp_path, of)


def test_without_anybody_to_tell_the_runs_go_on(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = ray_cluster._Tasks.begin

    def begin_alone(tasks: Any, attempt: Any) -> None:
        ray.kill(tasks._mailbox)
        begin(tasks, attempt)

    monkeypatch.setattr(ray_cluster._Tasks, "begin", begin_alone)
    (job,), heard = jobs(seeds=[1], max_round=1), Heard()
    assert executed(tmp_path, [job], heard=heard) == ([], [job.title])
    assert heard.calls == []
    assert results_of(tmp_path / "outputs") == in_process(tmp_path, [job])


def test_work_that_a_node_does_not_have_is_a_failure_of_the_run(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("def make():\n    return print\n")
    monkeypatch.syspath_prepend(tmp_path)
    (failure,), over = executed(tmp_path, (of := jobs(seeds=[1])), importlib.import_module("only_here").make)
    assert "only_here" in failure.error
    assert over == [of[0].title]


def test_nothing_waits_for_a_node_that_nobody_has(cluster: Any, tmp_path: Path) -> None:
    message = (
        r"a run asks for 1 CPUs \(threads\) and 0.5 GPUs .* the largest has 1 CPUs and 0 GPUs; lower threads or gpus_per_run"
    )
    executor = RayCluster(None, 1, 0.5, tmp_path)
    with pytest.raises(ParameterError, match=message):
        executor.check()
    with pytest.raises(ParameterError, match=message):
        executor.run(jobs(), workshops.Workshop, Heard(), lambda _: None)
    RayCluster("nobody:1", 1, 0, tmp_path).check()


def test_a_node_that_does_not_share_the_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_cluster, "_SECONDS_BETWEEN_TRIES", 0)
    monkeypatch.setattr("platform.node", lambda: "worker-7")
    with pytest.raises(ParameterError, match=r"outputs is not shared with the node 'worker-7'.*one file system"):
        ray_cluster._enter(tmp_path, tmp_path / "outputs" / ".ray-1")


@pytest.fixture
def left_behind(tmp_path: Path) -> Path:
    """The token of a driver that was killed long ago."""
    token = tmp_path / "outputs" / ".ray-0123"
    token.parent.mkdir()
    token.write_text("process 1 on here executes a grid through Ray\n")
    os.utime(token, (0, 0))
    return token


def test_the_token_of_a_driver_that_was_killed_goes_when_another_begins(left_behind: Path, tmp_path: Path) -> None:
    with ray_cluster._token(tmp_path) as token:
        assert [*left_behind.parent.iterdir()] == [token]
    assert not [*left_behind.parent.iterdir()]


def test_the_token_of_a_driver_that_lives_stays_however_old(left_behind: Path, tmp_path: Path) -> None:
    with files.locked(left_behind, "another driver"):
        os.utime(left_behind, (0, 0))
        with ray_cluster._token(tmp_path):
            assert left_behind.exists()


def test_the_token_of_a_driver_that_has_just_begun_stays(tmp_path: Path) -> None:
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / ".ray-0123").touch()
    with ray_cluster._token(tmp_path):
        assert (tmp_path / "outputs" / ".ray-0123").exists()


def test_a_driver_that_is_killed_lets_go_of_its_token(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, signal\nfrom utils.executors import ray_cluster\n"
        f"with ray_cluster._token(pathlib.Path({str(tmp_path)!r})):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False)
    (token,) = (tmp_path / "outputs").iterdir()
    os.utime(token, (0, 0))
    with ray_cluster._token(tmp_path):
        assert not token.exists()


def test_after_a_death_a_folder_that_is_in_use_is_waited_for() -> None:
    tries = list[int]()

    def work(*_: Any) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise FolderInUseError("in use")

    with pytest.raises(FolderInUseError):
        ray_cluster._patiently(work, jobs()[0], Heard(), [])
    ray_cluster._patiently(work, jobs()[0], Heard(), [0, 0])
    assert len(tries) == 3


def test_what_a_run_overwrites_it_overwrites_once() -> None:
    attempt = ray_cluster._Attempt(jobs(overwrite=True)[0])
    assert attempt.next_job().params.overwrite
    attempt.has_begun = True
    assert not attempt.next_job().params.overwrite
    assert attempt.next_job().title == attempt.job.title
