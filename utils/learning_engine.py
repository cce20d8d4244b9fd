"""What every learning engine promises, whatever library it is built on.

An engine is the only owner of that library's objects. A round of training is a pure function of the weights it starts
from, the data and the seed; nothing else carries over, so a round can be done again after a crash with the same result.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from utils.inference import Inference
from utils.rows import Rows

Weights = list[NDArray[np.float32]]


class Need(Enum):
    """What a selection engine can ask for; each names the array of `Inference` that answers it."""

    PROBABILITIES = "probabilities"
    EMBEDDINGS = "embeddings"
    LAST_INPUTS = "last_inputs"
    HEAD = "head"
    STOCHASTIC = "stochastic"
    AUGMENTED = "augmented"
    COMMITTEE = "committee"
    FEATURES = "features"
    PREDICTIONS = "predictions"


@dataclass(frozen=True)
class TrainingSettings:
    """How each round trains."""

    num_epochs: int
    batch_size: int
    learning_rate: float
    early_stopping: int | None = None
    """Epochs without a better validation result after which training ends."""


class Augments(Protocol):
    """Makes augmented copies of samples; see utils/data/augmentation.py."""

    def copies(self, block: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
        """(A, b, …) copies of the samples `block` (b, …), the same transformations for every sample."""


@dataclass(frozen=True)
class Sampling:
    """What the needs STOCHASTIC and AUGMENTED ask for."""

    passes: int = 20
    """Passes with dropout, K."""
    augmenter: Augments | None = None
    """Makes the copies; None where the data have no augmentations."""


@dataclass(frozen=True)
class Epoch:
    """One line of a learning curve within a round; validation values are None where there is no validation part."""

    loss: float
    valid_loss: float | None = None
    valid_accuracy: float | None = None


@dataclass(frozen=True)
class FitReport:
    """What training did: each epoch, and which one's weights were kept (counted from 0)."""

    epochs: tuple[Epoch, ...]
    kept_epoch: int

    @property
    def valid_accuracy(self) -> float | None:
        """Accuracy on the validation part of the weights that were kept."""
        return self.epochs[self.kept_epoch].valid_accuracy


class LearningEngine(ABC):
    """A model that can be trained and asked. Not safe for use by several threads at once."""

    provides: frozenset[Need]
    """What `infer` can answer: STOCHASTIC only where the model has dropout, AUGMENTED only where there is an augmenter."""

    @abstractmethod
    def reset(self, seed: int) -> None:
        """Sets untrained weights: the same for the same seed, bit for bit. Never builds or traces a graph again."""

    @abstractmethod
    def fit(
        self,
        x: Rows,
        y: NDArray[np.int64],
        *,
        sample_weight: NDArray[np.float32],
        validation: tuple[Rows, NDArray[np.int64]] | None,
        seed: int,
    ) -> FitReport:
        """Trains on from the present weights, with a fresh optimiser.

        With a validation part it ends with the weights of the best epoch (highest accuracy, then lowest loss, then
        earliest), otherwise with those of the last.

        Args:
            x: n samples.
            y: (n,) class indices.
            sample_weight: (n,) weight of each sample in the loss.
            validation: samples and (v,) class indices, only looked at to choose the epoch; None to keep the last.
            seed: of the order of samples and of dropout.

        Raises:
            DivergenceError: the loss became NaN or infinite; names epoch and batch.
        """

    @abstractmethod
    def infer(self, x: Rows, needs: frozenset[Need], seed: int = 0) -> Inference:
        """Everything in `needs` for all of `x` in one pass, in float32; a sample's values do not depend on the others.

        `seed` draws the dropout masks and the augmentations, the same for all samples.

        Raises:
            DivergenceError: a value is NaN or infinite; names the first bad sample.
        """

    @abstractmethod
    def get_weights(self) -> Weights:
        """A copy of all weights."""

    @abstractmethod
    def set_weights(self, weights: Weights) -> None:
        """Sets all weights, as `get_weights` gave them."""

    @abstractmethod
    def save_weights(self, path: Path) -> None:
        """Writes the weights to `path`, all or nothing; the same weights give the same bytes."""

    @abstractmethod
    def load_weights(self, path: Path) -> None:
        """Reads what `save_weights` wrote; the caller has checked its hash. Executes nothing that stands in the file."""

    @abstractmethod
    def export(self, path: Path) -> None:
        """Writes the model whole (architecture and weights, probabilities out) for use elsewhere."""
