"""Training on the model's own labels where it is sure, as in cost-effective active learning (arXiv 1701.03551)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.entropy import entropy

_LOWEST = 0.0001


@dataclass(frozen=True)
class PseudoLabels:
    """Pseudo-labels below an entropy threshold δ (nats) that decays: δ₀, then after round t, max(δ − decay_rate·t, 0.0001)."""

    decay_threshold: float
    decay_rate: float

    def threshold(self, round_number: int) -> float:
        """The δ that round `round_number` uses; rounds count from 0, which is the initial model."""
        delta = self.decay_threshold
        for finished in range(round_number):
            delta = max(delta - self.decay_rate * finished, _LOWEST)
        return delta

    def choose(
        self, ids: NDArray[np.int64], probabilities: NDArray[np.float32], round_number: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The samples with H(p) < δ and the class the model gives each, for this round's training only.

        Args:
            ids: (m,) unlabelled samples that were not picked.
            probabilities: (m, C) what the model says of them.
            round_number: of the round, from 0.

        Returns:
            (k,) ids and (k,) class indices.
        """
        sure = entropy(probabilities) < self.threshold(round_number)
        return ids[sure], probabilities[sure].argmax(axis=1).astype(np.int64)
