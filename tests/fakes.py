"""A data set and a learning engine that need no TensorFlow: quick, deterministic, with all that a real one carries over."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray

import framework
from hparams import HParams
from utils import files
from utils.console import Reporter
from utils.data.source import DataSet, DataSource, LoadedData, Progress, SampleTable
from utils.inference import Inference
from utils.journal import Record
from utils.learning_engine import Epoch, FitReport, LearningEngine, Need, Weights
from utils.rows import Rows

ENVIRONMENT = {"engine": "fake", "threads": 1}


class FakeEngine(LearningEngine):
    """Class centres that move half of the way to the centres of what they are trained on, with some noise from the seed."""

    provides = frozenset(Need)

    def __init__(self, num_classes: int = 3, size: int = 2) -> None:
        self.weights = np.zeros((num_classes, size), dtype=np.float32)

    def reset(self, seed: int) -> None:
        self.weights = np.random.default_rng(seed).normal(size=self.weights.shape).astype(np.float32)

    def fit(
        self,
        x: Rows,
        y: NDArray[np.int64],
        *,
        sample_weight: NDArray[np.float32],
        validation: tuple[Rows, NDArray[np.int64]] | None,
        seed: int,
    ) -> FitReport:
        values, noise = x.take(), np.random.default_rng(seed).normal(scale=0.05, size=self.weights.shape)
        for label in np.unique(y):
            self.weights[label] = (self.weights[label] + np.average(values[y == label], axis=0)) / 2
        self.weights += noise.astype(np.float32)
        if validation is None:
            return FitReport((Epoch(0.5),), 0)
        probabilities = self._probabilities(validation[0])
        accuracy = float((probabilities.argmax(axis=1) == validation[1]).mean())
        return FitReport((Epoch(0.5, 0.5, accuracy),), 0)

    def infer(self, x: Rows, needs: frozenset[Need], seed: int = 0) -> Inference:
        probabilities, values, noise = self._probabilities(x), x.take(), np.random.default_rng(seed).random((6, 1, 1))
        passes = (1 - noise) * probabilities + noise / probabilities.shape[1]
        head = np.concatenate([2 * self.weights.T, -(self.weights**2).sum(axis=1)[np.newaxis]])
        arrays = {
            Need.PROBABILITIES: probabilities, Need.EMBEDDINGS: values, Need.LAST_INPUTS: values, Need.HEAD: head,
            Need.STOCHASTIC: passes, Need.AUGMENTED: passes, Need.PREDICTIONS: values[:, :1],
        }  # fmt: skip
        return Inference(**{need.value: arrays[need].astype(np.float32) for need in needs})

    def _probabilities(self, x: Rows) -> NDArray[np.float32]:
        distances = ((x.take()[:, np.newaxis] - self.weights) ** 2).sum(axis=2)
        likelihoods = np.exp(-(distances - distances.min(axis=1, keepdims=True)))
        return (likelihoods / likelihoods.sum(axis=1, keepdims=True)).astype(np.float32)

    def get_weights(self) -> Weights:
        return [self.weights.copy()]

    def set_weights(self, weights: Weights) -> None:
        self.weights = weights[0].copy()

    def save_weights(self, path: Path) -> None:
        content = io.BytesIO()
        np.save(content, self.weights, allow_pickle=False)
        files.write_bytes(path, content.getvalue())

    def load_weights(self, path: Path) -> None:
        self.weights = np.load(path, allow_pickle=False)

    def load_pretrained(self, path: Path) -> None:
        self.load_weights(path)

    def export(self, path: Path) -> None:
        self.save_weights(path)


class FakeRegressor(FakeEngine):
    """A plane through targets in units of their deviation, moved by one step of descent; the first training sets the scale.

    Its weights (f + 3,) are slopes and intercept, then mean and deviation of the targets, 0 until they are known.
    """

    provides = frozenset(Need) - {Need.PROBABILITIES}

    def __init__(self, size: int = 2) -> None:
        self.weights = np.zeros(size + 3, dtype=np.float32)

    def reset(self, seed: int) -> None:
        super().reset(seed)
        self.weights[-2:] = 0

    def fit(
        self,
        x: Rows,
        y: NDArray[np.float32],
        *,
        sample_weight: NDArray[np.float32],
        validation: tuple[Rows, NDArray[np.float32]] | None,
        seed: int,
    ) -> FitReport:
        if not self.weights[-1]:
            self.weights[-2:] = y.mean(), y.std() or 1
        mean, deviation = self.weights[-2:]
        design = np.column_stack([x.take(), np.ones(len(x), np.float32)])
        errors = design @ self.weights[:-2] - (y - mean) / deviation
        noise = np.random.default_rng(seed).normal(scale=0.02, size=len(self.weights) - 2)
        step = 0.4 / (design**2).sum(axis=1).mean() * (design * errors[:, np.newaxis]).mean(axis=0)
        self.weights[:-2] += (noise - step).astype(np.float32)
        if validation is None:
            return FitReport((Epoch(float((errors**2).mean())),), 0)
        left = self._predictions(validation[0])[:, 0] - validation[1]
        return FitReport((Epoch(float((errors**2).mean()), float((left**2).mean()), float(np.abs(left).mean())),), 0)

    def infer(self, x: Rows, needs: frozenset[Need], seed: int = 0) -> Inference:
        predictions, values, noise = self._predictions(x), x.take(), np.random.default_rng(seed).random((6, 1, 1))
        passes = (1 + 0.1 * noise) * predictions
        arrays = {
            Need.PREDICTIONS: predictions, Need.EMBEDDINGS: values, Need.LAST_INPUTS: values,
            Need.HEAD: self.weights[:-2, np.newaxis], Need.STOCHASTIC: passes, Need.AUGMENTED: passes,
        }  # fmt: skip
        return Inference(**{need.value: arrays[need].astype(np.float32) for need in needs})

    def _predictions(self, x: Rows) -> NDArray[np.float32]:
        mean, deviation = self.weights[-2], self.weights[-1] or np.float32(1)
        return (x.take() @ self.weights[:-3] + self.weights[-3])[:, np.newaxis] * deviation + mean


class FakeData(LoadedData):
    """Points whose features are their numbers in units of what the samples they are prepared by have."""

    def __init__(self, table: SampleTable, numbers: NDArray[np.float64]) -> None:
        super().__init__(table, "fingerprint of numbers", "table", ())
        object.__setattr__(self, "numbers", numbers)
        object.__setattr__(self, "asked", [])

    numbers: NDArray[np.float64]
    """(n, f) as they were measured."""
    asked: list[list[int]]
    """The ids of each preparation so far."""

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return self.numbers.shape[1:]

    def prepared(self, ids: NDArray[np.int64]) -> DataSet:
        self.asked.append(ids.tolist())
        mean, deviation = self.numbers[ids].mean(axis=0), self.numbers[ids].std(axis=0)
        features = ((self.numbers - mean) / np.where(deviation, deviation, 1)).astype(np.float32)
        features.flags.writeable = False
        told = {"means.txt": f"{mean.tolist()}\n"}
        return DataSet(self.table, self.fingerprint, self.kind, self.rejected, features, told)


class FakeSource(DataSource):
    """Hands out what it was made with."""

    kind = "table"
    default_model = "cnn"

    def __init__(self, data: LoadedData) -> None:
        self.data = data

    def scan(self) -> SampleTable:
        return self.data.table

    def load(self, cache: Path, progress: Progress) -> LoadedData:
        return self.data


def blobs(count: int = 60, num_classes: int = 3) -> DataSet:
    """Overlapping clouds of points in the plane, evenly labelled."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % num_classes
    features = (rng.normal(size=(count, 2)) + 1.5 * labels[:, np.newaxis]).astype(np.float32)
    features.flags.writeable = False
    names = np.array([f"point {index}" for index in range(count)])
    table = SampleTable(labels.astype(np.int64), tuple("abcdefgh"[:num_classes]), names)
    return DataSet(table, "fingerprint of blobs", "table", (), features)


