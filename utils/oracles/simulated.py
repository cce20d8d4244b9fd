"""The ground truth of a data set in the part of an annotator, who may err."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.oracles.base import Label, Oracle


class SimulatedOracle(Oracle):
    """Answers with the true class, or with a wrong one, drawn evenly from the others, for a share of all samples.

    Which answers are wrong depends on the generator alone, not on what is asked when: every strategy of a comparison meets
    the same annotator.
    """

    def __init__(self, labels: NDArray[Any], num_classes: int, error_rate: float, rng: np.random.Generator) -> None:
        """`labels` (N,) true class index, or target, of every sample; `error_rate` in [0, 1] is for classes alone."""
        self._answers = labels
        if num_classes == 0:
            return
        wrong = rng.random(len(labels)) < error_rate
        shifts = rng.integers(1, max(num_classes, 2), len(labels))
        self._answers = np.where(wrong, (labels + shifts) % num_classes, labels)

    def label(self, ids: NDArray[np.int64]) -> Iterator[Label]:
        """The answers, at once and in the order asked."""
        for sample in ids:
            yield Label(int(sample), self._answers[sample].item(), "simulated")
