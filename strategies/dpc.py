"""Density peaks: the centres of clusters, and their halos."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from strategies.base import Positions, Scores, SelectionStrategy, strategies, top
from strategies.computation.density_peaks import DensityPeaks, density_peaks
from utils.explanation import DecisionGraph, Explanation
from utils.learning_engine import Need
from utils.pool_view import PoolView

_SCALES = np.arange(1, 21)


@strategies.register("dpc")
class Dpc(SelectionStrategy):
    """At random from the centres and the halo of a clustering of U by density peaks.

    With d the Euclidean distance of embeddings (m, d): ρ_i = Σ_{j≠i} exp(−(d_ij / d_c)²), δ_i the distance to the nearest
    sample of higher ρ. The centres have the `n_clusters` largest (ρ / ρ_max)(δ / δ_max), everything else follows its nearest
    denser sample. A cluster's border density is the largest mean ρ of a pair within d_c of which only one is in it; samples
    with less than border density / scale are its halo. Of the scales 1 … 20 the one is used whose halo count is nearest to
    the budget, of two the smaller. Candidates: centres and halo; when they are fewer than the budget, those of largest δ
    follow. Best first means by (ρ / ρ_max)(δ / δ_max), which is the score as well.

    Exact and without an m × m matrix: O(m²·d) time, three passes over half of the pairs (four with `percent`), O(m·d) memory.
    The paper's halo is that of scale 1, and it has no candidates.
    """

    needs = frozenset({Need.EMBEDDINGS})
    reference = "Rodriguez and Laio 2014, Clustering by fast search and find of density peaks, Science 344, 1492"

    def __init__(
        self,
        *,
        percent: Annotated[float, Field(gt=0, le=100)] | None = None,
        n_clusters: Annotated[int, Field(ge=1)] | None = None,
    ) -> None:
        """What it is set to.

        Args:
            percent: d_c is this percent point of all distances; None: such that on average 1–2 % of the others are within it.
            n_clusters: centres; None: as many as the budget.
        """
        self.percent = percent
        self.n_clusters = n_clusters

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) rows, and the score of each in [0, 1]."""
        peaks = density_peaks(view.embeddings, rng, self.percent)
        centres = peaks.centres(self.n_clusters or n, rng)
        candidates = np.union1d(centres, _halo(peaks, centres, n))
        rows = rng.permutation(candidates)[:n]
        prominence = peaks.prominence
        rows = rows[np.argsort(-prominence[rows], kind="stable")]
        remoteness = peaks.delta.copy()
        remoteness[candidates] = -1
        rows = np.concatenate([rows, top(remoteness, n - len(rows), rng)])
        return rows, prominence[rows]

    def explain(self, view: PoolView, n: int, rng: np.random.Generator) -> Explanation:
        """The decision graph of U."""
        peaks = density_peaks(view.embeddings, rng, self.percent)
        return Explanation(DecisionGraph(peaks.rho, peaks.delta, peaks.centres(self.n_clusters or n, rng)))


def _halo(peaks: DensityPeaks, centres: Positions, n: int) -> Positions:
    """The halo at the scale at which it holds most nearly `n` samples."""
    clusters = peaks.clusters(centres)
    borders = peaks.borders(clusters)[clusters]
    counts = np.array([np.count_nonzero(peaks.rho < borders / scale) for scale in _SCALES])
    return np.flatnonzero(peaks.rho < borders / _SCALES[np.argmin(abs(counts - n))])
