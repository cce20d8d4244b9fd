"""Which samples are labelled at the start: the same for every strategy of a comparison."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from strategies.base import Positions, Selection
from strategies.kmeans import representatives
from strategies.typiclust import most_typical
from utils.pool_view import PoolView

Rule = Literal["random", "stratified", "kmeans", "typiclust"]
Space = Literal["raw", "embedded"]


def choose_initial(
    rule: Rule,
    share: float,
    view: PoolView,
    labels: NDArray[Any],
    rng: np.random.Generator,
    space: Space = "raw",
) -> Selection:
    """The samples labelled at the start: the `share` in (0, 1] of all, at least one, without scores.

    "random" and "stratified" draw them. "stratified" keeps the shares of the classes, in regression of the tenths by target,
    and so looks at `labels` before they are bought: it stands for a start that somebody chose with care, and is not for
    measuring what labels cost. "kmeans" and "typiclust" spread them over the data, as the engines of these names do, and look
    at no label.

    Args:
        rule: how they are chosen.
        share: of the unlabelled samples, rounded to the nearest count.
        view: of round 0, where nothing is labelled.
        labels: (N,) class index, or target, of every sample of the data set, by id.
        rng: draws them, or the seeds of the clusters.
        space: where "kmeans" and "typiclust" look: at the features, which must be inferred, or the embeddings.
    """
    rows = _choose(rule, max(1, round(share * len(view.unlabelled))), view, labels, rng, space)
    return Selection(view.unlabelled[rows], np.full(len(rows), np.nan, dtype=np.float32))


def _choose(rule: Rule, n: int, view: PoolView, labels: NDArray[Any], rng: np.random.Generator, space: Space) -> Positions:
    """(n,) rows of the view."""
    if rule in {"kmeans", "typiclust"}:
        points = view.features if space == "raw" else view.embeddings
        if rule == "kmeans":
            return representatives(points, n, rng)[0]
        return most_typical(points, points[:0], n, rng)[0]
    order = rng.permutation(len(view.unlabelled))
    if rule == "stratified":
        order = order[np.argsort(_rank_in_class(_strata(labels[view.unlabelled[order]])), kind="stable")]
    return order[:n]


def _strata(labels: NDArray[Any]) -> NDArray[Any]:
    """(m,) the class, or in regression the tenth of these samples that the target lies in."""
    if labels.dtype.kind != "f":
        return labels
    return np.searchsorted(np.quantile(labels, np.linspace(0.1, 0.9, 9)), labels)


def _rank_in_class(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """(m,) how far each sample comes among those of its class, as a share: in this order every class is drawn evenly."""
    ranks = np.empty(len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        ranks[members] = (np.arange(len(members)) + 0.5) / len(members)
    return ranks
