"""Scoring shared out over a Ray cluster of three nodes: the picks of one machine, also when a node dies on the way."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framework
from strategies.composition import query as module
from tests.fakes import ENVIRONMENT, FakeEngine, blobs, small_params
from utils import sharded_scoring
from utils.errors import DataError, DivergenceError, FrameworkError, ParameterError
from utils.executors.base import Job
from utils.inference import Inference
from utils.learning_engine import Need
from utils.oracles.base import Asked
from utils.rows import Rows
from utils.sharded_scoring import ShardedScoring

ray = pytest.importorskip("ray")
NODE = {"num_cpus": 1, "object_store_memory": 80_000_000}
SAMPLES, PART = 2000, 100


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        nodes = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
        nodes.add_node(**NODE)
        nodes.add_node(**NODE)
        ray.init(address=nodes.address, log_to_driver=False, logging_level="ERROR")
        yield nodes
        ray.shutdown()
        nodes.shutdown()


def experiment(job: Job, engine: FakeEngine) -> framework.Experiment:
    return framework.Experiment(job.params, blobs(SAMPLES), engine, ENVIRONMENT)


class Workshop:
    """Makes the runs that actors score with."""

    engine = FakeEngine

    def experiment(self, job: Job) -> framework.Experiment:
        return experiment(job, self.engine())


class SlowWorkshop(Workshop):
    """Its runs say on which node they have begun, in a file of the folder where they are, and take their time."""

    def experiment(self, job: Job) -> framework.Experiment:
        made = super().experiment(job)
        score = made.learner.query.part_scores

        def part_scores(*arguments: Any) -> Any:
            Path(f"{ray.get_runtime_context().get_node_id()}.begun").touch()
            time.sleep(0.15)
            return score(*arguments)

        made.learner.query.part_scores = part_scores
        return made


class Diverged(FakeEngine):
    """Has no probability for two of the samples."""

    def infer(self, x: Rows, needs: frozenset[Need], seed: int = 0) -> Inference:
        found = super().infer(x, needs, seed)
        if found.probabilities is not None:
            found.probabilities[np.isin(x.ids, [1500, 700])] = np.nan
        return found


class DivergedWorkshop(Workshop):
    engine = Diverged


class DatalessWorkshop(Workshop):
    """Finds its data damaged."""

    def experiment(self, job: Job) -> framework.Experiment:
        raise DataError("clip.wav: is cut short")


class DeadlyWorkshop(Workshop):
    """Its process ends each time that a run is made, and leaves a file for each time."""

    def experiment(self, job: Job) -> framework.Experiment:
        Path(f"{os.getpid()}.begun").touch()
        os._exit(3)


def job(**changes: Any) -> Job:
    params = small_params(**{"labeled_percent": 0.01, "num_select_per_round": 40} | changes)
    return Job(params, params)


def picks(of: Job, make: Any = None) -> tuple[list[int], bytes]:
    """The picks of round 1 after a first training, and the bits of their scores."""
    run = experiment(of, FakeEngine())
    view, first = run.learner.query.start(run.labelling.pool, run.learner.data.table.labels, run.learner.trainer.reset)
    run.labelling.take_in(0, run.labelling.ask(Asked(0, first.ids), first.scores))
    run.learner.trainer.start(
        run.labelling.to_train_on(first.ids, first.ids[:0], (view.unlabelled[:0],) * 2), None, train=True, store=None
    )
    if make:
        run.learner.query.sharded = ShardedScoring(make, of, run.learner.engine, 1)
    _, selection = run.learner.query.ask(1, run.labelling, 40, list)
    return selection.ids.tolist(), selection.scores.tobytes()


@pytest.mark.parametrize("name", ["entropy", "power_bald"])
def test_picks_are_those_of_one_machine(name: str, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """power_bald draws as it scores, so its parts are scored here, one after the other."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "SCORED_AT_ONCE", PART)
    of = job(framework_type=name)
    assert picks(of, Workshop) == picks(of)


def test_a_node_may_die_on_the_way(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "SCORED_AT_ONCE", PART)
    monkeypatch.setattr(ShardedScoring, "room", lambda _: 2)  # also where those of the test before are still about to end
    alone, of = picks(job()), job()
    doomed = {node.node_id: node for node in cluster.worker_nodes}
    add, killed = module.Best.add, list[str]()

    def add_and_kill(*arguments: Any) -> None:
        begun = [path.stem for path in tmp_path.glob("*.begun") if path.stem in doomed]
        if begun and not killed:
            killed.append(begun[0])
            cluster.remove_node(doomed[begun[0]], allow_graceful=False)
        add(*arguments)

    monkeypatch.setattr(module.Best, "add", add_and_kill)
    assert picks(of, SlowWorkshop) == alone
    assert killed


def test_a_bad_score_names_the_sample_that_one_machine_would_name(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "SCORED_AT_ONCE", PART)
    with pytest.raises(DivergenceError, match=r"the score of sample 700 is NaN or infinite"):
        picks(job(), DivergedWorkshop)


@pytest.fixture
def one_actor(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for one, whatever is still about to end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "SCORED_AT_ONCE", PART)
    monkeypatch.setattr(ShardedScoring, "room", lambda _: 1)


@pytest.mark.usefixtures("one_actor")
def test_an_error_for_the_user_comes_out_of_an_actor_as_itself() -> None:
    with pytest.raises(DataError, match=r"^clip\.wav: is cut short$") as caught:
        picks(job(), DatalessWorkshop)
    assert caught.value.exit_code == DataError.exit_code


@pytest.mark.usefixtures("one_actor")
def test_an_actor_that_dies_each_time_it_is_made_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharded_scoring, "MOST_RESTARTS", 1)
    message = r"1 processes were to score, and were begun 2 times, last on the node '.*', for they died; out of memory\? The"
    with pytest.raises(FrameworkError, match=message):
        picks(job(), DeadlyWorkshop)
    assert len([*tmp_path.glob("*.begun")]) == 2


@pytest.mark.parametrize(
    "error", [ParameterError(["one", "two"], "a.json"), DataError("clip.wav: bad"), FrameworkError("given up")]
)
def test_an_error_that_was_told_as_text_is_what_it_was(error: FrameworkError) -> None:
    restored = sharded_scoring._restored(type(error).__name__, str(error))
    assert (type(restored), str(restored), restored.exit_code) == (type(error), str(error), error.exit_code)