def points(count: int = 60) -> DataSet:
    """Points in the plane with a number to predict, which grows with their coordinates and bends."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(count, 2)).astype(np.float32)
    targets = 100 + 20 * features[:, 0] - 7 * features[:, 1] ** 2 + rng.normal(size=count)
    features.flags.writeable = False
    names = np.array([f"point {index}" for index in range(count)])
    table = SampleTable(targets.astype(np.float32), (), names)
    return DataSet(table, "fingerprint of points", "table", (), features)


def measured(data: DataSet) -> FakeData:
    """The same samples, as numbers that are yet to be standardised."""
    return FakeData(data.table, data.features[np.arange(len(data.table))] * np.array([3.0, 500.0]) + np.array([7.0, -40.0]))


SMALL: dict[str, Any] = {
    "sub_dir": "fake", "dataset": "digits", "framework_type": "margin", "max_round": 4, "num_select_per_round": 5,
    "labeled_percent": 0.2, "num_epochs": 1, "pre_train": True, "checkpoint": "last", "threads": 1, "model": "cnn",
}  # fmt: skip
"""The parameters of a short run on `blobs`."""
COMPOSITIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "cold": {"warm_start": False, "load_pretrained": False},
    "checkpoints": {"checkpoint": "best", "metric_baseline": 0.4},
    "pseudo-labels and history": {
        "pseudo_label": True, "decay_threshold": 0.6, "hist_sel_mode": "certain", "sel_thresholds": [15],
        "checkpoint": "best_of_round",
    },
    "committee": {"framework_type": "qbc", "strategy_params": {"committee": "rounds"}, "num_members": 2},
}  # fmt: skip
"""What is composed differently, name → the parameters beside `SMALL`."""


def small_params(**changes: Any) -> HParams:
    """A short run on `blobs`."""
    return HParams.parse(SMALL | changes)


def regression_params(**changes: Any) -> HParams:
    """A short run on `points`."""
    return small_params(**{"task": "regression", "framework_type": "igs"} | changes)


def run_fake(hparams: HParams, data: LoadedData | None = None, engine: LearningEngine | None = None) -> list[Record]:
    """Runs the one run that `hparams` describe, below framework.OUTPUTS."""
    single = next(hparams.single_runs())
    data = data or (points() if hparams.is_regression() else blobs())
    engine = engine or (FakeRegressor() if hparams.is_regression() else FakeEngine())
    return framework.Experiment(single, data, engine, ENVIRONMENT).run(Reporter(quiet=True))


def results_of(folder: Path) -> dict[str, bytes]:
    """Every CSV below `folder` that must not depend on how often a run was killed, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.csv")) if path.name != "timing.csv"
    }


