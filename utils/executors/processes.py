"""The runs of a grid shared out among processes of this machine.

Each process keeps what it made for the next run (TensorFlow, data, compiled engine) and takes the next one that is waiting.
A process that dies costs the run it had, which continues from its last committed round when the grid is run again; another
one takes its place. Processes end with their parent, however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from utils.errors import ParameterError
from utils.executors.base import Executor, Job, Listener, MakeWork
from utils.executors.teller import Teller
from utils.failure import Failure
from utils.signals import PATIENCE, Stopped, signals_held, stop_on_signal
from utils.standard_streams import use_lasting_streams

MEMORY_OF_A_RUN = 700 << 20
"""Bytes that a process with TensorFlow and a small model takes: what is the least to have free for each."""
_DIED = 70
_SECONDS_TO_KILL = 1.0
"""Of the patience with a process that does not stop."""


class Processes(Executor):
    """Executes `count` runs at once."""

    def __init__(self, outputs: Path, count: int) -> None:
        """`outputs` is the folder below which run folders lie; `count` of processes."""
        self._outputs, self._count = outputs, count

    def check(self) -> None:
        """Raises ParameterError when there is no memory for so many processes."""
        check_memory(self._count)

    def run(self, jobs: Sequence[Job], make: MakeWork, listener: Listener, ended: Callable[[Job], None]) -> list[Failure]:
        """Executes all `jobs`, in their order as processes get free; see `Executor.run`."""
        count = min(self._count, len(jobs))
        waiting, failures = deque(jobs), dict[str, Failure]()
        workers = list[_Worker]()
        try:
            for _ in range(count):
                with signals_held():
                    workers.append(_Worker(make))
            while waiting or any(worker.job for worker in workers):
                for place, worker in enumerate(workers):
                    if not worker.job and waiting:
                        with signals_held():
                            workers[place] = worker if worker.process.is_alive() else _Worker(make)
                        workers[place].give(waiting.popleft())
                for worker in _with_news(workers):
                    job, failure, is_over = worker.job, *worker.hear(listener)
                    if job and failure:
                        failures[job.title] = failure
                        failure.record(job.params.run_folder(self._outputs))
                        listener.fail_run(job.title, failure.error)
                    if job and is_over:
                        ended(job)
        finally:
            _end(workers)
        return [failures[job.title] for job in jobs if job.title in failures]


def check_memory(count: int) -> None:
    """Raises ParameterError when this machine has no memory for `count` processes with TensorFlow."""
    from utils.hardware import available_memory

    free = available_memory()
    if count > 1 and count * MEMORY_OF_A_RUN > free:
        raise ParameterError(
            f"num_workers: received {count}, but each takes at least {MEMORY_OF_A_RUN / 2**30:.1f} GiB and "
            f"{free / 2**30:.1f} GiB are free; give {max(1, free // MEMORY_OF_A_RUN)} or fewer"
        )


_HINTS = {
    -signal.SIGKILL: "; most likely the memory was used up: give fewer num_workers",
    1: '; a script that calls framework.run with num_workers does so below `if __name__ == "__main__":`',
}


@dataclass(frozen=True)
class _Over:
    """The end of a run, as a process tells it."""

    failure: Failure | None


class _Worker:
    """One process and what it works on."""

    def __init__(self, make: MakeWork) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_serve, args=(theirs, make), daemon=True)
        self.job: Job | None = None
        # a Ctrl-C reaches all processes of a terminal; it is for the parent alone, which then stops the others in order
        resource_tracker.ensure_running()  # started with the first process, it would let signals through again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        theirs.close()

    def give(self, job: Job) -> None:
        self.job = job
        try:
            self.connection.send(job)
        except OSError:
            return

    def hear(self, listener: Listener) -> tuple[Failure | None, bool]:
        """Passes on the next that the process tells; the failure of its run, if any, and whether the run is over."""
        try:
            told: Any = self.connection.recv()
        except (EOFError, OSError):
            return self._died(), True
        if not isinstance(told, _Over):
            method, arguments = told
            getattr(listener, method)(*arguments)
            return None, False
        self.job = None
        return told.failure, True

    def _died(self) -> Failure | None:
        self.process.join(PATIENCE)
        job, self.job, code = self.job, None, self.process.exitcode or 0
        if job is None:
            return None
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        hint = _HINTS.get(code, "")
        advice = "the rounds it had committed are kept, and the same command, without --overwrite, continues them"
        return Failure(job.title, f"its process ended with {how}{hint}; {advice}", _DIED)


def _with_news(workers: Sequence[_Worker]) -> list[_Worker]:
    by_connection = {worker.connection: worker for worker in workers if worker.job}
    return [by_connection[ready] for ready in wait(list(by_connection)) if isinstance(ready, Connection)]


def _end(workers: Sequence[_Worker]) -> None:
    """Asks all to stop after what they have committed, and leaves none behind."""
    for worker in workers:
        if worker.process.is_alive():
            worker.process.terminate()
    last = time.monotonic() + PATIENCE - _SECONDS_TO_KILL
    for worker in workers:
        worker.process.join(max(0.0, last - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.connection.close()


def _serve(connection: Connection, make: MakeWork) -> None:
    """What a process does: run after run, until it is told to stop or its parent is gone."""
    use_lasting_streams()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with stop_on_signal():
            work, teller = make(), Teller(lambda *told: connection.send(told))
            while True:
                job = connection.recv()
                failure = None
                try:
                    work(job, teller)
                except Exception as error:
                    failure = Failure.of(job.title, error)
                connection.send(_Over(failure))
    except (Stopped, EOFError, OSError):
        return


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        wait([parent.sentinel])
        os._exit(_DIED)
