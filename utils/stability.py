"""How much a model still changes its mind, and how sure it is, on a fixed set of samples whose labels nobody looks at.

Stop rules can go by it where labels are too dear for a validation part. The stop set is drawn once from the training part,
validation and test part stay out of it, and of its samples only the features are read. Sources: Bloodgood and Vijay-Shanker
(stabilising predictions, CoNLL 2009); Zhu, Wang and Hovy (overall uncertainty, COLING 2008).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from utils.decision import EVEN
from utils.entropy import entropy
from utils.errors import DamagedRunError
from utils.journal import Record
from utils.learning_engine import Need
from utils.metrics import predicted_classes
from utils.observer import Observer
from utils.seeds import rng_for

LARGEST = 1000
"""Samples; a larger training part gives so many, drawn at random."""


class Stability:
    """Measures on the stop set of a run, round after round; in regression there is nothing to measure.

    Attributes:
        stop_set: (s,) ids of its samples, ascending; s ≤ 1,000.
    """

    def __init__(self, observer: Observer, train: NDArray[np.int64], seed: int) -> None:
        """`observer` asks the engine; `train` (n,) ids of the training part; `seed` of the run."""
        drawn = train if len(train) <= LARGEST else rng_for(seed, "stop set").choice(train, LARGEST, replace=False)
        self._observer, self.stop_set = observer, np.sort(drawn)

    def measure(self, rounds: Sequence[Record], threshold: float | None) -> tuple[dict[str, float | None], Record]:
        """By the engine's present weights, the columns of al_stats, and what the journal keeps for the next round to compare.

        Args:
            rounds: the records of the rounds before; the last one's predictions are those to agree with.
            threshold: what the probability of class 1 must reach in this round, in binary tasks; None elsewhere.

        Returns:
            stop_kappa, None where there are no earlier predictions, and stop_entropy; "stability": {"predicted": (s,) class
            indices, "entropy": mean predictive entropy in nats}. In regression nothing.
        """
        if self._observer.answer is not Need.PROBABILITIES:
            return {}, {}
        probabilities = self._observer.infer(self.stop_set, frozenset({Need.PROBABILITIES}), len(rounds)).probabilities
        if probabilities is None:
            raise ValueError("the engine gave no probabilities")
        predicted = predicted_classes(probabilities, EVEN if threshold is None else threshold).tolist()
        uncertainty = float(entropy(probabilities).mean(dtype=np.float64))
        before = rounds[-1].get("stability") if rounds else None
        if before and len(before["predicted"]) != len(predicted):
            raise DamagedRunError(
                f"the journal holds predictions for {len(before['predicted']):,} samples of the stop set, expected "
                f"{len(predicted):,}: it was altered; restore it, or start afresh with --overwrite true"
            )
        kappa = agreement(before["predicted"], predicted) if before else None
        kept = {"predicted": predicted, "entropy": uncertainty}
        return {"stop_kappa": kappa, "stop_entropy": uncertainty}, {"stability": kept}


def agreement(before: Sequence[int], after: Sequence[int]) -> float:
    """Cohen's kappa of two rounds' predictions (s,), in [−1, 1]; 1 where both know one class alone, and the same.

    (p_o − p_e) / (1 − p_e), with p_o the share of equal predictions and p_e that of two raters who draw at random with the
    same class frequencies (Cohen 1960). As a stop rule: Bloodgood and Vijay-Shanker, A Method for Stopping Active Learning
    Based on Stabilizing Predictions and the Need for User-Adjustable Stopping, CoNLL 2009.
    """
    known, indices = np.unique([before, after], return_inverse=True)
    one, other = indices.reshape(2, -1)
    by_chance = float(np.bincount(one, minlength=len(known)) @ np.bincount(other, minlength=len(known))) / len(one) ** 2
    equal = float((one == other).mean())
    return 1.0 if by_chance == 1 else (equal - by_chance) / (1 - by_chance)
