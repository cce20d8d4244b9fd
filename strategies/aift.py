"""Active, incremental fine-tuning: entropy and diversity of the predictions for augmented copies of a sample."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from strategies.base import SelectionStrategy, strategies
from utils.blocks import blocks
from utils.explanation import Explanation
from utils.learning_engine import Need
from utils.pool_view import PoolView

_SMALLEST = 1e-7
_OF_ALL_COPIES = 1 << 18
"""Numbers of a block that holds all copies."""


@strategies.register("aift")
class AugmentationFusion(SelectionStrategy):
    """λ₁ Σ_i H(p_i) + λ₂ Σ_{i<j} Σ_c (p_ic − p_jc) ln(p_ic / p_jc) in nats over a = ⌈αA⌉ of A augmented copies of a sample.

    Those copies i whose probability p_ic of the dominant class is largest, of equal ones the earlier; the dominant class is the
    most probable one by the mean over all copies, of equal ones the lower. Probabilities are clipped at 1e-7.
    The sum over pairs is a Σ_i p_i ln p_i − (Σ_i p_i)(Σ_i ln p_i), summed over the classes, and so takes no pairs.
    With α = ¼ and A ≤ 4 a single copy counts, which has no diversity. Copies (A, m, C). O(A·m·C), in blocks.

    The authors call their method patent-pending.
    """

    needs = frozenset({Need.AUGMENTED})
    rowwise = True
    reference = "Zhou et al. 2017, Fine-tuning convolutional neural networks for biomedical image analysis, CVPR"

    def __init__(
        self,
        *,
        alpha: Annotated[float, Field(gt=0, le=1)] = 0.25,
        entropy_weight: Annotated[float, Field(ge=0)] = 1.0,
        diversity_weight: Annotated[float, Field(ge=0)] = 1.0,
    ) -> None:
        """`alpha` is the share α of copies that count, `entropy_weight` is λ₁, `diversity_weight` λ₂."""
        self._alpha = alpha
        self._entropy_weight = np.float32(entropy_weight)
        self._diversity_weight = np.float32(diversity_weight)

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) at least 0."""
        copies, samples, classes = view.augmented.shape
        kept = max(1, math.ceil(round(self._alpha * copies, 9)))
        scores = np.empty(samples, dtype=np.float32)
        for rows in blocks(samples, copies * classes, _OF_ALL_COPIES):
            block = view.augmented[:, rows]
            scores[rows] = self._fuse(np.clip(_most_agreeing(block, kept), _SMALLEST, 1))
            scores[rows][~np.isfinite(np.einsum("aic->i", block))] = np.nan
        return scores

    def explain(self, view: PoolView, n: int, rng: np.random.Generator) -> Explanation:
        """The copies."""
        return Explanation(copies=True)

    def _fuse(self, kept: NDArray[np.float32]) -> NDArray[np.float32]:
        """(b,) entropy and diversity of `kept` (a, b, C).

        The diversity is taken of the differences to the first copy, which are 0 for equal copies: no digits are lost.
        """
        logarithms = np.log(kept)
        entropies = -(kept * logarithms).sum(axis=0).sum(axis=1)
        kept, logarithms = kept - kept[0], logarithms - logarithms[0]
        pairs = len(kept) * (kept * logarithms).sum(axis=0) - kept.sum(axis=0) * logarithms.sum(axis=0)
        return self._entropy_weight * entropies + self._diversity_weight * np.maximum(pairs.sum(axis=1), 0)


def _most_agreeing(block: NDArray[np.float32], kept: int) -> NDArray[np.float32]:
    """(kept, b, C) the copies of `block` (A, b, C) whose probability of the dominant class is largest."""
    dominant = block.mean(axis=0).argmax(axis=1)
    agreement = np.take_along_axis(block, dominant[np.newaxis, :, np.newaxis], axis=2)[:, :, 0]
    order = np.argsort(-agreement, axis=0, kind="stable")[:kept]
    return np.take_along_axis(block, order[:, :, np.newaxis], axis=0)
