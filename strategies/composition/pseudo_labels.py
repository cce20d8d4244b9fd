"""Training on the model's own labels where it is sure, as in cost-effective active learning (arXiv 1701.03551)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.entropy import entropy
from utils.learning_engine import Need
from utils.pool_view import PoolView

_LOWEST = 0.0001


@dataclass(frozen=True)
class PseudoLabels:
    """Pseudo-labels below an entropy threshold δ (nats) that decays: δ₀, then after round t, max(δ − decay_rate·t, 0.0001)."""

    enabled: bool
    decay_threshold: float
    decay_rate: float

    def threshold(self, round_number: int) -> float:
        """The δ that round `round_number` uses; rounds count from 0, which is the initial model."""
        delta = self.decay_threshold
        for finished in range(round_number):
            delta = max(delta - self.decay_rate * finished, _LOWEST)
        return delta

    def decay(self, round_number: int) -> tuple[float, float] | None:
        """The threshold that round `round_number` uses and its decay rate; None when it gives no pseudo-labels."""
        return (self.threshold(round_number), self.decay_rate) if self._active(round_number) else None

    def needs(self, round_number: int) -> frozenset[Need]:
        """What must be inferred on the unlabelled samples."""
        return frozenset({Need.PROBABILITIES}) if self._active(round_number) else frozenset()

    def choose(self, view: PoolView, picked: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The unlabelled samples with H(p) < δ that were not `picked`, and the class the model gives each.

        They are trained on in this round only.

        Returns:
            (k,) ids and (k,) class indices.
        """
        if not self._active(view.round_number):
            return view.unlabelled[:0], view.labels[:0].reshape(-1)
        sure = (entropy(view.probabilities) < self.threshold(view.round_number)) & ~np.isin(view.unlabelled, picked)
        return view.unlabelled[sure], view.probabilities[sure].argmax(axis=1).astype(np.int64)

    def _active(self, round_number: int) -> bool:
        return self.enabled and round_number > 0
