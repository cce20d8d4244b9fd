"""G5: a run that was stopped after any round and is continued ends where a straight run ends, in whatever process.

Each run goes straight through once, and after every round its folder is copied, as a kill would leave it; each copy is then
continued. Processes differ in the seed of Python's hashes: all do every straight run, and each continues the copies that the
first of them made. Engines are real and tiny, and are used for one run after the other, as a grid does.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

import framework
from hparams import HParams
from strategies.base import strategies
from tests.fakes import results_of, without_pictures
from tests.torture.sweep import Sweep
from utils import files
from utils.backends import make_engine
from utils.console import Reporter
from utils.data.source import DataSet, SampleTable
from utils.journal import Record
from utils.learning_engine import LearningEngine

BACKENDS = ("keras", "tf")
ROUNDS = 5
COMPOSITIONS: dict[str, dict[str, Any]] = {
    "warm": {"warm_start": True, "checkpoint": "best"},
    "cold": {"warm_start": False, "checkpoint": "best_of_round"},
    "composed": {
        "checkpoint": "best", "pseudo_label": True, "decay_threshold": 1.0, "hist_sel_mode": "certain", "sel_thresholds": [12],
        "initial_selection": "typiclust",
    },
}  # fmt: skip
_SAMPLES = 70
_PARAMS: dict[str, Any] = {
    "sub_dir": "resuming", "dataset": "digits", "model": "cnn", "model_params": {"filters": [4], "embedding_units": 8},
    "threads": 1, "max_round": ROUNDS, "num_select_per_round": 4, "labeled_percent": 0.2, "num_epochs": 2, "batch_size": 16,
    "pre_train": True, "num_passes": 3, "num_augmented": 2, "num_members": 2,
}  # fmt: skip

Digests = dict[str, list[str]]
"""What a run comes to: "weights" by round, "picked" ids by round, "files" with a SHA-256 each."""


@dataclass(frozen=True)
class Case:
    """One run: a selection engine, a backend, one of `COMPOSITIONS`."""

    strategy: str
    backend: str
    composition: str
    task: str

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.strategy}-{self.backend}-{self.composition}-{self.task}"

    def hparams(self) -> HParams:
        """Its parameters."""
        params = _PARAMS | COMPOSITIONS[self.composition] | {"task": self.task, "backend": self.backend}
        return next(HParams.parse(params | {"framework_type": self.strategy}).single_runs())


def every_case(backends: Sequence[str] = BACKENDS) -> list[Case]:
    """Every selection engine in every task but binary, which is for those that know no other; no pseudo-labels of numbers."""
    return [
        Case(strategy, backend, composition, task)
        for backend in backends
        for composition in COMPOSITIONS
        for strategy in strategies.names()
        for task in sorted(strategies.get(strategy).tasks - {"binary"}) or ["binary"]
        if (composition, task) != ("composed", "regression")
    ]


def resume_all(cases: Sequence[Case], folder: Path, seed: int = 0, processes: int = 3) -> int:
    """Checks the `cases` below the empty `folder`, in processes with different hash seeds from `seed` on.

    Returns:
        How many runs were continued.

    Raises:
        AssertionError: a run came to something else than its straight run in the first process.
    """
    with ExitStack() as stack:
        pools = [stack.enter_context(_process(seed + number)) for number in range(processes)]
        hashes = {pool.submit(hash, "a text").result() for pool in pools}
        assert len(hashes) == processes, f"the hashes of Python are the same in {processes} processes"
        places = [folder / f"process_{number}" for number in range(processes)]
        went = [[pool.submit(go_straight, case, place) for case in cases] for pool, place in zip(pools, places, strict=True)]
        expected = [job.result() for job in went[0]]
        going = [
            [pool.submit(go_on, case, place, places[0]) for case in cases] for pool, place in zip(pools, places, strict=True)
        ]
        continued = 0
        for number, (straight, jobs) in enumerate(zip(went, going, strict=True)):
            for case, same, first, job in zip(cases, straight, expected, jobs, strict=True):
                _compare(same.result(), first, f"{case}: straight on with hash seed {seed + number}")
                for stop, found in enumerate(job.result()):
                    _compare(found, first, f"{case}: after round {stop} continued with hash seed {seed + number}")
                    continued += 1
    return continued


def _compare(found: Digests, expected: Digests, what: str) -> None:
    different = [f"{key}: {found[key]}, expected {value}" for key, value in expected.items() if found[key] != value]
    assert not different, f"{what}: {'; '.join(different)}"


def _process(hash_seed: int) -> ProcessPoolExecutor:
    """One process whose hashes have that seed."""
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    with mock.patch.dict(os.environ, quiet | {"PYTHONHASHSEED": str(hash_seed)}):
        pool.submit(os.getpid).result()
    return pool


def go_straight(case: Case, folder: Path) -> Digests:
    """The straight run of `case` below `folder`, what it left after each round `t` copied to `after_<t>`."""
    outputs = folder / case.name / "straight"
    return _run(case, outputs, _Copies(outputs))


def go_on(case: Case, folder: Path, straight: Path) -> list[Digests]:
    """What comes of each copy that the straight run below the folder `straight` left, continued below `folder`."""
    found = []
    for stop in range(ROUNDS + 1):
        outputs, rounds = folder / case.name / f"continued_{stop}", _Rounds()
        shutil.copytree(straight / case.name / f"after_{stop}", outputs)
        found.append(_run(case, outputs, rounds))
        assert rounds.done == list(range(stop + 1, ROUNDS + 1)), f"{case}: after round {stop} it did {rounds.done}"
        shutil.rmtree(outputs)
    return found


class _Rounds(Reporter):
    """Notes which rounds were done."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.done: list[int] = []

    def round_done(self, name: str, record: Record) -> None:
        self.done.append(record["round"])


