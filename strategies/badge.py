"""Samples whose gradients are long and point different ways."""

from __future__ import annotations

import numpy as np

from strategies.base import Positions, Scores, SelectionStrategy, strategies
from strategies.computation.clustering import ROUNDING, Array, squared_norms
from utils.learning_engine import Need
from utils.pool_view import PoolView

_BLOCK = 256


@strategies.register("badge")
class Badge(SelectionStrategy):
    """k-means++ seeding on the gradients g = q ⊗ h of the last layer, q = p − e_ŷ, for the class ŷ that the model gives.

    The first pick is the longest g, every other is drawn in proportion to D², the squared distance to the nearest pick:
    ‖g_i − g_j‖² = ‖q_i‖²‖h_i‖² + ‖q_j‖²‖h_j‖² − 2⟨q_i, q_j⟩⟨h_i, h_j⟩, so that no g (C·e numbers) is ever built. What is less
    than its rounding counts as 0; where all D² are 0 the draw is uniform over what is not picked yet. ŷ is the lower class on a
    tie. Labelled samples are not looked at. The score is D² when picked, of the first ‖g‖². O(m·(C + e)) a pick, in two
    products with a vector, and a copy of the probabilities.
    """

    needs = frozenset({Need.PROBABILITIES, Need.LAST_INPUTS})
    reference = "Ash et al. 2020, Deep batch active learning by diverse, uncertain gradient lower bounds, 1906.03671"

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) rows and squared distances."""
        gradients = _Gradients(view.probabilities, view.last_inputs)
        longest = np.flatnonzero(gradients.lengths >= gradients.lengths.max() * np.float32(1 - ROUNDING))
        rows = [int(longest[rng.integers(len(longest))])]
        squared = [gradients.lengths[rows[0]]]
        nearest = np.full(len(view.unlabelled), np.inf, dtype=np.float32)
        while len(rows) < n:
            np.minimum(nearest, gradients.squared_distances(rows[-1]), out=nearest)
            nearest[rows[-1]] = 0
            row = _draw(nearest, rng)
            if row is None:
                break
            rows.append(row)
            squared.append(nearest[row])
        left = np.delete(np.arange(len(nearest)), rows)
        others = rng.permutation(left)[: n - len(rows)]
        scores = np.zeros(n, dtype=np.float32)
        scores[: len(rows)] = squared
        return np.concatenate([np.array(rows, dtype=np.intp), others]), scores


class _Gradients:
    """(m, C·e) gradients that are never built."""

    def __init__(self, probabilities: Array, last_inputs: Array) -> None:
        self._h = np.asarray(last_inputs)
        self._q = probabilities.T.copy()
        """(C, m): a product with a vector is quickest along the samples."""
        self._q[probabilities.argmax(axis=1), np.arange(len(probabilities))] -= 1
        self.lengths = np.einsum("ij,ij->j", self._q, self._q)
        self.lengths *= squared_norms(self._h)
        self._kept = self.lengths * np.float32(1 - ROUNDING)
        self._distances, self._of_q = np.empty_like(self.lengths), np.empty_like(self.lengths)

    def squared_distances(self, row: int) -> Array:
        """(m,) to the gradient of `row`, at least 0; the next call writes over them."""
        np.dot(self._h, self._h[row], out=self._distances)
        np.dot(-2 * self._q[:, row], self._q, out=self._of_q)
        self._distances *= self._of_q
        self._distances += self._kept
        self._distances += self._kept[row]
        return np.maximum(self._distances, 0, out=self._distances)


def _draw(weights: Array, rng: np.random.Generator) -> int | None:
    """A position drawn in proportion to `weights` (m,), first its block and then within; None when all are 0."""
    sums = np.add.reduceat(weights, np.arange(0, len(weights), _BLOCK))
    if not sums.any():
        return None
    start = _draw_in(sums, rng) * _BLOCK
    return start + _draw_in(weights[start : start + _BLOCK], rng)


def _draw_in(weights: Array, rng: np.random.Generator) -> int:
    cumulative = np.cumsum(weights, dtype=np.float64)
    drawn = np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right")
    return int(min(drawn, np.searchsorted(cumulative, cumulative[-1])))
