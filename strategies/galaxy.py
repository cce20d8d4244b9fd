"""Picks where the model's order of the samples changes class, for pools in which some classes are rare."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.base import Positions, Scores, SelectionStrategy, strategies
from utils.largest import two_largest
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("galaxy")
class Galaxy(SelectionStrategy):
    """Bisects, class by class, the shortest stretch of unlabelled samples between a labelled one of the class and another.

    For each pick the next class c of a random cycle; all samples, labelled and unlabelled, in the order of their lead
    p_c − max_{c'≠c} p_c', ties at random. Of the unlabelled stretches between two labelled neighbours of which one is of class
    c and one is not, the middle of the shortest is picked and from then on counts as labelled with its most probable class
    (ties: the lower). Without such a stretch the pick is the unlabelled sample of the smallest |lead|: outward from where p_c
    begins to lead. The score is −|lead|. With a single class the lead is p_c.
    Probabilities (m, C) and those of the labelled samples (l, C). O(C·n log n) for the orders of n = m + l samples and O(n) for
    each pick, memory O(n·C).

    Deviation from the paper: there the samples form a graph, and a path of it is the stretch that is bisected.
    """

    needs = frozenset({Need.PROBABILITIES})
    needs_labelled = True
    reference = "Zhang, Katz-Samuels and Nowak 2022, GALAXY: graph-based active learning at the extreme, arXiv 2202.01402"

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) rows and (n,) the score of each; see SelectionStrategy."""
        orders = _Orders(view, rng)
        cycle = rng.permutation(view.probabilities.shape[1])
        rows, scores = np.empty(n, dtype=np.intp), np.empty(n, dtype=np.float32)
        for number in range(n):
            rows[number], scores[number] = orders.pick(int(cycle[number % len(cycle)]), rng)
        return rows, scores


class _Orders:
    """All samples, the unlabelled ones before the others, in the order of each class, and which of them count as labelled."""

    def __init__(self, view: PoolView, rng: np.random.Generator) -> None:
        unlabelled = view.probabilities
        labelled = view.labelled_probabilities if len(view.labelled) else unlabelled[:0]
        self._probabilities = unlabelled, labelled
        self._two_largest = [np.concatenate(both) for both in zip(two_largest(unlabelled), two_largest(labelled), strict=True)]
        self._predicted = unlabelled.argmax(axis=1)
        self._shuffled = rng.permutation(len(unlabelled) + len(labelled)).astype(np.int32)
        self._labels = np.concatenate([np.full(len(unlabelled), -1), view.labels])
        self._orders: dict[int, NDArray[np.int32]] = {}

    def pick(self, c: int, rng: np.random.Generator) -> tuple[int, np.float32]:
        """The sample to label for class `c`, which counts as labelled from now on, and its score."""
        lead = self._lead(c)
        if c not in self._orders:
            self._orders[c] = self._shuffled[np.argsort(lead[self._shuffled], kind="stable")]
        order = self._orders[c]
        labels = self._labels[order]
        known = np.flatnonzero(labels >= 0)
        stretches, own = np.diff(known) - 1, labels[known] == c
        usable = np.flatnonzero((stretches > 0) & (own[1:] != own[:-1]))
        if len(usable):
            shortest = int(rng.choice(usable[stretches[usable] == stretches[usable].min()]))
            row = order[known[shortest] + (stretches[shortest] + 1 + rng.integers(2)) // 2]
        else:
            distance = np.where(self._labels < 0, np.abs(lead), np.inf)
            row = rng.choice(np.flatnonzero(distance == distance.min()))
        self._labels[row] = self._predicted[row]
        return int(row), -abs(lead[row])

    def _lead(self, c: int) -> NDArray[np.float32]:
        """(n,) p_c − max_{c'≠c} p_c' of each sample."""
        own = np.concatenate([probabilities[:, c] for probabilities in self._probabilities])
        first, second = self._two_largest
        return own - np.where(own == first, second, first)
