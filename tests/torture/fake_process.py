"""`framework.py` as it is, in a process of its own, on the data and the learning engine of tests/fakes.py.

`python -m tests.torture.fake_process --param_file=…` takes the parameters of framework.py. Everything but TensorFlow and the
data set is real: the command line, grids and their processes, journals, pictures, comparison, report. The environment says
what else is to be otherwise, for the processes of a grid too.
"""

from __future__ import annotations

import importlib
import sys
from functools import partial

from utils.signals import end_on_signal, run_program

if __name__ == "__main__":  # as framework.py does
    end_on_signal()
    sys.exit(run_program(partial(importlib.import_module("tests.torture.fake_process").main, sys.argv[1:])))

import dataclasses
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import framework
from tests.clerk import Clerk
from tests.fakes import ENVIRONMENT, FakeEngine, FakeSource, blobs
from utils.annotation.shown import Shown
from utils.data.source import DataSet
from utils.learning_engine import FitReport

GATE = "FAKE_PROCESS_GATE"
"""Environment: a pipe; each training first reads a byte of it, so whoever writes none makes the process stay in there."""
AT_THE_GATE = "waits at the gate"
"""What it prints then."""
WITHOUT_PICTURES = "FAKE_PROCESS_WITHOUT_PICTURES"
"""Environment: when set, nothing is drawn: pictures take longer than everything else."""


class FakeWorkshop(framework.Workshop):
    """Does runs of the fake engine, in this process or in one of a grid."""

    def __init__(self) -> None:
        super().__init__()
        _make_everything_fake()


class Gated(FakeEngine):
    """Waits at the gate before each training."""

    def fit(self, *arguments: Any, **options: Any) -> FitReport:
        print(AT_THE_GATE, flush=True)  # noqa: T201
        with Path(os.environ[GATE]).open("rb", buffering=0) as gate:
            gate.read(1)
        return super().fit(*arguments, **options)


def shown_blobs() -> DataSet:
    """The fake data set, with something for people to look at."""
    return dataclasses.replace(blobs(), show=lambda sample: Shown("text", text=f"text of {sample}"))


def _make_everything_fake() -> None:
    engine: Callable[[], FakeEngine] = Gated if GATE in os.environ else FakeEngine
    targets: dict[str, Any] = {
        "framework.make_engine": lambda *_: (engine(), ENVIRONMENT),
        "framework.resolve": lambda hparams: (hparams, FakeSource(shown_blobs())),
        "framework.Workshop": FakeWorkshop,
        "utils.oracles.csv_file.CsvOracle": Clerk,
    }
    if WITHOUT_PICTURES in os.environ:
        targets |= {"strategies.composition.learner.Learner.finish": lambda *_: None}
        targets |= {"framework.Summary.refresh": lambda *_: None, "framework.Summary.finish": lambda *_: None}
    for name, fake in targets.items():
        patch(name, fake).start()


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    _make_everything_fake()
    return framework.main(arguments)
