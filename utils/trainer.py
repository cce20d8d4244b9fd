"""One round of training around an engine: where it starts, what it is checked on, and which weights it ends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from utils.initial_model import InitialModel
from utils.judgement import Judgement
from utils.labelling import Samples
from utils.learning_engine import FitReport, LearningEngine, Need
from utils.outcome import Outcome
from utils.pretrained import checked
from utils.pretrained_file import PretrainedFile
from utils.rows import Features, Rows
from utils.seeds import seed_for


@dataclass(frozen=True)
class TrainingPolicy:
    """The parameters of the same names; see hparams.py."""

    warm_start: bool
    checkpoint: Literal["best", "best_of_round", "last"]
    metric_baseline: float
    class_weight: str | list[float]
    num_classes: int
    """0 in regression."""
    monitor: Literal["accuracy", "loss"] = "accuracy"
    loss: Literal["cross_entropy", "mse"] = "cross_entropy"
    pretrained: PretrainedFile | None = None
    """Weights that take the place of untrained ones."""
    draws_validation: bool = False
    """Whether each epoch is validated even where the last epoch is kept."""


class Trainer:
    """Trains `engine` round after round; between calls the engine holds the weights that are evaluated.

    With checkpoint "best" these are the best so far over all rounds, as soon as any have beaten `metric_baseline`. The best
    so far are measured again on today's validation part, which grows when it is taken from the labelled samples.
    """

    def __init__(self, engine: LearningEngine, features: Features, policy: TrainingPolicy, seed: int) -> None:
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
            outcome = self.train(0, samples, validation, has_best=False) if train else self._untrained(validation)
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
            return self._untrained(validation)
        policy = self._policy
        before = (self._engine.get_weights(), self._judge(validation)) if has_best and validation else None
        if not policy.warm_start:
            self.reset()
        looked_at = validation if policy.checkpoint != "last" or policy.draws_validation else None
        report = self._fit(round_number, samples, looked_at)
        curve = report.epochs
        if validation is None:
            return Outcome(len(curve), None, None, before is not None, curve, report.kept_epoch)
        after = self._judge(validation)
        if before and after.rank(policy.monitor) <= before[1].rank(policy.monitor):
            self._engine.set_weights(before[0])
            return Outcome(len(curve), before[1].metric, before[1].loss, has_best=True, curve=curve)
        best = before is not None or self._beats_baseline(after)
        return Outcome(len(curve), after.metric, after.loss, best, curve, report.kept_epoch)

    def train_apart(self, round_number: int, samples: Samples, validation: Samples | None) -> None:
        """Trains on `samples` from the weights that a run starts from, for a look at samples that are left out of them."""
        self.reset()
        self._fit(round_number, samples, validation if self._policy.checkpoint != "last" else None)

    def _untrained(self, validation: Samples | None) -> Outcome:
        if validation is None:
            return Outcome(0, None, None, has_best=False)
        found = self._judge(validation)
        return Outcome(0, found.metric, found.loss, self._beats_baseline(found))

    def reset(self) -> None:
        """Sets the weights that this run starts from: untrained, or pretrained elsewhere; their hash is checked each time."""
        self._engine.reset(seed_for(self._seed, "weights"))
        if self._policy.pretrained:
            self._engine.load_pretrained(checked(self._policy.pretrained.path, self._policy.pretrained.sha256))

    def _beats_baseline(self, found: Judgement) -> bool:
        regression = self._policy.num_classes == 0
        return self._policy.checkpoint == "best" and (regression or found.metric > self._policy.metric_baseline)

    def _fit(self, round_number: int, samples: Samples, validation: Samples | None) -> FitReport:
        ids, labels = samples
        return self._engine.fit(
            Rows(self._features, ids),
            labels,
            sample_weight=self._weights(labels),
            validation=(Rows(self._features, validation[0]), validation[1]) if validation else None,
            seed=seed_for(self._seed, "training", round_number),
        )

    def _judge(self, validation: Samples) -> Judgement:
        """How good the engine's present weights are."""
        needs = frozenset({Need.PREDICTIONS if self._policy.num_classes == 0 else Need.PROBABILITIES})
        inference = self._engine.infer(Rows(self._features, validation[0]), needs)
        return Judgement.of(inference, validation[1], self._policy.loss)

    def _weights(self, labels: NDArray[Any]) -> NDArray[np.float32]:
        """(n,) the weight of each sample in the loss, by its class."""
        rule, classes = self._policy.class_weight, self._policy.num_classes
        if classes == 0:
            return np.ones(len(labels), np.float32)
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
