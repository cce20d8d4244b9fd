"""The only reader of the test part: it measures what is written down, and nothing else asks it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from utils.labelling import Samples
from utils.learning_engine import LearningEngine, Need
from utils.rows import Rows


class Evaluation:
    """The test part of a run and how its metrics are computed."""

    def __init__(self, engine: LearningEngine, test: Rows, labels: NDArray[np.int64], *, positive_class: bool) -> None:
        """`labels` (t,) true class indices of `test`; `positive_class` for precision and recall of class 1 alone."""
        self._engine, self._test, self._labels, self._positive_class = engine, test, labels, positive_class

    @property
    def samples(self) -> Samples:
        """The test part as (t,) ids and (t,) class indices, for `checkpoint_on: test_as_founding_systems_did` alone."""
        return self._test.ids, self._labels

    def metrics(self) -> dict[str, float]:
        """The eval columns of al_stats for the engine's present weights."""
        from utils.metrics import classification_metrics

        return classification_metrics(self._labels, self._probabilities(), positive_class=self._positive_class)

    def confusion(self) -> NDArray[np.int64]:
        """(C, C) counts for the engine's present weights: row = true class, column = predicted class."""
        from utils.metrics import confusion

        return confusion(self._labels, self._probabilities())

    def _probabilities(self) -> NDArray[np.float32]:
        probabilities = self._engine.infer(self._test, frozenset({Need.PROBABILITIES})).probabilities
        if probabilities is None:
            raise ValueError("the engine gave no probabilities")
        return probabilities
