"""What a model says of new samples, as the rows of a CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.learning_engine import LearningEngine, Need
from utils.metrics import predicted_classes
from utils.prediction.new_data import Batch
from utils.rows import Rows


class Answers:
    """Asks a model, batch by batch.

    Attributes:
        columns: of the CSV.
    """

    def __init__(self, engine: LearningEngine, classes: Sequence[str], threshold: float, *, per_file: bool) -> None:
        """Asks nothing yet.

        Args:
            engine: holds the weights.
            classes: names in the order of the model's outputs; none in regression.
            threshold: what the probability of class 1 must reach, where there are two classes.
            per_file: whether the samples of one file get one answer: the mean of their probabilities, or predictions.
        """
        self._engine, self._classes, self._threshold, self._per_file = engine, classes, threshold, per_file
        probabilities = [f"p({name})" for name in classes]
        self.columns = ("name", "label", "confidence", *probabilities) if classes else ("name", "prediction")

    def rows(self, batch: Batch) -> Iterator[list[Any]]:
        """One row for each sample of the batch, or for each of its files."""
        names, values = list(batch.names), self._infer(batch.features)
        if self._per_file:
            starts = [place for place, file in enumerate(batch.files) if place == 0 or file != batch.files[place - 1]]
            counts = np.diff([*starts, len(names)])[:, np.newaxis]
            names = [batch.files[place] for place in starts]
            values = (np.add.reduceat(values.astype(np.float64), starts) / counts).astype(np.float32)
        if not self._classes:
            return ([name, *row] for name, row in zip(names, values.tolist(), strict=True))
        labels = predicted_classes(values, self._threshold).tolist()
        answers = zip(names, labels, values.tolist(), strict=True)
        return ([name, self._classes[label], row[label], *row] for name, label, row in answers)

    def _infer(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, C) probabilities, or (n, 1) predictions."""
        need = Need.PROBABILITIES if self._classes else Need.PREDICTIONS
        inference = self._engine.infer(Rows(features, np.arange(len(features))), frozenset({need}))
        values: NDArray[np.float32] = inference.of_samples()[need.value]
        return values
