"""How much a label is expected to move the last layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import SelectionStrategy, strategies
from utils.blocks import blocks
from utils.learning_engine import Need
from utils.pool_view import PoolView

OF_INPUTS = 1 << 19
"""Numbers of a block of inputs of the last layer, each of which is read once."""


@strategies.register("egl")
class ExpectedGradientLength(SelectionStrategy):
    """Σ_c p_c ‖∇ℓ(x, c)‖₂ over the last dense layer, as the model expects it of its own labels.

    In closed form Σ_c p_c ‖p − e_c‖₂ · √(‖h‖² + 1) for softmax, with p (C,) the probabilities, e_c the c-th unit vector and
    h (e,) the input of that layer; 2 p (1 − p) · √(‖h‖² + 1) for one sigmoid output. The 1 is the gradient of the bias.
    Probabilities (m, C), inputs of the last layer (m, e). O(m·(C + e)), in blocks.

    Deviation from the paper: the length of the gradient of all parameters there, of the last layer's here.
    """

    needs = frozenset({Need.PROBABILITIES, Need.LAST_INPUTS})
    rowwise = True
    reference = "Settles, Craven and Ray 2007, Multiple-instance active learning; Huang et al. 2016, arXiv 1612.03226"

    def __init__(self, *, bias: bool = True) -> None:
        """With `bias` False the length is that of the weights' gradient alone: ‖h‖ in place of √(‖h‖² + 1)."""
        self._bias = bias

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) at least 0."""
        probabilities, inputs = view.probabilities, view.last_inputs
        lengths = np.empty(len(inputs), dtype=np.float32)
        for rows in blocks(len(inputs), inputs.shape[1] + probabilities.shape[1], OF_INPUTS):
            block = probabilities[rows]
            of_outputs = 2 * block[:, 0] * block[:, 1] if view.single_output else _expected_distance(block)
            lengths[rows] = of_outputs * lengths_of(inputs[rows], bias=self._bias)
        return lengths


def lengths_of(inputs: NDArray[np.float32], *, bias: bool) -> NDArray[np.float32]:
    """(b,) √(‖h‖² + 1) of each row h of `inputs` (b, e), or ‖h‖ without the bias."""
    return np.sqrt(np.einsum("ij,ij->i", inputs, inputs) + np.float32(bias))


def _expected_distance(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """(b,) Σ_c p_c ‖p − e_c‖₂ of each row p of `block` (b, C).

    ‖p − e_c‖² is Σ_k p_k² + 1 − 2 p_c, and (1 − p_c)² + Σ_{k≠c} p_k² for the one class that may have p_c > ½: no digits are
    lost in either.
    """
    # a single sample stands there twice: NumPy adds up one column in another order than several, and a bit may differ
    columns = np.ascontiguousarray(np.repeat(block, 2, axis=0).T if len(block) == 1 else block.T)
    highest, others = columns.max(axis=0), columns * (columns <= 0.5)
    rest, whole = np.einsum("cb,cb->b", others, others), np.einsum("cb,cb->b", columns, columns)
    distances = whole + 1 - 2 * columns
    np.sqrt(np.maximum(distances, 0, out=distances), out=distances)
    likely = np.where(highest > 0.5, highest * np.sqrt((1 - highest) ** 2 + rest), 0)
    return (np.einsum("cb,cb->b", others, distances) + likely)[: len(block)]
