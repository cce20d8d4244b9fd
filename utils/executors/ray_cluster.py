"""The runs of a grid as tasks of a Ray cluster of any size.

outputs/ lies on a file system that all nodes share, so a run whose worker or node died continues from its last committed
round wherever there is room. What is tried again is decided here and not by Ray, which would go on without end with a run
that uses up the memory of every node.
"""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from utils import files
from utils.errors import DiskError, FolderInUseError, ParameterError
from utils.executors.base import Executor, Job, Listener, MakeWork, Work
from utils.executors.teller import Teller
from utils.failure import Failure
from utils.ray_session import RaySession

OUTPUTS = Path("outputs")
_MARK = ".ray-"
MOST_DEATHS = 4
"""Of the worker or node of a run, without a round committed in between, after which it is given up."""
_DIED = 70
_SECONDS_BETWEEN_LOOKS = 0.1
_SECONDS_FOR_EVENTS = 5
_SECONDS_TO_STOP, _SECONDS_TO_DIE = 3, 1
_LOCK_WAITS = (0.5, 1, 2, 4, 8, 15, 30)
"""Seconds: a process that lost its node holds the lock of its run until it notices."""
_TOKEN_TRIES, _SECONDS_BETWEEN_TRIES = 10, 0.5
"""A new file may take a moment to be seen through a network."""
_SECONDS_TO_LOCK = 60
"""Between the making of a token and its lock, at most, by the clock of the file system."""


class RayCluster(Executor):
    """Executes as many runs at once as there is room for."""

    def __init__(self, address: str | None, cpus: int, gpus: float, root: Path, at_once: int | None = None) -> None:
        """Nothing is started yet.

        Args:
            address: of the cluster, as ray.init takes it; None for a Ray of its own on this machine.
            cpus: of a run: its threads.
            gpus: of a run; may be a share of one.
            root: the folder in which outputs/ lies, at the same place on all nodes.
            at_once: runs at once at most; None for as many as there is room for.
        """
        self._address, self._cpus, self._gpus, self._root, self._at_once = address, cpus, gpus, root, at_once

    def check(self) -> None:
        """Asks the cluster, which takes seconds; see `Executor.check`."""
        RaySession(self._address, self._cpus).check(self._gpus)

    def run(self, jobs: Sequence[Job], make: MakeWork, listener: Listener, ended: Callable[[Job], None]) -> list[Failure]:
        """Executes all `jobs`, in whatever order; see `Executor.run`."""
        waiting, failures = deque(_Attempt(job) for job in jobs), dict[str, Failure]()
        with RaySession(self._address, self._cpus) as session:
            session.check_room(self._cpus, self._gpus)
            resources = {"num_cpus": self._cpus, "num_gpus": self._gpus}
            with (
                _token(self._root) as token,
                session.signals_held_back() as hand_on,
                _Tasks(resources, (make, self._root, token), listener) as tasks,
            ):
                while waiting or tasks.running:
                    while waiting and (self._at_once is None or len(tasks.running) < self._at_once):
                        tasks.begin(waiting.popleft())
                    for attempt, outcome in tasks.over():
                        if isinstance(outcome, _Death) and attempt.deaths < MOST_DEATHS:
                            listener.say(f"{attempt.job.title}: tried again, for {outcome.error}", "yellow")
                            waiting.appendleft(attempt)
                            continue
                        if outcome:
                            failures[attempt.job.title] = self._given_up(attempt, outcome, listener)
                        ended(attempt.job)
                    hand_on()
        return [failures[job.title] for job in jobs if job.title in failures]

    def _given_up(self, attempt: _Attempt, outcome: Failure | _Death, listener: Listener) -> Failure:
        job = attempt.job
        failure = outcome.failure(job.title) if isinstance(outcome, _Death) else outcome
        failure.record(job.params.run_folder(self._root / OUTPUTS))
        listener.fail_run(job.title, failure.error)
        return failure


@dataclass
class _Attempt:
    """One run, and how it went so far."""

    job: Job
    deaths: int = 0
    """Since its last committed round."""
    has_begun: bool = False
    """Whether its folder is its own: from then on, nothing in there is overwritten."""

    def next_job(self) -> Job:
        """The run, to be done from where it is."""
        if self.has_begun and self.job.params.overwrite:
            return replace(self.job, params=self.job.params.model_copy(update={"overwrite": False}))
        return self.job


@dataclass(frozen=True)
class _Death:
    """The worker or node of a run is gone."""

    error: str

    def failure(self, title: str) -> Failure:
        """That it happened once too often."""
        text = (
            f"{self.error}, and so {MOST_DEATHS} times without a round committed in between; out of memory? "
            "The rounds it had committed are kept, and the same command continues them"
        )
        return Failure(title, text, _DIED)


