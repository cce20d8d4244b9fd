"""From which probability of class 1 on the answer of a binary task is "yes": the one that serves a named criterion best.

Where one class is rare, or a miss costs more than a false alarm, one half is seldom the best place to decide. It must be
chosen on samples that are neither trained on nor tested with.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Criterion = Literal["f1", "balanced_accuracy", "accuracy", "youden"]
"""What a threshold is chosen by: F1 of class 1, the mean recall of both classes, the share of right answers, or Youden's
J = recall of class 1 + recall of class 0 − 1 (Cancer 3, 1950), whose best threshold is that of the balanced accuracy."""
EVEN = 0.5
"""The threshold of whoever chooses none: the more probable class."""

_Counts = NDArray[np.int64]


def best_threshold(labels: NDArray[np.int64], p1: NDArray[np.float32], criterion: Criterion) -> float:
    """The threshold t that makes "class 1 where p1 ≥ t" best; O(v log v).

    It lies midway between two neighbouring probabilities that occur, or below the lowest (all are class 1), or above the
    highest (none is). Of equally good ones it is the nearest to one half, and of two at the same distance the lower.

    Args:
        labels: (v,) of 0 and 1.
        p1: (v,) probability of class 1, in [0, 1].
        criterion: to maximise.

    Returns:
        The threshold; one half where a class is absent, so that nothing can be told from the labels.

    Raises:
        ValueError: `criterion` is unknown, or the shapes differ.
    """
    if criterion not in get_args(Criterion):
        raise ValueError(f"best_threshold: unknown criterion {criterion!r}; expected one of {', '.join(get_args(Criterion))}")
    if labels.shape != p1.shape:
        raise ValueError(f"best_threshold: expected one probability per label, received {p1.shape} for {labels.shape}")
    if len(np.unique(labels)) < 2:
        return EVEN
    values, places = np.unique(p1.astype(np.float64), return_inverse=True)
    positives = np.bincount(places, weights=labels == 1).astype(np.int64)
    counts = np.bincount(places)
    true_positives = np.append(0, np.cumsum(positives[::-1]))[::-1]
    taken = np.append(0, np.cumsum(counts[::-1]))[::-1]
    goodness = _goodness(true_positives, taken - true_positives, criterion)
    equal = np.flatnonzero(goodness == goodness.max())
    thresholds = _between(values)[equal]
    return float(thresholds[np.abs(thresholds - EVEN).argmin()])


def _between(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k + 1,) thresholds that part the ascending `values` (k,); the one at place i has the values from i on at or above it."""
    low, high = values[:-1], values[1:]
    middle = (low + high) / 2
    above = max((values[-1] + 1) / 2, np.nextafter(values[-1], 2))
    return np.concatenate([[values[0] / 2], np.where(middle > low, middle, high), [above]])


def _goodness(true_positives: _Counts, false_positives: _Counts, criterion: Criterion) -> NDArray[np.float64] | _Counts:
    """(k + 1,) what grows with the criterion, from counts alone: in whole numbers, or one quotient, equals stay equal.

    The first entry of both counts is that of all samples, so it tells how many there are of each class.
    """
    ones, zeros = true_positives[0], false_positives[0]
    true_negatives = zeros - false_positives
    if criterion == "accuracy":
        return true_positives + true_negatives
    if criterion == "f1":
        return 2 * true_positives / (true_positives + false_positives + ones)
    return true_positives * zeros + true_negatives * ones
