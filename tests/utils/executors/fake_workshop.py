"""Work that other processes can import: fake runs, some of which fail, kill their process, or wait."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import framework
from tests.fakes import ENVIRONMENT, FakeEngine, blobs, small_params
from utils.errors import DataError
from utils.executors.base import Job, Listener
from utils.journal import Record

BAD_CLIP, BUG, KILLED_ONCE, ENDLESS = 13, 14, 66, 99
"""Seeds of runs that do not simply end."""


class Quick(framework.Experiment):
    """Draws nothing at the end."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.learner.finish = lambda *_: None  # type: ignore[method-assign]


class FakeWorkshop:
    """Runs on points in the plane, below outputs/ in the working directory."""

    def __call__(self, job: Job, listener: Listener) -> None:
        seed = job.params.seeds()[0]
        if seed == BAD_CLIP:
            raise DataError("clip.wav: is cut short")
        if seed == BUG:
            raise KeyError("no such thing")
        if seed == ENDLESS:
            listener.say("waits")
            signal.pause()
        experiment = Quick(job.params, blobs(), FakeEngine(), ENVIRONMENT)
        marker = Path("was killed")
        if seed == KILLED_ONCE and not marker.exists():
            listener = Killer(listener, marker)
        experiment.run(listener)


class Killer:
    """Kills its process after the second round."""

    def __init__(self, listener: Listener, marker: Path) -> None:
        self.listener, self.marker = listener, marker

    def __getattr__(self, name: str) -> object:
        return getattr(self.listener, name)

    def round_done(self, name: str, record: Record) -> None:
        self.listener.round_done(name, record)
        if record["round"] == 1:
            self.marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def jobs_of(seeds: list[int]) -> list[Job]:
    """Fake runs of margin, one for each seed."""
    params = small_params(random_seed=seeds)
    return [Job(single, params) for single in params.single_runs()]
