"""What a selection engine gets to see: a frozen, read-only picture of one round."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from utils.inference import Array, Inference


@dataclass(frozen=True)
class PoolView:
    """One round as a selection engine may see it; m unlabelled and l labelled samples, C classes.

    All arrays are read-only, and their rows are brought into ascending order of the ids, so that picks do not depend on the
    order of the pool. There is no label of an unlabelled sample in it, and nothing of the test part.
    """

    unlabelled: NDArray[np.int64]
    """(m,) ids of the unlabelled samples, ascending."""
    labelled: NDArray[np.int64]
    """(l,) ids of the labelled samples, ascending."""
    labels: NDArray[np.int64]
    """(l,) class indices of the labelled samples; in regression (l, t) targets, float32."""
    num_classes: int
    round_number: int
    inference: Inference = field(default_factory=Inference)
    """On the unlabelled samples, row by row as in `unlabelled`: what `needs` asked for."""
    labelled_inference: Inference = field(default_factory=Inference)
    """The same on the labelled samples, for engines with `needs_labelled`."""
    validation_labels: NDArray[np.int64] | None = None
    """(v,) class indices of the validation samples, for engines with `needs_validation`."""
    validation_inference: Inference = field(default_factory=Inference)
    """The same on the validation samples, for engines with `needs_validation`."""
    single_output: bool = False
    """Whether the model has one sigmoid output, shown as the two columns 1 − p and p."""

    def __post_init__(self) -> None:
        """Brings the rows into order and makes every array read-only."""
        self._sort("unlabelled", "inference")
        self._sort("labelled", "labelled_inference", "labels")
        arrays = [getattr(self, entry.name) for entry in fields(self)]
        for inference in (self.inference, self.labelled_inference, self.validation_inference):
            arrays += vars(inference).values()
        for array in arrays:
            if isinstance(array, np.ndarray):
                array.flags.writeable = False

    def _sort(self, ids_name: str, *others: str) -> None:
        ids = getattr(self, ids_name)
        if (ids[1:] > ids[:-1]).all():
            return
        order = np.argsort(ids, kind="stable")
        for name in (ids_name, *others):
            values = getattr(self, name)
            object.__setattr__(self, name, values.take(order) if isinstance(values, Inference) else values[order])

    @property
    def probabilities(self) -> Array:
        """(m, C) predicted class probabilities of the unlabelled samples."""
        return _asked_for(self.inference.probabilities, "PROBABILITIES")

    @property
    def embeddings(self) -> Array:
        """(m, d) embeddings of the unlabelled samples."""
        return _asked_for(self.inference.embeddings, "EMBEDDINGS")

    @property
    def last_inputs(self) -> Array:
        """(m, e) inputs of the last dense layer for the unlabelled samples."""
        return _asked_for(self.inference.last_inputs, "LAST_INPUTS")

    @property
    def head(self) -> Array:
        """(e + 1, C) kernel and bias of the last dense layer; see Inference."""
        return _asked_for(self.inference.head, "HEAD")

    @property
    def stochastic(self) -> Array:
        """(K, m, C) probabilities, in regression (K, m, t) predictions, of K passes with dropout."""
        return _asked_for(self.inference.stochastic, "STOCHASTIC")

    @property
    def augmented(self) -> Array:
        """(A, m, C) probabilities of A augmented copies of each unlabelled sample."""
        return _asked_for(self.inference.augmented, "AUGMENTED")

    @property
    def committee(self) -> Array:
        """(K, m, C) probabilities, in regression (K, m, t) predictions, by the weights of the last K rounds."""
        return _asked_for(self.inference.committee, "COMMITTEE")

    @property
    def features(self) -> Array:
        """(m, f) what the model is fed, one row for each unlabelled sample."""
        return _asked_for(self.inference.features, "FEATURES")

    @property
    def predictions(self) -> Array:
        """(m, t) predicted targets of the unlabelled samples, in regression."""
        return _asked_for(self.inference.predictions, "PREDICTIONS")

    @property
    def labelled_probabilities(self) -> Array:
        """(l, C) predicted class probabilities of the labelled samples."""
        return _asked_for(self.labelled_inference.probabilities, "PROBABILITIES, with needs_labelled")

    @property
    def labelled_embeddings(self) -> Array:
        """(l, d) embeddings of the labelled samples."""
        return _asked_for(self.labelled_inference.embeddings, "EMBEDDINGS, with needs_labelled")

    @property
    def labelled_features(self) -> Array:
        """(l, f) what the model is fed, one row for each labelled sample."""
        return _asked_for(self.labelled_inference.features, "FEATURES, with needs_labelled")

    @property
    def validation_probabilities(self) -> Array:
        """(v, C) predicted class probabilities of the validation samples."""
        return _asked_for(self.validation_inference.probabilities, "PROBABILITIES, with needs_validation")


def _asked_for(array: Array | None, need: str) -> Array:
    if array is None:
        raise ValueError(f"this engine reads what it did not ask for: add {need} to its `needs`")
    return array
