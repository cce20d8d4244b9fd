"""The ground truth of a data set in the part of an annotator, who may err."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from utils.oracles.base import Label, Oracle


class SimulatedOracle(Oracle):
    """Answers with the true class, or with a wrong one, drawn evenly from the others, for a share of all samples.

    Which answers are wrong depends on the generator alone, not on what is asked when: every strategy of a comparison meets
    the same annotator.
    """

    def __init__(self, labels: NDArray[np.int64], num_classes: int, error_rate: float, rng: np.random.Generator) -> None:
        """`labels` (N,) true class index of every sample of the data set; `error_rate` in [0, 1]."""
        wrong = rng.random(len(labels)) < error_rate
        shifts = rng.integers(1, max(num_classes, 2), len(labels))
        self._answers = np.where(wrong, (labels + shifts) % num_classes, labels)

    def label(self, ids: NDArray[np.int64]) -> Iterator[Label]:
        """The answers, at once and in the order asked."""
        for sample in ids:
            yield Label(int(sample), int(self._answers[sample]), "simulated")
