"""Uncertainty, weighted by how many others are alike."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from strategies.base import SelectionStrategy, strategies
from utils.blocks import blocks
from utils.entropy import entropy
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("information_density")
class InformationDensity(SelectionStrategy):
    """H(p)·s^β, s the mean cosine similarity of a sample's embedding to all of U, itself included.

    s_i = ⟨u_i, ū⟩ with u (m, d) the embeddings at unit length (a zero embedding stays zero) and ū their mean: O(m·(C + d)) and
    no m × m matrix. A negative s keeps its sign, s^β = sign(s)·|s|^β, so that it is never taken for a high density and no β
    makes it NaN; the paper knows only similarities that are not negative.
    """

    needs = frozenset({Need.PROBABILITIES, Need.EMBEDDINGS})
    reference = "Settles and Craven 2008, An analysis of active learning strategies for sequence labeling tasks, EMNLP"

    def __init__(self, *, beta: Annotated[float, Field(gt=0)] = 1.0) -> None:
        """`beta`: weight of the density against the uncertainty."""
        self.beta = beta

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) in [−ln C, ln C] nats."""
        density = _mean_cosine(view.embeddings)
        if self.beta != 1:
            density = np.copysign(np.abs(density) ** np.float32(self.beta), density)
        return entropy(view.probabilities) * density


def _mean_cosine(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    squares = np.einsum("ij,ij->i", embeddings, embeddings)
    inverse = np.zeros_like(squares)
    np.divide(1, np.sqrt(squares), out=inverse, where=squares > 0)
    mean = np.zeros(embeddings.shape[1])
    for rows in blocks(*embeddings.shape):
        mean += inverse[rows] @ embeddings[rows]
    if not np.isfinite(mean).all():
        # one broken embedding breaks the mean: it alone must get a broken score, so that the message names it
        return squares * 0
    return inverse * (embeddings @ (mean / len(embeddings)).astype(np.float32))
