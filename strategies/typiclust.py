"""The typical sample of each part of the data that has few labels: for a start from next to nothing."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from strategies.base import Positions, Scores, SelectionStrategy, strategies, top
from strategies.computation.clustering import AT_ONCE, Array, Points, in_turns, kmeans, squared_distances, squared_norms
from utils.learning_engine import Need
from utils.pool_view import PoolView

_MOST_CLUSTERS = 500
_NEIGHBOURS = 20
_SMALL = 5


@strategies.register("typiclust")
class TypiClust(SelectionStrategy):
    """Of each cluster with few labels the sample of highest typicality, 1 / mean distance to its nearest in the cluster.

    k-means makes min(|L| + B, 500) clusters of L and U. Those with the fewest labelled samples come first, of these the
    largest, ties at random. Each gives the unlabelled sample whose min(20, size − 1) nearest of the cluster, labelled ones
    included, are nearest; with fewer clusters than B they take turns in that order. Clusters under 5 wait until nothing else
    is left. The score is the typicality: at most the largest number where samples coincide, 0 for one alone in its cluster.
    O((m + |L|)·k·d), and the pairs within the chosen clusters.
    """

    needs = frozenset({Need.EMBEDDINGS})
    needs_labelled = True
    reference = "Hacohen, Dekel and Weinshall 2022, Active learning on a budget: opposite strategies suit high and low budgets"

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) rows and typicalities, in the order of the clusters."""
        labelled = view.labelled_embeddings if len(view.labelled) else view.embeddings[:0]
        return most_typical(view.embeddings, labelled, n, rng)


def most_typical(points: Array, labelled: Array, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
    """What `TypiClust` says of `points` (m, d) and the `labelled` ones (l, d): (n,) rows of `points`, and typicalities."""
    everything = Points(labelled, points)
    clusters, centres = kmeans(everything, min(len(labelled) + n, _MOST_CLUSTERS), rng)
    sizes = np.bincount(clusters)
    known = np.bincount(clusters[: len(labelled)], minlength=len(sizes))
    order = np.lexsort((rng.random(len(sizes)), -sizes, known, sizes < _SMALL))
    large = int(np.count_nonzero(sizes >= _SMALL))
    available = (sizes - known)[order]
    turns = in_turns(available[:large], n)
    turns = order[np.concatenate([turns, large + in_turns(available[large:], n - len(turns))])]
    members = np.split(np.argsort(clusters, kind="stable"), np.cumsum(sizes)[:-1])
    best = {
        cluster: iter(_best(everything, members[cluster], centres[cluster], int(known[cluster]), count, rng))
        for cluster, count in Counter(turns.tolist()).items()
    }
    rows, scores = zip(*(next(best[cluster]) for cluster in turns.tolist()), strict=True)
    return np.array(rows, dtype=np.intp) - len(labelled), np.array(scores, dtype=np.float32)


def _best(
    points: Points, members: Positions, centre: Array, known: int, n: int, rng: np.random.Generator
) -> list[tuple[int, float]]:
    """The `n` most typical of the `members` (s,) of a cluster, the first `known` of which are labelled, and how typical."""
    typicality = _typicality(points.take(members) - centre, known)
    chosen = top(typicality, n, rng)
    return list(zip(members[known + chosen].tolist(), typicality[chosen].tolist(), strict=True))


def _typicality(cluster: Array, known: int) -> NDArray[np.float32]:
    """(s − known,) of the last rows of `cluster` (s, d), which lies about the origin."""
    neighbours = min(_NEIGHBOURS, len(cluster) - 1)
    if neighbours == 0:
        return np.zeros(1, dtype=np.float32)
    norms, step = squared_norms(cluster), max(1, AT_ONCE // len(cluster))
    typicality = np.empty(len(cluster), dtype=np.float32)
    for start in range(known, len(cluster), step):
        squared = squared_distances(cluster[start : start + step], cluster, norms)
        rows = np.arange(len(squared))
        squared[rows, start + rows] = np.inf
        squared.partition(neighbours - 1, axis=1)
        distances = np.sqrt(squared[:, :neighbours]).mean(axis=1)
        typicality[start : start + step] = 1 / np.maximum(distances, np.finfo(np.float32).tiny)
    return typicality[known:]
