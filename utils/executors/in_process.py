"""The runs of a grid one after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from utils.executors.base import Executor, Job, Listener, MakeWork
from utils.failure import Failure
from utils.signals import stop_if_asked


class InProcess(Executor):
    """Shares data and learning engine between runs, so it starts each of them at once."""

    def __init__(self, outputs: Path, *, raises: bool = False) -> None:
        """`outputs` is the folder below which run folders lie; `raises` lets the error of a run through, for a lone run."""
        self._outputs, self._raises = outputs, raises

    def run(self, jobs: Sequence[Job], make: MakeWork, listener: Listener, ended: Callable[[Job], None]) -> list[Failure]:
        """Executes the `jobs` in their order; see `Executor.run`."""
        work, failures = make(), list[Failure]()
        for job in jobs:
            try:
                work(job, listener)
            except Exception as error:
                stop_if_asked()
                failure = Failure.of(job.title, error)
                failure.record(job.params.run_folder(self._outputs))
                if self._raises:
                    raise
                failures.append(failure)
                listener.fail_run(job.title, failure.error)
            ended(job)
        return failures
