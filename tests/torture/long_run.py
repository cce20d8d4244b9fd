"""One experiment of many rounds in a process of its own, and what that process holds after each of them.

Time is processor time of the whole process: seconds on the wall tell as much about what else the machine does. What is done
to look (collecting garbage, reading the numbers) is left out of it.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import psutil

import framework
from hparams import HParams
from utils.console import Reporter
from utils.journal import Record

BACKENDS = ("keras", "tf")
_ROUNDS: dict[str, Any] = {
    "sub_dir": "long", "dataset": "digits", "model": "cnn", "threads": 1, "framework_type": "margin", "num_epochs": 3,
    "valid_percent": 0.1, "candidate_pool": 256, "num_select_per_round": 5, "hist_sel_mode": "no", "pre_train": True,
}  # fmt: skip
_COMPOSED: dict[str, Any] = {
    "dataset": "npz", "data_dir": "digits", "labeled_percent": 0.5, "num_select_per_round": 1, "framework_type": "bald",
    "num_passes": 5, "hist_sel_mode": "certain", "sel_thresholds": [50], "hist_keep": 1.0,
    "pseudo_label": True, "decay_threshold": 10.0, "decay_rate": 0.0,
}  # fmt: skip
CASES: dict[str, dict[str, Any]] = {
    "new labels alone": _ROUNDS,
    "cold start": _ROUNDS | {"warm_start": False, "checkpoint": "last"},
    "history, pseudo-labels, dropout": _ROUNDS | _COMPOSED,
}
"""Name → parameters of runs in which each round has the same to do, however many labels there are.

In the first two each round trains on its five new labels, in the third on those of some thousands that the model is right
about, to which each round adds one, and on as many pseudo-labels as there are candidates: all are below the threshold. All
score the same number of candidates and judge by validation and test parts of one size.
"""
PICTURES = "runs with pictures"
"""Short runs one after the other in one process, with one engine; each draws its pictures and saves its model."""


@dataclass(frozen=True)
class Moment:
    """The process once a round, or one of many runs, is done.

    Attributes:
        number: of the round from 0, or of the run.
        samples: trained on in the round, each counted once an epoch; 0 of a run.
        processor: seconds of processor time since the moment before.
        wall: seconds since the moment before.
        resident: megabytes of memory, after a collection of garbage.
        descriptors: of open files, pipes and sockets.
        threads: of the process.
        graphs: that TensorFlow has built so far; tracing a function builds at least one.
    """

    number: int
    samples: int
    processor: float
    wall: float
    resident: float
    descriptors: int
    threads: int
    graphs: int


class Watch(Reporter):
    """Looks at this process at the end of each round, or with `of_runs` of each run."""

    def __init__(self, of_runs: bool, graphs: Callable[[], int] = lambda: 0) -> None:
        """`graphs` counts those of TensorFlow."""
        super().__init__(quiet=True)
        self.moments: list[Moment] = []
        self._of_runs, self._graphs, self._process = of_runs, graphs, psutil.Process()
        self._looked = time.process_time(), time.perf_counter()

    def round_done(self, name: str, record: Record) -> None:
        """See `Listener`."""
        if not self._of_runs:
            stats = record["stats"]
            each = sum(stats.get(column) or 0 for column in ("num_new_labeled", "num_history", "num_pseudo_labeled"))
            self._look(each * stats["epochs"])

    def end_run(self, name: str, last: Record, how: str) -> None:
        """See `Listener`."""
        if self._of_runs:
            self._look(0)

    def _look(self, samples: int) -> None:
        processor, wall = time.process_time() - self._looked[0], time.perf_counter() - self._looked[1]
        gc.collect()
        process = self._process
        held = process.memory_info().rss / 2**20, process.num_fds(), process.num_threads(), self._graphs()
        self.moments.append(Moment(len(self.moments), samples, processor, wall, *held))
        self._looked = time.process_time(), time.perf_counter()


def watched(case: str, backend: str, rounds: int, folder: Path) -> list[Moment]:
    """The moments of round 0 and `rounds` more of one of `CASES`, or of so many runs of `PICTURES`, in the empty `folder`."""
    return in_a_process(_watched, case, backend, rounds, folder)


def in_a_process(work: Callable[..., list[Moment]], *arguments: Any) -> list[Moment]:
    """What `work` gives in a fresh process, which holds nothing of this one."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _watched(case: str, backend: str, rounds: int, folder: Path) -> list[Moment]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _write_digits(folder / "digits")
    if of_runs := case == PICTURES:
        params = _ROUNDS | {"random_seed": list(range(rounds)), "max_round": 1}
    else:
        params = CASES[case] | {"max_round": rounds}
    with contextlib.chdir(folder), mock.patch.object(framework, "OUTPUTS", Path("outputs")), _graphs_counted() as graphs:
        watch = Watch(of_runs, graphs)
        framework.run(HParams.parse(params | {"backend": backend}), watch)
    return watch.moments


def _write_digits(folder: Path) -> None:
    """Each of scikit-learn's digits six times, with different noise: enough that one label more is next to nothing."""
    from sklearn.datasets import load_digits

    digits, rng = load_digits(), np.random.default_rng(0)
    noisy = [digits.images * 16 + rng.normal(0, 10, digits.images.shape) for _ in range(6)]
    folder.mkdir(parents=True)
    images = np.clip(np.concatenate(noisy), 0, 255).astype(np.uint8)
    np.savez(folder / "digits.npz", x_train=images, y_train=np.tile(digits.target, 6))


@contextlib.contextmanager
def _graphs_counted() -> Iterator[Callable[[], int]]:
    """Counts the graphs that are built within the block, by whichever function."""
    from models_tf import device

    graph = device.tf.__internal__.FuncGraph
    built, make = [0], graph.__init__

    def counted(self: Any, *arguments: Any, **options: Any) -> None:
        built[0] += 1
        make(self, *arguments, **options)

    with mock.patch.object(graph, "__init__", counted):
        yield lambda: built[0]
