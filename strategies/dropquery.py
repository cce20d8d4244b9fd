"""Samples whose class does not withstand noise on their embedding."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from strategies.base import Positions, Scores, SelectionStrategy, strategies, top
from strategies.computation.clustering import Points
from strategies.kmeans import representatives
from strategies.margin import Margin
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("dropquery")
class DropQuery(SelectionStrategy):
    """Of the samples whose class flips in more than half of M passes with dropout on h, the nearest to each of B centres.

    A pass drops each of the e inputs of the last dense layer with probability `rate`, the same for the whole pool, and scales
    the others by 1 / (1 − rate); the class flips when it is not argmax p, the lower class on a tie. The centres are those of
    k-means on the embeddings of what flips. When fewer than B flip all of them are taken, and the rest by margin. The score is
    the share of passes in which the class flips, and for the rest that of `margin`, which is at most 0. O(m·e·C·M), and
    k-means.
    """

    needs = frozenset({Need.PROBABILITIES, Need.LAST_INPUTS, Need.HEAD, Need.EMBEDDINGS})
    reference = "Gupte et al. 2024, Revisiting active learning in the era of vision foundation models, arXiv 2401.14555"

    def __init__(self, *, passes: Annotated[int, Field(ge=1)] = 3, rate: Annotated[float, Field(gt=0, lt=1)] = 0.75) -> None:
        """`passes`: M. `rate`: the share of inputs that a pass drops on average."""
        self.passes = passes
        self.rate = rate

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) rows, what flips first, and scores in [−1, 1]."""
        flips = self._flips(view, rng)
        flipping = np.flatnonzero(2 * flips > self.passes)
        if len(flipping) > n:
            flipping = flipping[representatives(Points(view.embeddings, rows=flipping), n, rng)[0]]
        else:
            flipping = rng.permutation(flipping)
        flipping = flipping[np.argsort(-flips[flipping], kind="stable")]
        shares, scores = (flips / self.passes).astype(np.float32), Margin().score(view, rng)
        scores[flipping] = -np.inf
        others = top(scores, n - len(flipping), rng)
        return np.concatenate([flipping, others]), np.concatenate([shares[flipping], scores[others]])

    def _flips(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.int32]:
        """(m,) in how many passes the class is another."""
        kernel, bias = view.head[:-1], view.head[-1]
        kept = rng.random((self.passes, len(kernel))) >= self.rate
        scaled = kept.astype(np.float32) / np.float32(1 - self.rate)
        kernels = (kernel[:, np.newaxis] * scaled.T[:, :, np.newaxis]).reshape(len(kernel), -1)
        classes, flips = view.probabilities.argmax(axis=1), np.zeros(len(view.unlabelled), dtype=np.int32)
        for part, block in Points(view.last_inputs).blocks(kernels.shape[1]):
            outputs = (block @ kernels).reshape(len(block), self.passes, -1) + bias
            flips[part] = np.count_nonzero(outputs.argmax(axis=2) != classes[part, np.newaxis], axis=1)
        return flips