class _Tasks:
    """The tasks of Ray that are under way; leaves none behind."""

    def __init__(self, resources: dict[str, Any], given: tuple[MakeWork, Path, Path], listener: Listener) -> None:
        """`resources` of a task, as Ray names them; `given` to each: what makes the work, the root, the token."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
        alike = {"runtime_env": RaySession.environment()}
        self._ray, self._given, self._listener = ray, given, listener
        self._mailbox = ray.remote(_Mailbox).options(num_cpus=0, max_restarts=-1, scheduling_strategy=here, **alike).remote()
        self._do = ray.remote(_do).options(max_retries=0, **resources, **alike)
        self._attempts = dict[str, _Attempt]()
        self.running = dict[Any, _Attempt]()

    def __enter__(self) -> Self:
        """Nothing is under way yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Asks those that are left to stop after what they have committed, and ends what does not."""
        for seconds, force in ((_SECONDS_TO_STOP, False), (_SECONDS_TO_DIE, True)):
            for task in self.running:
                self._ray.cancel(task, force=force)
            if self.running:
                _, left = self._ray.wait([*self.running], num_returns=len(self.running), timeout=seconds)
                self.running = {task: self.running[task] for task in left}
        with contextlib.suppress(self._ray.exceptions.RayError):
            self._ray.kill(self._mailbox)

    def begin(self, attempt: _Attempt) -> None:
        """Hands a run to Ray."""
        self._attempts[attempt.job.title] = attempt
        self.running[self._do.remote(attempt.next_job(), attempt.deaths > 0, self._mailbox, *self._given)] = attempt

    def over(self) -> Iterator[tuple[_Attempt, Failure | _Death | None]]:
        """Those that ended since the last time, with what they ended with; the listener has heard all of them by then."""
        ready, _ = self._ray.wait([*self.running], num_returns=len(self.running), timeout=0)
        self._pass_on()
        if not ready:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        for task in ready:
            yield self.running[task], self._outcome(task, self.running.pop(task))

    def _outcome(self, task: Any, attempt: _Attempt) -> Failure | _Death | None:
        try:
            return self._ray.get(task)
        except self._ray.exceptions.RayTaskError as error:
            return Failure.of(attempt.job.title, error.cause)
        except self._ray.exceptions.RayError as error:
            attempt.deaths += 1
            reason = str(error).strip().partition("\n")[0].partition(". ")[0]
            return _Death(f"its worker or node died ({type(error).__name__}: {reason})")

    def _pass_on(self) -> None:
        try:
            events = self._ray.get(self._mailbox.take.remote(), timeout=_SECONDS_FOR_EVENTS)
        except self._ray.exceptions.RayError:
            # what is told is not what is done: the grid goes on without it
            return
        for title, method, arguments in events:
            attempt = self._attempts[title]
            attempt.has_begun = attempt.has_begun or method == "start_run"
            attempt.deaths = 0 if method == "round_done" else attempt.deaths
            getattr(self._listener, method)(*arguments)


class _Mailbox:
    """An actor beside the driver: tasks put in what they have to tell, the driver takes it out."""

    def __init__(self) -> None:
        self._events: list[tuple[str, str, tuple[Any, ...]]] = []

    def put(self, title: str, method: str, arguments: tuple[Any, ...]) -> None:
        self._events.append((title, method, arguments))

    def take(self) -> list[tuple[str, str, tuple[Any, ...]]]:
        events, self._events = self._events, []
        return events


def _do(job: Job, is_again: bool, mailbox: Any, make: MakeWork, root: Path, token: Path) -> Failure | None:
    """The task of one run, in a process on some node; `is_again` after a death."""
    import ray

    last = list[Any]()

    def tell(method: str, arguments: tuple[Any, ...]) -> None:
        last[:] = [mailbox.put.remote(job.title, method, arguments)]

    try:
        _enter(root, token)
        _patiently(_made(make), job, Teller(tell), _LOCK_WAITS if is_again else ())
    except Exception as error:
        return Failure.of(job.title, error)
    finally:
        if last:
            # what was told before it has arrived then too; the driver is to hear it before it hears of the end
            ray.wait(last, timeout=_SECONDS_FOR_EVENTS)
    return None


@functools.cache
def _made(make: MakeWork) -> Work:
    """Once in each process: Ray gives it run after run."""
    return make()


def _enter(root: Path, token: Path) -> None:
    """Makes relative paths mean what they mean to the driver.

    Raises:
        ParameterError: the root of the driver is not that of this node.
    """
    for _ in range(_TOKEN_TRIES):
        if token.exists():
            os.chdir(root)
            return
        time.sleep(_SECONDS_BETWEEN_TRIES)
    raise ParameterError(
        f"{root / OUTPUTS} is not shared with the node {platform.node()!r}: a file that was just written there is not to be "
        "seen; expected one file system, mounted at the same place on all nodes",
        "executor",
    )


def _patiently(work: Work, job: Job, teller: Teller, waits: Sequence[float]) -> None:
    """Does the run; where its folder is still in use after a death, tries again after each of `waits`, seconds."""
    for seconds in waits:
        try:
            return work(job, teller)
        except FolderInUseError:
            time.sleep(seconds)
    return work(job, teller)


@contextlib.contextmanager
def _token(root: Path) -> Iterator[Path]:
    """A file in outputs/ by which a node can tell that it sees the same folder."""
    token = root / OUTPUTS / f"{_MARK}{secrets.token_hex(8)}"
    with files.locked(token, f"process {os.getpid()} on {platform.node()} executes a grid through Ray\n"):
        _remove_older(token)
        try:
            yield token
        finally:
            files.remove(token)


def _remove_older(token: Path) -> None:
    """Removes tokens that no living process holds the lock of, and that are too old for one that is about to take it."""
    newest = token.stat().st_mtime
    for other in token.parent.glob(f"{_MARK}*"):
        # what cannot be removed does no harm
        with contextlib.suppress(FolderInUseError, DiskError, ParameterError, OSError):
            if newest - other.stat().st_mtime > _SECONDS_TO_LOCK:
                files.check_unlocked(other)
                files.remove(other)
