"""A pool too large for one machine: its parts are scored on all nodes of a Ray cluster, and only candidates come back.

Ray Data hands the parts to actors, each with data and learning engine of its own; an actor whose process or node dies is
made again elsewhere and the part it had is scored again, a few times and then no more. A score depends on its sample and the
weights alone, so it does not matter where, how often and in which order parts are scored: the picks are those of one
machine, bit for bit.
"""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from utils.best import Best
from utils.errors import FrameworkError
from utils.executors.base import Job
from utils.learning_engine import LearningEngine
from utils.pool_view import PoolView

MOST_RESTARTS = 3
"""Of each actor in one round, on average, after which the round is given up: Ray Data would go on without end."""
Candidates = tuple[NDArray[np.int64], NDArray[np.float32]]
"""(k,) positions in the pool and (k,) the score of each."""


class PartScorer(Protocol):
    """Scores a part of a pool; see `strategies.composition.query.Query`."""

    def part_scores(self, whole: PoolView, part: slice, rng: np.random.Generator) -> NDArray[np.float32]:
        """(k,) the scores of those samples of `whole` that `part` holds."""


class ReadyLearner(Protocol):
    """Of a run; see `strategies.composition.learner.Learner`."""

    @property
    def engine(self) -> LearningEngine:
        """Its learning engine."""

    @property
    def query(self) -> PartScorer:
        """What scores with that engine."""


class ReadyRun(Protocol):
    """A run that was made and not begun; see `framework.Experiment`."""

    @property
    def learner(self) -> ReadyLearner:
        """What learns and scores in it."""


class Workshop(Protocol):
    """Makes runs; see `framework.Workshop`."""

    def experiment(self, job: Job) -> ReadyRun:
        """The run `job`, with its data and a learning engine of any weights."""


