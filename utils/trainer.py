"""One round of training around an engine: where it starts, what it is checked on, and which weights it ends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from utils.initial_model import InitialModel
from utils.labelling import Samples
from utils.learning_engine import FitReport, LearningEngine, Need
from utils.outcome import Outcome
from utils.rows import Rows
from utils.seeds import seed_for


@dataclass(frozen=True)
class TrainingPolicy:
    """The parameters of the same names; see hparams.py."""

    warm_start: bool
    checkpoint: Literal["best", "best_of_round", "last"]
    metric_baseline: float
    class_weight: str | list[float]
    num_classes: int


class Trainer:
    """Trains `engine` round after round; between calls the engine holds the weights that are evaluated.

    With checkpoint "best" these are the best so far over all rounds, as soon as any have beaten `metric_baseline`. The best
    so far are measured again on today's validation part, which grows when it is taken from the labelled samples.
    """

    def __init__(self, engine: LearningEngine, features: NDArray[np.float32], policy: TrainingPolicy, seed: int) -> None:
        """`features` (N, …) of the whole data set; `seed` of the run."""
        self._engine = engine
        self._features = features
        self._policy = policy
        self._seed = seed

    def start(self, samples: Samples, validation: Samples | None, *, train: bool, store: InitialModel | None) -> Outcome:
        """Round 0: the untrained weights of this run, trained on `samples` or only judged, or those in `store`."""
        outcome = store.load(self._engine) if store else None
        if outcome is None:
            self.reset()
            outcome = self.train(0, samples, validation, has_best=False) if train else self._judge(validation)
            if store:
                store.save(self._engine, outcome)
        return outcome

    def train(self, round_number: int, samples: Samples, validation: Samples | None, has_best: bool) -> Outcome:
        """Trains on `samples` and leaves the weights that the checkpoint rule keeps in the engine.

        Args:
            round_number: makes the round's random streams.
            samples: to train on.
            validation: to choose the epoch by.
            has_best: whether the engine now holds the best weights so far.
        """
        if len(samples[0]) == 0:
            return self._judge(validation)
        before = (self._engine.get_weights(), *self._score(validation)) if has_best and validation else None
        if not self._policy.warm_start:
            self.reset()
        report = self._fit(round_number, samples, None if self._policy.checkpoint == "last" else validation)
        accuracy, loss = self._score(validation) if validation else (None, 0.0)
        if before and accuracy is not None and (accuracy, -loss) <= (before[1], -before[2]):
            self._engine.set_weights(before[0])
            return Outcome(len(report.epochs), before[1], has_best=True)
        return Outcome(len(report.epochs), accuracy, before is not None or self._beats_baseline(accuracy))

    def _judge(self, validation: Samples | None) -> Outcome:
        accuracy = self._score(validation)[0] if validation else None
        return Outcome(0, accuracy, self._beats_baseline(accuracy))

    def reset(self) -> None:
        """Sets the untrained weights of this run."""
        self._engine.reset(seed_for(self._seed, "weights"))

    def _beats_baseline(self, accuracy: float | None) -> bool:
        return self._policy.checkpoint == "best" and accuracy is not None and accuracy > self._policy.metric_baseline

    def _fit(self, round_number: int, samples: Samples, validation: Samples | None) -> FitReport:
        ids, labels = samples
        return self._engine.fit(
            Rows(self._features, ids),
            labels,
            sample_weight=self._weights(labels),
            validation=(Rows(self._features, validation[0]), validation[1]) if validation else None,
            seed=seed_for(self._seed, "training", round_number),
        )

    def _score(self, validation: Samples) -> tuple[float, float]:
        """Accuracy and loss of the engine's present weights."""
        ids, labels = validation
        probabilities = self._engine.infer(Rows(self._features, ids), frozenset({Need.PROBABILITIES})).probabilities
        if probabilities is None:
            raise ValueError("the engine gave no probabilities")
        right = probabilities[np.arange(len(labels)), labels]
        return float((probabilities.argmax(axis=1) == labels).mean()), float(-np.log(np.maximum(right, 1e-7)).mean())

    def _weights(self, labels: NDArray[np.int64]) -> NDArray[np.float32]:
        """(n,) the weight of each sample in the loss, by its class."""
        rule, classes = self._policy.class_weight, self._policy.num_classes
        counts = np.maximum(np.bincount(labels, minlength=classes), 1)
        if isinstance(rule, list):
            by_class = np.array(rule)
        else:
            by_class = {
                "none": np.ones(classes),
                "inverse": len(labels) / counts,
                "balanced": len(labels) / (classes * counts),
            }[rule]
        return by_class[labels].astype(np.float32)
