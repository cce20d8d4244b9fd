"""Uncertain samples from as many parts of the pool as possible: for large batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from strategies.base import Positions, Scores, SelectionStrategy, strategies, top
from strategies.computation.clustering import Array, in_turns, squared_norms
from strategies.margin import Margin
from utils.learning_engine import Need
from utils.pool_view import PoolView

_EXACT = 4_000


@strategies.register("cluster_margin")
class ClusterMargin(SelectionStrategy):
    """The 10·B smallest margins, taken in turns from their clusters, from the cluster that holds fewest of them onwards.

    The clusters are max(2B, 10C) of average linkage on the embeddings h (m, d). Above 4,000 samples so many are drawn and
    clustered, and every other candidate belongs to the cluster with the nearest mean: the m(m − 1)/2 distances would not fit
    memory. The paper clusters once and for all; here each call does, for an engine keeps nothing between calls and embeddings
    move with training. Within a cluster the smallest margin comes first, where the paper draws. The score is that of
    `margin`. O(s²·d) for the s ≤ 4,000 samples, in 128 MB, and O(B·k·d).
    """

    needs = frozenset({Need.PROBABILITIES, Need.EMBEDDINGS})
    reference = "Citovsky et al. 2021, Batch active learning at scale, arXiv 2107.14263"

    def __init__(self, *, margin_factor: Annotated[int, Field(ge=1)] = 10) -> None:
        """`margin_factor`: how many candidates there are for each pick."""
        self.margin_factor = margin_factor

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) rows in the order of the turns, and scores in [−1, 0]."""
        scores = Margin().score(view, rng)
        candidates = top(scores, self.margin_factor * n, rng)
        clusters = _clusters(view.embeddings, candidates, max(2 * n, 10 * view.num_classes), rng)
        held = np.bincount(clusters)
        least = np.full(len(held), len(candidates))
        np.minimum.at(least, clusters, np.arange(len(candidates)))
        order = np.lexsort((least, held))
        members: list[Iterator[int]] = [iter(candidates[clusters == cluster]) for cluster in range(len(held))]
        rows = np.array([next(members[cluster]) for cluster in order[in_turns(held[order], n)]], dtype=np.intp)
        return rows, scores[rows]


def _clusters(points: Array, candidates: Positions, most: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """(k,) the cluster of each of the `candidates` (k,) among at most `most` clusters of `points` (m, d), numbered anew."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(points) == 1:
        return np.zeros(1, dtype=np.intp)
    drawn = np.arange(len(points)) if len(points) <= _EXACT else np.sort(rng.choice(len(points), _EXACT, replace=False))
    clustered = points[drawn]
    shift = clustered.mean(axis=0)
    clustered -= shift
    labels = fcluster(linkage(clustered, "average"), most, "maxclust") - 1
    clusters = np.full(len(points), -1, dtype=np.intp)
    clusters[drawn] = labels
    others = candidates[clusters[candidates] < 0]
    clusters[others] = _nearest_mean(points[others] - shift, clustered, labels)
    return np.unique(clusters[candidates], return_inverse=True)[1]


def _nearest_mean(points: Array, clustered: Array, labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """(k,) for each of `points` (k, d) the label of the `clustered` (s, d) with `labels` (s,) whose mean is nearest."""
    means = np.zeros((labels.max() + 1, clustered.shape[1]), dtype=np.float32)
    np.add.at(means, labels, clustered)
    means /= np.bincount(labels)[:, np.newaxis]
    return (points @ means.T - squared_norms(means) / 2).argmax(axis=1)
