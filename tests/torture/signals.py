"""Ctrl-C and SIGTERM at random moments of a process's life, sent to it alone or to all of its group, some of them twice.

Each time it has to end with 130 or 143 within seconds, with one sentence and no traceback, and the same command has to bring
the results of an undisturbed run. A signal that came too late, after the process had ended by itself, does not count.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.torture.fake_process import WITHOUT_PICTURES
from tests.torture.fleet import ROOT, differences, lasting, parameter_file
from tests.torture.kills import FAKE, REAL, REAL_COMPOSITIONS, WORKERS
from tests.torture.recordings import recordings
from tests.torture.sweep import Sweep
from utils.signals import PATIENCE, Stopped

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
_CAUGHT = re.compile(r"^SigCgt:\t([0-9a-f]+)$", re.MULTILINE)
_SAID = f"{Stopped(0)}\n"
_SECONDS_AT_MOST = 300.0
_BEFORE_A_NEW_ONE = 5
_REAL = [sys.executable, str(ROOT / "framework.py"), "--param_file=params.json"]
_FAKE = [sys.executable, "-m", "tests.torture.fake_process", "--param_file=params.json"]


@dataclass(frozen=True)
class Answers:
    """What signals were answered with.

    Attributes:
        signals: that hit a living process.
        seconds: that the slowest took to end.
    """

    signals: int
    seconds: float

    def __add__(self, other: Answers) -> Answers:
        return Answers(self.signals + other.signals, max(self.seconds, other.seconds))


class Stopper:
    """Stops the processes of one command in one folder, and looks at how they end."""

    def __init__(self, folder: Path, command: Sequence[str], rng: random.Random, **environment: str) -> None:
        self.folder, self._command, self._rng = folder, command, rng
        paths = {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
        self._environment = os.environ | paths | environment

    def start(self) -> subprocess.Popen[str]:
        """One process, in a group of its own."""
        return subprocess.Popen(
            self._command, cwd=self.folder, env=self._environment, start_new_session=True, text=True, encoding="utf-8",
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def undisturbed(self) -> dict[str, bytes]:
        """What a process that nobody stops makes; keeps the seconds that it takes."""
        begun = time.monotonic()
        process = self.start()
        _, err = process.communicate(timeout=_SECONDS_AT_MOST)
        assert process.returncode == 0, err
        self.seconds = time.monotonic() - begun
        return lasting(self.folder)

    def stopped(self, number: signal.Signals) -> Answers:
        """A process that gets the signal at a random moment, unless it ends before."""
        after, to_all, twice = self._rng.uniform(0, self.seconds), self._rng.random() < 0.5, self._rng.random() < 0.5
        process = self.start()
        while not _has_begun(process):
            continue
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=after)
            return Answers(0, 0.0)
        begun = time.monotonic()
        for _ in range(1 + twice):
            (os.killpg if to_all else os.kill)(process.pid, number)
        _, err = process.communicate(timeout=_SECONDS_AT_MOST)
        seconds = time.monotonic() - begun
        how = f"{self.folder}, {number.name} after {after:.3f} s{' to all' * to_all}{' twice' * twice}, took {seconds:.2f} s"
        assert seconds <= PATIENCE, f"{how}: {process.returncode}, {err}"
        if process.returncode == 0:
            return Answers(0, 0.0)
        assert (process.returncode, err) == (CODES[number], _SAID), f"{how}: {process.returncode}, {err}"
        return Answers(1, seconds)

    def moments(self, count: int, expected: dict[str, bytes]) -> Answers:
        """`count` signals of each kind that hit; at last the work is done to its end and compared with the `expected`."""
        reached = Answers(0, 0.0)
        for place in range(count * len(CODES)):
            missed = True
            while missed:
                answer = self.stopped([*CODES][place % len(CODES)])
                reached, missed = reached + answer, not answer.signals
        process = self.start()
        _, err = process.communicate(timeout=_SECONDS_AT_MOST)
        assert process.returncode == 0, err
        wrong = differences(lasting(self.folder), expected)
        assert not wrong, f"{self.folder}: other bytes in {wrong}"
        return reached


def _has_begun(process: subprocess.Popen[str]) -> bool:
    """Whether its first lines are done: while Python itself starts, nobody answers in his own words.

    They are when it catches SIGTERM, which Python of itself does not, when it has gone on to import libraries, or has ended.
    """
    if process.poll() is not None:
        return True
    folder = Path("/proc") / str(process.pid)
    with contextlib.suppress(OSError):
        caught = _CAUGHT.search((folder / "status").read_text(encoding="utf-8"))
        is_caught = bool(caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)
        return is_caught or "site-packages" in (folder / "maps").read_text(encoding="utf-8")
    return False


def signals_answered(stopper: Stopper, count: int, fresh: Callable[[], None]) -> Answers:
    """`count` of SIGINT and as many of SIGTERM; `fresh` takes away what was reached before each five of them."""
    expected, reached = stopper.undisturbed(), Answers(0, 0.0)
    for done in range(0, count, _BEFORE_A_NEW_ONE):
        fresh()
        reached += stopper.moments(min(_BEFORE_A_NEW_ONE, count - done), expected)
    return reached


def fake_runs(folder: Path, seed: int, count: int, *, pictures: bool = True, workers: bool = False) -> Answers:
    """Runs of the fake engine, from the start of Python to the report; with `workers` a grid of them in two processes."""
    parameter_file(folder, FAKE | (WORKERS if workers else {}))
    environment = {} if pictures else {WITHOUT_PICTURES: "1"}
    stopper = Stopper(folder, _FAKE, random.Random(seed), **environment)
    return signals_answered(stopper, count, lambda: shutil.rmtree(folder / "outputs"))


def real_runs(folder: Path, seed: int, count: int, backend: str, **changes: Any) -> Answers:
    """Runs of the real engine: import of TensorFlow, training, scoring, saving, pictures, comparison, report."""
    parameter_file(folder, REAL | REAL_COMPOSITIONS["pseudo-labels and history"] | {"backend": backend} | changes)
    stopper = Stopper(folder, _REAL, random.Random(seed))
    return signals_answered(stopper, count, lambda: shutil.rmtree(folder / "outputs"))


def real_extractions(folder: Path, seed: int, count: int, files: int = 300) -> Answers:
    """Runs on recordings without a cache of their features, which is most of what they do."""
    recordings(folder / "data", files, seconds=2)
    params = {
        "sub_dir": "sounds", "dataset": "audio_folders", "data_dir": "data", "framework_type": "margin", "max_round": 1,
        "num_select_per_round": 5, "num_epochs": 1, "model": "dense", "threads": 1,
    }  # fmt: skip
    parameter_file(folder, params)
    stopper = Stopper(folder, _REAL, random.Random(seed))
    return signals_answered(stopper, count, lambda: shutil.rmtree(folder / "outputs"))


def comparisons(folder: Path, seed: int, count: int) -> Answers:
    """The command that compares, on runs of the fake engine."""
    parameter_file(folder, FAKE | {"framework_type": ["random", "margin"], "max_round": 2})
    Stopper(folder, _FAKE, random.Random(seed), **{WITHOUT_PICTURES: "1"}).undisturbed()
    command = [sys.executable, "-m", "utils.compare", "outputs/fake"]
    return signals_answered(Stopper(folder, command, random.Random(seed)), count, lambda: None)


def predictions(folder: Path, seed: int, count: int) -> Answers:
    """The command that labels new samples with the model of a run; its answer is a file."""
    parameter_file(folder, REAL | {"max_round": 1})
    Stopper(folder, _REAL, random.Random(seed)).undisturbed()
    np.savez(folder / "new.npz", x=np.zeros((500, 8, 8, 1), np.float32))
    run = "outputs/real/stats/margin/run_1"
    command = [sys.executable, "-m", "utils.predict", run, "new.npz", "--output", "outputs/new.csv", "--overwrite"]
    return signals_answered(Stopper(folder, command, random.Random(seed)), count, lambda: None)


def _sweep(name: str, run: Callable[[Path, int, int], Answers], count: int, what: str) -> Sweep:
    def told(seed: int, folder: Path) -> str:
        reached = run(folder, seed, count)
        return (
            f"{reached.signals} signals into {what}: ended in order, the slowest after {reached.seconds:.1f} s, same bytes then"
        )

    return Sweep(f"signals_{name}", "G8", told)


SWEEPS = (
    _sweep("fake", fake_runs, 50, "runs of the fake engine"),
    _sweep("workers", lambda *given: fake_runs(*given, pictures=False, workers=True), 20, "grids with two workers"),
    _sweep("keras", lambda *given: real_runs(*given, "keras"), 50, "real runs on keras"),
    _sweep("tf", lambda *given: real_runs(*given, "tf"), 50, "real runs on tf"),
    _sweep("ray", lambda *given: real_runs(*given, "keras", executor="ray", random_seed=[1, 2]), 5, "grids on Ray"),
    _sweep("extraction", real_extractions, 50, "extraction of features"),
    _sweep("comparison", comparisons, 20, "comparisons"),
    _sweep("prediction", predictions, 20, "predictions"),
)
