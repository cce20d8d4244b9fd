"""Where runs with stand-ins for model, pictures and people take place, as often as a sweep wants."""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from hparams import HParams
from tests.clerk import Clerk
from tests.crash.budget import watched
from tests.fakes import ENVIRONMENT, FakeEngine, without_pictures
from utils import files, metrics
from utils.data.source import LoadedData
from utils.inference import Inference
from utils.journal import Record
from utils.learning_engine import FitReport, LearningEngine, Need
from utils.rows import Rows


@contextlib.contextmanager
def on_stage(outputs: Path, *, pictures: bool = False) -> Iterator[Counter[str]]:
    """Runs go below `outputs`, without pictures; whoever is asked is the clerk. Counts the commits that were checked."""
    with contextlib.ExitStack() as stack:
        if not pictures:
            stack.enter_context(without_pictures(outputs))
        for place, value in {
            "framework.OUTPUTS": outputs,
            "utils.refresher.SHARE": math.inf,  # draws after each run, so that equal runs write equally often
            "framework.make_engine": _make_engine,
            "utils.oracles.csv_file.CsvOracle": Clerk,
            "utils.oracles.web.WebOracle": lambda task, *_: Clerk(task),
            "utils.metrics.classification_metrics": _remembered(metrics.classification_metrics),
            "utils.metrics.class_metrics": _remembered(metrics.class_metrics),
        }.items():
            stack.enter_context(mock.patch(place, value))
        yield stack.enter_context(watched())


@contextlib.contextmanager
def disk(system: files._OperatingSystem) -> Iterator[None]:
    """Everything is written through `system`."""
    with mock.patch.object(files, "_os", system):
        yield


class FlatEngine(FakeEngine):
    """Takes samples of any shape for points."""

    def fit(
        self, x: Rows, y: NDArray[np.int64], *, validation: tuple[Rows, NDArray[np.int64]] | None, **options: Any
    ) -> FitReport:
        return super().fit(_flat(x), y, validation=(_flat(validation[0]), validation[1]) if validation else None, **options)

    def infer(self, x: Rows, needs: frozenset[Need], seed: int = 0) -> Inference:
        return super().infer(_flat(x), needs, seed)


def _flat(x: Rows) -> Rows:
    values = np.tanh(x.take().reshape(len(x), -1))
    return Rows(values, np.arange(len(x)))


def _make_engine(hparams: HParams, data: LoadedData) -> tuple[LearningEngine, Record]:
    return FlatEngine(data.table.num_classes, int(np.prod(data.sample_shape))), ENVIRONMENT


def _remembered(measure: Callable[..., Any]) -> Callable[..., Any]:
    """The same function of labels and answers, which computes nothing twice: runs that are repeated spend their time there."""
    known: dict[Any, Any] = {}

    def remembered(labels: NDArray[Any], answers: NDArray[Any], **options: Any) -> Any:
        key = labels.tobytes(), answers.tobytes(), answers.shape, repr(sorted(options.items()))
        if key not in known:
            known[key] = measure(labels, answers, **options)
        return known[key]

    return remembered