class _Copies(_Rounds):
    """Copies the results after each round."""

    def __init__(self, outputs: Path) -> None:
        super().__init__()
        self._outputs = outputs

    def round_done(self, name: str, record: Record) -> None:
        shutil.copytree(self._outputs, self._outputs.with_name(f"after_{record['round']}"))


def _run(case: Case, outputs: Path, reporter: Reporter) -> Digests:
    engine, environment = _engine(replace(case, strategy="random"))
    # what is synced makes a difference to power cuts alone
    unsynced = mock.patch.object(files._OperatingSystem, "sync", lambda *_: None)
    with without_pictures(outputs), unsynced, mock.patch.object(engine, "export"):
        rounds = framework.Experiment(case.hparams(), _digits(case.task), engine, environment).run(reporter)
    (best,) = outputs.rglob("best.weights.h5")
    written = results_of(outputs) | {"best.weights.h5": best.read_bytes()}
    return {
        "weights": [record["weights_sha256"] for record in rounds],
        "picked": [str([pick[0] for pick in record["selected"]]) for record in rounds],
        "files": [f"{name}: {hashlib.sha256(content).hexdigest()}" for name, content in written.items()],
    }


@cache
def _engine(case: Case) -> tuple[LearningEngine, Record]:
    """One for all selection engines with these settings."""
    return make_engine(case.hparams(), _digits(case.task))


@cache
def _digits(task: str) -> DataSet:
    """A few of scikit-learn's digits: three classes, two, or as target the ink that they take."""
    from sklearn.datasets import load_digits

    digits, classes = load_digits(), {"binary": 2, "multiclass": 3, "regression": 10}[task]
    ids = np.flatnonzero(digits.target < classes)[:_SAMPLES]
    features = (digits.images[ids, :, :, np.newaxis] / 16).astype(np.float32)
    features.flags.writeable = False
    labels = features.sum(axis=(1, 2, 3)) if task == "regression" else digits.target[ids].astype(np.int64)
    names = () if task == "regression" else tuple("abc"[:classes])
    table = SampleTable(labels, names, np.array([f"digit {number}" for number in ids]))
    return DataSet(table, f"a few digits, {task}", "image", (), features)


def _every_case(seed: int, folder: Path) -> str:
    cases = every_case()
    continued = resume_all(cases, folder, seed)
    engines = len({case.strategy for case in cases})
    return (
        f"{len(cases)} runs ({engines} selection engines, {len(COMPOSITIONS)} compositions, {len(BACKENDS)} backends) in 3 "
        f"processes with hash seeds of their own, continued after rounds 0 to {ROUNDS}: {continued:,} times the straight "
        "run's bytes"
    )


SWEEPS = (Sweep("resuming", "G5", _every_case),)
