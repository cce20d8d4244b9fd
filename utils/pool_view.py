"""What a selection engine gets to see: a frozen, read-only picture of one round."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from utils.learning_engine import Inference


@dataclass(frozen=True)
class PoolView:
    """One round as a selection engine may see it; m unlabelled and l labelled samples, C classes, embeddings of size d.

    All arrays are read-only. There is no label of an unlabelled sample in it, and nothing of the test part.
    """

    unlabelled: NDArray[np.int64]
    """(m,) ids of the unlabelled samples."""
    labelled: NDArray[np.int64]
    """(l,) ids of the labelled samples."""
    labels: NDArray[np.int64]
    """(l,) class indices of the labelled samples."""
    num_classes: int
    round_number: int
    inference: Inference = field(default_factory=Inference)
    """On the unlabelled samples, row by row as in `unlabelled`: what `needs` asked for."""
    labelled_inference: Inference = field(default_factory=Inference)
    """The same on the labelled samples, for engines with `needs_labelled`."""

    def __post_init__(self) -> None:
        """Makes every array read-only."""
        for array in (self.unlabelled, self.labelled, self.labels):
            array.flags.writeable = False
        for inference in (self.inference, self.labelled_inference):
            for values in (inference.probabilities, inference.embeddings):
                if values is not None:
                    values.flags.writeable = False

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """(m, C) predicted class probabilities of the unlabelled samples."""
        return _asked_for(self.inference.probabilities, "PROBABILITIES")

    @property
    def embeddings(self) -> NDArray[np.float32]:
        """(m, d) embeddings of the unlabelled samples."""
        return _asked_for(self.inference.embeddings, "EMBEDDINGS")

    @property
    def labelled_probabilities(self) -> NDArray[np.float32]:
        """(l, C) predicted class probabilities of the labelled samples."""
        return _asked_for(self.labelled_inference.probabilities, "PROBABILITIES, with needs_labelled")

    @property
    def labelled_embeddings(self) -> NDArray[np.float32]:
        """(l, d) embeddings of the labelled samples."""
        return _asked_for(self.labelled_inference.embeddings, "EMBEDDINGS, with needs_labelled")


def _asked_for(array: NDArray[np.float32] | None, need: str) -> NDArray[np.float32]:
    if array is None:
        raise ValueError(f"this engine reads what it did not ask for: add {need} to its `needs`")
    return array