class ShardedScoring:
    """One run's way to have parts of its pool scored on the cluster that this process is connected to."""

    def __init__(self, make: Callable[[], Workshop], job: Job, engine: LearningEngine, cpus: int, gpus: float = 0) -> None:
        """Starts nothing yet.

        Args:
            make: called once by each actor; found there by its name, so it is a class or a function of a module.
            job: the run.
            engine: the learning engine of the run here, whose weights the actors take over.
            cpus: of an actor.
            gpus: of an actor.
        """
        self._make, self._job, self._engine = make, job, engine
        self._resources = {"num_cpus": cpus, "num_gpus": gpus}

    @classmethod
    def of(cls, params: Any, make: Callable[[], Workshop], job: Job, engine: LearningEngine) -> Self | None:
        """That of the run with these `params`, an instance of HParams; None where they do not ask for it."""
        return cls(make, job, engine, params.threads, params.gpus_per_run) if params.shard_scoring else None

    def room(self) -> int:
        """Actors that there is room for now; Ray would wait without end for room that this very run takes up."""
        from ray._private.state import available_resources_per_node

        wanted = {"CPU": self._resources["num_cpus"], "GPU": self._resources["num_gpus"]}
        # of Ray's public functions, none tells it node by node, and an actor has to fit into one
        free = available_resources_per_node().values()
        return sum(int(min(node.get(name, 0) // count for name, count in wanted.items() if count)) for node in free)

    def candidates(self, whole: PoolView, parts: Sequence[slice], n: int) -> Iterator[Candidates]:
        """Of each of the `parts` of `whole` what may be among the `n` largest scores, as parts are done.

        Raises:
            DivergenceError: a score is NaN or infinite; names the first bad sample.
            FrameworkError: an actor died again and again; or, of its own class, what went wrong for the user in an actor.
        """
        errors = dict[int, tuple[str, str]]()
        for batch in self._scored(whole, parts, n):
            for position, kind, text in zip(batch["position"], batch["kind"], batch["error"], strict=True):
                if kind:
                    errors[int(position)] = str(kind), str(text)
            if not errors:
                yield batch["position"], batch["score"]
        if errors:
            raise _restored(*errors[min(errors)])

    def _scored(self, whole: PoolView, parts: Sequence[slice], n: int) -> Iterator[dict[str, NDArray[Any]]]:
        """The rows that actors return, as parts are done."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        data = _quiet_data()
        actors = max(1, min(len(parts), self.room()))
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        births = ray.remote(_Births).options(num_cpus=0, scheduling_strategy=here).remote(actors, actors * (1 + MOST_RESTARTS))
        # by reference: what it takes to load them may be what an actor dies of, and it is to be counted before
        shared = {
            "view": ray.put(whole),
            "weights": ray.put(self._engine.get_weights()),
            "run": ray.put((self._make, self._job)),
        }
        made_of = {"births": births, "root": Path.cwd(), "n": n, "shared": shared}
        pool = data.ActorPoolStrategy(min_size=1, max_size=actors, initial_size=actors, max_tasks_in_flight_per_actor=1)
        rows = [{"start": part.start, "stop": part.stop} for part in parts]
        found = data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            _Actor, fn_constructor_kwargs=made_of, batch_size=1, batch_format="numpy", compute=pool, **self._resources
        )
        yield from found.iter_batches(batch_size=None, batch_format="numpy", prefetch_batches=0)


class _Births:
    """An actor beside the driver that counts how often those that score were made."""

    def __init__(self, actors: int, most: int) -> None:
        self._actors, self._most, self._nodes = actors, most, list[str]()

    def one_more(self, node: str) -> str:
        """Why it must not be; "" when it may."""
        if len(self._nodes) >= self._most:
            return (
                f"scoring on the cluster was given up: {self._actors} processes were to score, and were begun "
                f"{len(self._nodes)} times, last on the node {self._nodes[-1]!r}, for they died; out of memory? The rounds "
                "before it are kept, and the same command continues them; without shard_scoring, one machine scores alone"
            )
        self._nodes.append(node)
        return ""


class _Actor:
    """Scores parts on some node; Ray Data calls it with the borders of one at a time."""

    def __init__(self, births: Any, root: Path, n: int, shared: dict[str, Any]) -> None:
        import ray

        os.chdir(root)
        self._view, self._n = ray.get(shared["view"]), n
        self._scorer: PartScorer | FrameworkError
        if refusal := ray.get(births.one_more.remote(platform.node())):
            self._scorer = FrameworkError(refusal)
            return
        make, job = ray.get(shared["run"])
        try:
            learner = make().experiment(job).learner
            learner.engine.set_weights([weight.copy() for weight in ray.get(shared["weights"])])
            self._scorer = learner.query
        except FrameworkError as error:
            # raised here, it would be the death of the actor, and told as that
            self._scorer = error

    def __call__(self, batch: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        best, start, stop = Best(self._n), int(batch["start"][0]), int(batch["stop"][0])
        try:
            if isinstance(self._scorer, FrameworkError):
                raise self._scorer
            # a scorer that draws is not asked: see Query
            best.add(np.arange(start, stop), self._scorer.part_scores(self._view, slice(start, stop), np.random.default_rng(0)))
        except FrameworkError as error:
            return _rows(np.array([start]), np.zeros(1, dtype=np.float32), type(error).__name__, str(error))
        return _rows(best.positions, best.scores)


def _rows(positions: NDArray[Any], scores: NDArray[np.float32], kind: str = "", text: str = "") -> dict[str, NDArray[Any]]:
    told = {name: np.array([value] * len(positions), dtype=object) for name, value in (("kind", kind), ("error", text))}
    return {"position": positions, "score": scores, **told}


def _restored(kind: str, text: str) -> FrameworkError:
    """The error of the class `kind` with the message `text`; its class may make that of something else, which is done."""
    found = {error.__name__: error for error in FrameworkError.__subclasses__()}.get(kind, FrameworkError)
    return found.__new__(found, text)


def _quiet_data() -> Any:
    """Ray Data without its bars and its log."""
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    return ray.data
