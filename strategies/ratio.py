"""Draws each of two classes as often as the model errs about it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from strategies.base import Positions, Scores, SelectionStrategy, strategies
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("ratio")
class Ratio(SelectionStrategy):
    """Draws at random among those predicted as ones and as zeros, in the ratio FP : FN of the errors on the validation set.

    The share of ones is FP / (FP + FN), false positives over all errors, and ½ where there are none; what rounding leaves over
    goes to either class with the probability that keeps the share. Where one class has too few the other fills up. A sample is
    predicted as one when class 1 is the most probable, of equal ones the lower. The score is the share of its class; those of
    the larger share come first. Probabilities (m, 2), those on the validation samples (v, 2). O(m + v).

    Deviation from the founding system, which measured its errors on the test set and drew by the pool's true labels.
    """

    needs = frozenset({Need.PROBABILITIES})
    needs_validation = True
    tasks: ClassVar[frozenset[str]] = frozenset({"binary"})
    reference = "Keras, Review classification using active learning (D. Mittal, 2021)"

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) rows and (n,) the share of each row's class; see SelectionStrategy."""
        false_positives, errors = _errors(view)
        predicted = _is_one(view.probabilities)
        ones, zeros = (rng.permutation(np.flatnonzero(predicted == one)) for one in (True, False))
        wanted = int((n * false_positives + rng.integers(errors)) // errors)
        wanted = max(min(wanted, len(ones)), n - len(zeros))
        rows = rng.permutation(np.concatenate([ones[:wanted], zeros[: n - wanted]]))
        share = false_positives / errors
        scores = np.where(predicted[rows], share, 1 - share).astype(np.float32)
        order = np.argsort(-scores, kind="stable")
        return rows[order], scores[order]


def _errors(view: PoolView) -> tuple[int, int]:
    """False positives and all errors on the validation set; 1 and 2 when there are none."""
    if view.validation_labels is None or not len(view.validation_labels):
        return 1, 2
    predicted, label = _is_one(view.validation_probabilities), view.validation_labels == 1
    errors = int((predicted != label).sum())
    return (int((predicted & ~label).sum()), errors) if errors else (1, 2)


def _is_one(probabilities: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n,) whether class 1 is the most probable of each row of `probabilities` (n, C)."""
    return probabilities.argmax(axis=1) == 1
