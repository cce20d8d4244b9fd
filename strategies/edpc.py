"""Density peaks among the most uncertain samples."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from strategies.base import Positions, Scores, SelectionStrategy, check_finite, strategies, top
from strategies.computation.density_peaks import DensityPeaks, density_peaks
from utils.entropy import entropy
from utils.explanation import DecisionGraph, Explanation
from utils.learning_engine import Need
from utils.pool_view import PoolView

_CANDIDATES = 3
"""For each sample of the budget."""


@strategies.register("edpc")
class Edpc(SelectionStrategy):
    """The 3B samples of highest entropy (all, if U has fewer), thinned out to B by density peaks of their embeddings (3B, d).

    First the ⌊`centre_share`·B⌋ peaks of largest ρδ, then the largest δ among the rest; ρ and δ as in `dpc`, d_c such that on
    average 1–2 % of the 3B lie within it. The score is (ρ / ρ_max)(δ / δ_max). O(m·C + B²·d).
    """

    needs = frozenset({Need.PROBABILITIES, Need.EMBEDDINGS})
    checks_itself = frozenset({Need.EMBEDDINGS})
    reference = "the founding ALFramework, 2019; density peaks: Rodriguez and Laio 2014, Science 344, 1492"

    def __init__(self, *, centre_share: Annotated[float, Field(ge=0, le=1)] = 0.75) -> None:
        """`centre_share`: which part of the picks are peaks; the others are picked for their distance alone."""
        self.centre_share = centre_share

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) rows, peaks first, and the score of each in [0, 1]."""
        uncertain, peaks = self._peaks(view, n, rng)
        chosen = peaks.centres(self._count(n), rng)
        remoteness = peaks.delta.copy()
        remoteness[chosen] = -1
        chosen = np.concatenate([chosen, top(remoteness, n - len(chosen), rng)])
        return uncertain[chosen], peaks.prominence[chosen]

    def explain(self, view: PoolView, n: int, rng: np.random.Generator) -> Explanation:
        """The decision graph of the most uncertain samples."""
        _, peaks = self._peaks(view, n, rng)
        return Explanation(DecisionGraph(peaks.rho, peaks.delta, peaks.centres(self._count(n), rng)))

    def _peaks(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, DensityPeaks]:
        uncertain = np.sort(top(entropy(view.probabilities), _CANDIDATES * n, rng))
        embeddings = view.embeddings[uncertain]
        check_finite("embeddings", embeddings, view.unlabelled[uncertain])
        return uncertain, density_peaks(embeddings, rng)

    def _count(self, n: int) -> int:
        # the product may fall short of a whole number by rounding
        return int(self.centre_share * n + 1e-9)
