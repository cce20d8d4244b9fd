"""What a learning engine inferred about some samples: one array for each thing that was asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_BY_PASS = {"stochastic", "augmented", "committee"}
"""Arrays with one leading axis more: the pass, the copy or the member."""
_OF_THE_MODEL = {"head"}
"""Arrays that do not speak of samples."""


@dataclass(frozen=True)
class Inference:
    """What one pass over n samples gave; an array that was not asked for is None. All finite, float32.

    In regression the arrays with C columns have t columns, the predicted targets.
    """

    probabilities: Array | None = None
    """(n, C); one sigmoid output gives two columns, 1 − p and p."""
    embeddings: Array | None = None
    """(n, d) the layer named "embedding", or the input of the last dense layer."""
    last_inputs: Array | None = None
    """(n, e) the input of the last dense layer."""
    head: Array | None = None
    """(e + 1, C) kernel of the last dense layer and, as last row, its bias: softmax(last_inputs @ head[:-1] + head[-1]) are
    the probabilities; for one sigmoid output the first column is zero. Of the model, not of the samples."""
    stochastic: Array | None = None
    """(K, n, C) probabilities of K passes with dropout, each with the same masks for all samples."""
    augmented: Array | None = None
    """(A, n, C) probabilities of A augmented copies of each sample."""
    committee: Array | None = None
    """(K, n, C) probabilities by the weights of the last K rounds, oldest first."""
    features: Array | None = None
    """(n, f) what the model is fed, one row a sample."""
    predictions: Array | None = None
    """(n, t) predicted targets, in regression."""

    def of_samples(self) -> dict[str, Array]:
        """The arrays that are there and speak of samples, by name, with the sample as first axis."""
        arrays = {name: values for name, values in vars(self).items() if values is not None and name not in _OF_THE_MODEL}
        return {name: values.swapaxes(0, 1) if name in _BY_PASS else values for name, values in arrays.items()}

    def take(self, rows: NDArray[np.intp]) -> Inference:
        """The same for the samples `rows` alone, a copy."""
        arrays = {name: values for name, values in vars(self).items() if values is not None}
        for name in arrays.keys() - _OF_THE_MODEL:
            arrays[name] = arrays[name][:, rows] if name in _BY_PASS else arrays[name][rows]
        return Inference(**arrays)
