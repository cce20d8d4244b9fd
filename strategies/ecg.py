"""How much the model's own label is expected to move each class of the last layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import SelectionStrategy, strategies
from strategies.egl import OF_INPUTS, lengths_of
from utils.blocks import blocks
from utils.largest import largest
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("ecg")
class ExpectedChangePerClass(SelectionStrategy):
    """Σ_c p_c ‖[∇_W ℓ(x, ŷ)]_{·,c}‖₂ = Σ_c p_c |p_c − 1[c = ŷ]| · ‖h‖, W (e, C) the weights of the last dense layer.

    p (C,) are the probabilities, ŷ the most probable class and h (e,) the input of that layer. Of two equally probable classes
    the lower is ŷ; the other would give the same. One sigmoid output is taken as the two columns 1 − p and p, as they are.
    Probabilities (m, C), inputs of the last layer (m, e). O(m·(C + e)), in blocks.
    """

    needs = frozenset({Need.PROBABILITIES, Need.LAST_INPUTS})
    rowwise = True
    reference = "the founding ALFramework; after Settles, Craven and Ray 2007, Multiple-instance active learning"

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) at least 0."""
        probabilities, inputs = view.probabilities, view.last_inputs
        changes = np.empty(len(inputs), dtype=np.float32)
        for rows in blocks(len(inputs), inputs.shape[1] + probabilities.shape[1], OF_INPUTS):
            changes[rows] = _expected_change(probabilities[rows]) * lengths_of(inputs[rows], bias=False)
        return changes


def _expected_change(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """(b,) Σ_c p_c |p_c − 1[c = ŷ]| of each row p of `block` (b, C)."""
    highest, others = largest(block), block * (block <= 0.5)
    own = highest * np.where(highest > 0.5, 1 - highest, 1 - 2 * highest)
    return np.einsum("ij,ij->i", others, others) + own
