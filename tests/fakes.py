"""A data set and a learning engine that need no TensorFlow: quick, deterministic, with all that a real one carries over."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import framework
from hparams import HParams
from utils import files
from utils.console import Reporter
from utils.data.source import DataSet, SampleTable
from utils.inference import Inference
from utils.journal import Record
from utils.learning_engine import Epoch, FitReport, LearningEngine, Need, Weights
from utils.rows import Rows

ENVIRONMENT = {"engine": "fake", "threads": 1}


class FakeEngine(LearningEngine):
    """Class centres that move half of the way to the centres of what they are trained on, with some noise from the seed."""

    provides = frozenset(Need)

    def __init__(self, num_classes: int = 3, size: int = 2) -> None:
        self.centres = np.zeros((num_classes, size), dtype=np.float32)

    def reset(self, seed: int) -> None:
        self.centres = np.random.default_rng(seed).normal(size=self.centres.shape).astype(np.float32)

    def fit(
        self,
        x: Rows,
        y: NDArray[np.int64],
        *,
        sample_weight: NDArray[np.float32],
        validation: tuple[Rows, NDArray[np.int64]] | None,
        seed: int,
    ) -> FitReport:
        values, noise = x.take(), np.random.default_rng(seed).normal(scale=0.05, size=self.centres.shape)
        for label in np.unique(y):
            self.centres[label] = (self.centres[label] + np.average(values[y == label], axis=0)) / 2
        self.centres += noise.astype(np.float32)
        if validation is None:
            return FitReport((Epoch(0.5),), 0)
        probabilities = self._probabilities(validation[0])
        accuracy = float((probabilities.argmax(axis=1) == validation[1]).mean())
        return FitReport((Epoch(0.5, 0.5, accuracy),), 0)

    def infer(self, x: Rows, needs: frozenset[Need], seed: int = 0) -> Inference:
        probabilities, values, noise = self._probabilities(x), x.take(), np.random.default_rng(seed).random((6, 1, 1))
        passes = (1 - noise) * probabilities + noise / probabilities.shape[1]
        head = np.concatenate([2 * self.centres.T, -(self.centres**2).sum(axis=1)[np.newaxis]])
        arrays = {
            Need.PROBABILITIES: probabilities, Need.EMBEDDINGS: values, Need.LAST_INPUTS: values, Need.HEAD: head,
            Need.STOCHASTIC: passes, Need.AUGMENTED: passes, Need.PREDICTIONS: values[:, :1],
        }  # fmt: skip
        return Inference(**{need.value: arrays[need].astype(np.float32) for need in needs})

    def _probabilities(self, x: Rows) -> NDArray[np.float32]:
        distances = ((x.take()[:, np.newaxis] - self.centres) ** 2).sum(axis=2)
        likelihoods = np.exp(-(distances - distances.min(axis=1, keepdims=True)))
        return (likelihoods / likelihoods.sum(axis=1, keepdims=True)).astype(np.float32)

    def get_weights(self) -> Weights:
        return [self.centres.copy()]

    def set_weights(self, weights: Weights) -> None:
        self.centres = weights[0].copy()

    def save_weights(self, path: Path) -> None:
        content = io.BytesIO()
        np.save(content, self.centres, allow_pickle=False)
        files.write_bytes(path, content.getvalue())

    def load_weights(self, path: Path) -> None:
        self.centres = np.load(path, allow_pickle=False)

    def load_pretrained(self, path: Path) -> None:
        self.load_weights(path)

    def export(self, path: Path) -> None:
        self.save_weights(path)


def blobs(count: int = 60, num_classes: int = 3) -> DataSet:
    """Overlapping clouds of points in the plane, evenly labelled."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % num_classes
    features = (rng.normal(size=(count, 2)) + 1.5 * labels[:, np.newaxis]).astype(np.float32)
    features.flags.writeable = False
    names = np.array([f"point {index}" for index in range(count)])
    table = SampleTable(labels.astype(np.int64), tuple("abcdefgh"[:num_classes]), names)
    return DataSet(table, "fingerprint of blobs", "table", (), features)


def small_params(**changes: Any) -> HParams:
    """A short run on `blobs`."""
    values = {
        "sub_dir": "fake", "dataset": "digits", "framework_type": "margin", "max_round": 4, "num_select_per_round": 5,
        "labeled_percent": 0.2, "num_epochs": 1, "pre_train": True, "checkpoint": "last", "threads": 1, "model": "cnn",
    }  # fmt: skip
    return HParams.parse(values | changes)


def run_fake(hparams: HParams, data: DataSet | None = None, engine: LearningEngine | None = None) -> list[Record]:
    """Runs the one run that `hparams` describe, below framework.OUTPUTS."""
    single = next(hparams.single_runs())
    return framework.Experiment(single, data or blobs(), engine or FakeEngine(), ENVIRONMENT).run(Reporter(quiet=True))


def results_of(folder: Path) -> dict[str, bytes]:
    """Every CSV below `folder` that must not depend on how often a run was killed, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.csv")) if path.name != "timing.csv"
    }


@pytest.fixture
def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh outputs/ for this test, without pictures: they take longer than everything else."""
    monkeypatch.setattr(framework, "OUTPUTS", tmp_path / "outputs")

    def draw(*arguments: Any) -> None:
        (path,) = [argument for argument in arguments if isinstance(argument, Path)]
        files.write_bytes(path, b"a picture")

    for name in ("learning_curve", "confusion_matrix", "confidence_curve", "regression_scatter"):
        monkeypatch.setattr(f"utils.plots.{name}", draw)
    monkeypatch.setattr("utils.training_plots.training_curves", draw)
    for name in ("threshold_curve", "roc_pr", "calibration"):
        monkeypatch.setattr(f"utils.decision_plots.{name}", draw)
    for name in ("pool_map", "decision_graph", "sample_grid"):
        monkeypatch.setattr(f"utils.selection_plots.{name}", draw)
    monkeypatch.setattr("utils.selection_plots.project", lambda embeddings, *_: embeddings[:, :2])
    return tmp_path / "outputs"
