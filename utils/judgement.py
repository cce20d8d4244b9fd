"""How good a model is on samples that nothing is trained on: what checkpoints are chosen by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from utils.inference import Inference

SMALLEST_PROBABILITY = 1e-7
"""Below it the cross-entropy of a sample grows no more."""


@dataclass(frozen=True)
class Judgement:
    """Metric and loss on a validation part."""

    metric: float
    """Accuracy in [0, 1]; in regression the mean absolute error, in units of the target."""
    loss: float
    """Mean cross-entropy in nats, or mean squared error."""

    @classmethod
    def of(
        cls, inference: Inference, labels: NDArray[Any], loss: Literal["cross_entropy", "mse"] = "cross_entropy"
    ) -> Judgement:
        """Of probabilities (v, C) and class indices (v,), or of predictions (v, 1) and targets (v,)."""
        if inference.predictions is not None:
            errors = inference.predictions[:, 0].astype(np.float64) - labels
            return cls(float(np.abs(errors).mean()), float((errors**2).mean()))
        if inference.probabilities is None:
            raise ValueError("the engine gave neither probabilities nor predictions")
        probabilities = inference.probabilities
        right = probabilities[np.arange(len(labels)), labels]
        accuracy = float((probabilities.argmax(axis=1) == labels).mean())
        if loss == "mse":
            one_hot = np.arange(probabilities.shape[1]) == labels[:, np.newaxis]
            return cls(accuracy, float(((probabilities - one_hot) ** 2).mean()))
        return cls(accuracy, float(-np.log(np.maximum(right, SMALLEST_PROBABILITY)).mean()))

    def rank(self, monitor: Literal["accuracy", "loss"]) -> tuple[float, float]:
        """Larger is better: by accuracy, then by loss, or by loss alone."""
        return (self.metric, -self.loss) if monitor == "accuracy" else (-self.loss, 0.0)
