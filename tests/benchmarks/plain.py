"""The same engines as one would write them first: plain vectorised NumPy, all at once, without blocks, bounds or checks.

Each takes what an engine takes and returns the rows of its picks. Ties go to the lower row.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from utils.pool_view import PoolView

Array = NDArray[np.float32]
Rows = NDArray[np.intp]
Plain = Callable[[PoolView, int, np.random.Generator], Rows]

_TINY = np.finfo(np.float32).tiny
_SHARE_WITHIN = 0.015
_SCALES = np.arange(1, 21)


def least_confidence(view: PoolView, n: int, rng: np.random.Generator) -> Rows:
    return _top(1 - view.probabilities.max(axis=1), n)


def margin(view: PoolView, n: int, rng: np.random.Generator) -> Rows:
    largest = np.partition(view.probabilities, -2, axis=1)[:, -2:]
    return _top(largest[:, 0] - largest[:, 1], n)


def entropy(view: PoolView, n: int, rng: np.random.Generator) -> Rows:
    return _top(_entropies(view.probabilities), n)


def egl(view: PoolView, n: int, rng: np.random.Generator) -> Rows:
    p, h = view.probabilities, view.last_inputs
    lengths = np.sqrt((p**2).sum(axis=1, keepdims=True) - 2 * p + 1)
    return _top((p * lengths).sum(axis=1) * np.sqrt((h**2).sum(axis=1) + 1), n)


def ecg(view: PoolView, n: int, rng: np.random.Generator) -> Rows:
    p, h = view.probabilities, view.last_inputs
    return _top((p * np.abs(_residuals(p))).sum(axis=1) * np.sqrt((h**2).sum(axis=1)), n)


def bald(view: PoolView, n: int, rng: np.random.Generator) -> Rows:
    passes = view.stochastic
    return _top(_entropies(passes.mean(axis=0)) - _entropies(passes).mean(axis=0), n)


def coreset(view: PoolView, n: int, rng: np.random.Generator) -> Rows:
    h, labelled = view.embeddings, view.labelled_embeddings
    norms = (h**2).sum(axis=1)
    nearest = (norms[:, np.newaxis] + (labelled**2).sum(axis=1) - 2 * h @ labelled.T).min(axis=1)
    picks = np.empty(n, dtype=np.intp)
    for number in range(n):
        picks[number] = row = nearest.argmax()
        nearest = np.minimum(nearest, norms + norms[row] - 2 * (h @ h[row]))
        nearest[row] = -np.inf
    return picks


def badge(view: PoolView, n: int, rng: np.random.Generator) -> Rows:
    q, h = _residuals(view.probabilities), view.last_inputs
    norms = (q**2).sum(axis=1) * (h**2).sum(axis=1)
    nearest = np.full(len(h), np.inf, dtype=np.float32)
    picks = np.empty(n, dtype=np.intp)
    picks[0] = row = norms.argmax()
    for number in range(1, n):
        nearest = np.minimum(nearest, np.maximum(norms + norms[row] - 2 * (q @ q[row]) * (h @ h[row]), 0))
        nearest[row] = 0
        cumulated = np.cumsum(nearest, dtype=np.float64)
        picks[number] = row = np.searchsorted(cumulated, rng.random() * cumulated[-1], side="right")
    return picks


def dpc(view: PoolView, n: int, rng: np.random.Generator) -> Rows:
    """With the matrix of all distances, and as cut-off the 1.5 % point."""
    distances, cutoff, density, delta = _density_peaks(view.embeddings)
    centres = _top(density * delta, n)
    clusters = _follow(distances, density, centres)
    apart = (distances <= cutoff) & (clusters[:, np.newaxis] != clusters)
    border = np.zeros(n, dtype=np.float32)
    np.maximum.at(border, clusters, np.where(apart, (density[:, np.newaxis] + density) / 2, 0).max(axis=1))
    halos = density < border[clusters] / _SCALES[:, np.newaxis]
    halo = np.flatnonzero(halos[np.abs(halos.sum(axis=1) - n).argmin()])
    candidates = np.union1d(centres, halo)
    return rng.choice(candidates, n, replace=False)


def edpc(view: PoolView, n: int, rng: np.random.Generator) -> Rows:
    """The cut-off is the 1.5 % point."""
    candidates = _top(_entropies(view.probabilities), 3 * n)
    _, _, density, delta = _density_peaks(view.embeddings[candidates])
    centres = _top(density * delta, n)[: int(0.75 * n)]
    delta[centres] = -1
    return candidates[np.concatenate([centres, _top(delta, n - len(centres))])]


PLAIN: dict[str, Plain] = {
    rival.__name__: rival for rival in (least_confidence, margin, entropy, egl, ecg, bald, coreset, badge, dpc, edpc)
}
"""By the name of the engine."""


def _top(scores: Array, n: int) -> Rows:
    rows = np.argpartition(-scores, n)[:n]
    return rows[np.argsort(-scores[rows])]


def _entropies(probabilities: Array) -> Array:
    """(…, C) → (…)."""
    return -(probabilities * np.log(np.maximum(probabilities, _TINY))).sum(axis=-1)


def _residuals(probabilities: Array) -> Array:
    """(m, C) the probabilities minus one where the predicted class is."""
    residuals = probabilities.copy()
    residuals[np.arange(len(residuals)), residuals.argmax(axis=1)] -= 1
    return residuals


def _density_peaks(points: Array) -> tuple[Array, float, Array, Array]:
    """(n, n) distances, the cut-off, (n,) densities, (n,) distances to the nearest denser point."""
    norms = (points**2).sum(axis=1)
    distances = np.sqrt(np.maximum(norms[:, np.newaxis] + norms - 2 * points @ points.T, 0))
    rank = len(points) + int(_SHARE_WITHIN * (distances.size - len(points)))
    cutoff = np.partition(distances, rank, axis=None)[rank]
    density = np.exp(-((distances / cutoff) ** 2)).sum(axis=1) - 1
    delta = np.where(density > density[:, np.newaxis], distances, np.inf).min(axis=1)
    delta[density.argmax()] = distances.max()
    return distances, cutoff, density, delta


def _follow(distances: Array, density: Array, centres: Rows) -> Rows:
    """(n,) the cluster of each point: that of its nearest denser point, centres begin one each."""
    clusters = np.full(len(density), -1)
    clusters[centres] = np.arange(len(centres))
    nearest = np.where(density > density[:, np.newaxis], distances, np.inf).argmin(axis=1)
    for row in np.argsort(-density):
        if clusters[row] < 0:
            clusters[row] = clusters[nearest[row]]
    return clusters
