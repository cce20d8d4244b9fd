"""What probability of class 1 makes a prediction of a binary task a "yes": fixed, or the best on the validation part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from utils.decision_threshold import Criterion, best_threshold
from utils.labelling import Samples
from utils.learning_engine import LearningEngine, Need
from utils.rows import Features, Rows

EVEN = 0.5
"""The threshold by which the most probable class is the predicted one."""


@dataclass(frozen=True)
class Decision:
    """The rule `decision_threshold` of a run; without a validation part a criterion falls back on one half."""

    rule: float | Criterion
    engine: LearningEngine
    features: Features
    """(N, …) of the whole data set."""

    def threshold(self, validation: Samples | None) -> float:
        """In [0, 1], for the engine's present weights; `validation` are samples that nothing was trained on."""
        if isinstance(self.rule, float):
            return self.rule
        if validation is None or len(np.unique(validation[1])) < 2:
            return EVEN
        probabilities = self.engine.infer(Rows(self.features, validation[0]), frozenset({Need.PROBABILITIES})).probabilities
        if probabilities is None:
            raise ValueError("the engine gave no probabilities")
        return best_threshold(validation[1], probabilities[:, 1], self.rule)