@pytest.fixture
def outputs(tmp_path: Path) -> Iterator[Path]:
    """A fresh outputs/ for this test, without pictures: they take longer than everything else."""
    with without_pictures(tmp_path / "outputs"):
        yield tmp_path / "outputs"


@contextlib.contextmanager
def without_pictures(outputs: Path) -> Iterator[None]:
    """Results go below `outputs`, and nothing is drawn."""

    def draw(*arguments: Any, **_: Any) -> None:
        (path,) = [argument for argument in arguments if isinstance(argument, Path)]
        files.write_bytes(path, b"a picture")

    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(framework, "OUTPUTS", outputs))
        for name in _DRAWN:
            stack.enter_context(mock.patch(f"utils.{name}", draw))
        for name in ("comparison_plot.comparison", "cross_validation_plot.cross_validation"):
            stack.enter_context(mock.patch(f"utils.{name}", lambda _, path, *__: files.write_bytes(path, b"a picture")))
        stack.enter_context(mock.patch("utils.selection_plots.project", lambda embeddings, *_: embeddings[:, :2]))
        yield


_DRAWN = (
    "plots.learning_curve", "plots.confusion_matrix", "plots.confidence_curve", "plots.regression_scatter",
    "training_plots.training_curves", "training_plots.autolabel_curve", "labelling_plot.labelling",
    "decision_plots.threshold_curve", "decision_plots.roc_pr", "decision_plots.calibration", "selection_plots.pool_map",
    "selection_plots.decision_graph", "selection_plots.sample_grid",
)  # fmt: skip
