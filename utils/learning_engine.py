"""What every learning engine promises, whatever library it is built on.

An engine is the only owner of that library's objects. A round of training is a pure function of the weights it starts
from, the data and the seed; nothing else carries over, so a round can be done again after a crash with the same result.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Protocol

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
    optimizer: Literal["adam", "rmsprop"] = "adam"
    """With Keras' defaults but for the learning rate."""
    loss: Literal["cross_entropy", "mse"] = "cross_entropy"
    """mse: in classification the mean over outputs of (p − one-hot)², with one sigmoid output (p − y)²; in regression alone."""
    label_smoothing: float = 0.0
    """ε: targets are (1 − ε) · one-hot + ε / C; with one sigmoid output (1 − ε) · y + ε / 2."""
    monitor: Literal["accuracy", "loss"] = "accuracy"
    """What makes an epoch the best: the highest validation accuracy (then the lowest loss), or the lowest validation loss."""
    regression: bool = False
    """Whether the outputs are targets; loss and monitor are then those of squared error."""
    keep: Literal["best", "last"] = "best"
    """Whether training ends with the weights of the best epoch, or those of the last and validation only draws its curve."""
    frozen: tuple[str, ...] | Literal["extractor"] = ()
    """Names of layers whose weights training leaves as they are; "extractor": all up to the embedding."""
    clip_norm: float | None = None
    """Global norm that gradients are scaled down to, all variables' together, where they are longer; None: as they are."""


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
    """One line of a learning curve within a round; validation values are None where there is no validation part.

    The metric is the accuracy; in regression, the mean absolute error in units of the target.
    """

    loss: float
    """Mean over the batches of this epoch, penalties and weights of samples included, in nats; in regression squared error."""
    valid_loss: float | None = None
    """As `Judgement` has it: without penalties, weights and label smoothing."""
    valid_metric: float | None = None
    metric: float | None = None
    """Mean over the samples of this epoch, each as its batch was trained on."""


@dataclass(frozen=True)
class FitReport:
    """What training did: each epoch, and which one's weights were kept (counted from 0)."""

    epochs: tuple[Epoch, ...]
    kept_epoch: int

    @property
    def valid_metric(self) -> float | None:
        """Metric on the validation part of the weights that were kept."""
        return self.epochs[self.kept_epoch].valid_metric


class LearningEngine(ABC):
    """A model that can be trained and asked. Not safe for use by several threads at once."""

    provides: frozenset[Need]
    """What `infer` can answer: STOCHASTIC only where the model has dropout, AUGMENTED only where there is an augmenter; in
    regression PREDICTIONS in the place of PROBABILITIES."""

    @abstractmethod
    def reset(self, seed: int) -> None:
        """Sets untrained weights: the same for the same seed, bit for bit. Never builds or traces a graph again."""

    @abstractmethod
    def fit(
        self,
        x: Rows,
        y: NDArray[Any],
        *,
        sample_weight: NDArray[np.float32],
        validation: tuple[Rows, NDArray[Any]] | None,
        seed: int,
    ) -> FitReport:
        """Trains on from the present weights, with a fresh optimiser.

        With a validation part it ends with the weights of the best epoch (as `monitor` says; of equal ones the earliest),
        otherwise with those of the last.

        In regression the network learns (y − mean) / deviation, and `y` also sets this scale of the outputs (a deviation of 0
        counts as 1). Mean and deviation are weights of the model: where earlier training set others, the last dense layer
        first takes up the difference, so that training starts from the same predictions.

        Args:
            x: n samples.
            y: (n,) class indices, int64; in regression (n,) targets, float32.
            sample_weight: (n,) weight of each sample in the loss.
            validation: samples and their (v,) labels, only looked at to choose the epoch; None to keep the last.
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

    def load_pretrained(self, path: Path) -> None:
        """Reads the weights in a `.weights.h5` or `.keras` file of the same architecture, whichever backend wrote it.

        Only arrays are read; no configuration that stands in the file is looked at. The caller has checked its hash.

        Raises:
            DataError: not such a file, or of another architecture; names file and layer.
        """
        raise NotImplementedError

    @abstractmethod
    def export(self, path: Path) -> None:
        """Writes the model whole (architecture and weights, probabilities out) for use elsewhere."""
