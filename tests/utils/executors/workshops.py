"""Work for executors to do in other processes: runs on the fake engine, some of which fail, die or wait."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import framework
from tests.fakes import ENVIRONMENT, FakeEngine, blobs
from utils.executors.base import Job, Listener

OUTPUTS = Path("outputs")


class Plain(framework.Experiment):
    """A run without pictures, which take longer than all the rest."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.learner.finish = lambda *_: None  # type: ignore[method-assign]


class Workshop:
    """Does runs on `blobs`, in outputs/ of the folder where it is."""

    pause = 0.0
    """Seconds of each training, so that there is something to interrupt."""

    def __call__(self, job: Job, listener: Listener) -> None:
        if job.params.max_round == 13:
            raise ValueError("an unlucky number")
        Plain(job.params, blobs(), Slow(self.pause), ENVIRONMENT).run(listener)


class Slow(FakeEngine):
    """Waits before each training."""

    def __init__(self, pause: float) -> None:
        super().__init__()
        self._pause = pause

    def fit(self, *arguments: object, **options: object) -> object:
        time.sleep(self._pause)
        return super().fit(*arguments, **options)


class SlowWorkshop(Workshop):
    pause = 0.4


class DeadlyWorkshop(Workshop):
    """Its process is killed each time that it begins."""

    def __call__(self, job: Job, listener: Listener) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class WeakWorkshop(Workshop):
    """Its process is killed once in each round."""

    def __call__(self, job: Job, listener: Listener) -> None:
        super().__call__(job, Killing(listener))


class Killing:
    """A listener that kills its process after each round, once the round was told."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def __getattr__(self, name: str) -> object:
        return getattr(self._listener, name)

    def round_done(self, name: str, record: dict) -> None:
        self._listener.round_done(name, record)
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGKILL)
