"""Which samples that were labelled in earlier rounds are trained on again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from utils.entropy import entropy
from utils.learning_engine import Need
from utils.pool_view import PoolView


@dataclass(frozen=True)
class History:
    """The founding `hist_sel_mode`: "all", "no", or, once more than `threshold` are labelled, a part ("certain", "var").

    The part: per class, of the samples that the model now predicts right, the share `keep` (rounded down, at least one) of
    highest entropy.
    """

    mode: Literal["all", "certain", "var", "no"]
    threshold: int
    keep: float

    def needs(self, num_labelled: int) -> frozenset[Need]:
        """What must be inferred on the labelled samples, with `num_labelled` labelled before the round."""
        selects = self.mode in {"certain", "var"} and num_labelled > self.threshold
        return frozenset({Need.PROBABILITIES}) if selects else frozenset()

    def choose(self, view: PoolView, held_out: NDArray[np.int64]) -> NDArray[np.int64]:
        """The ids, of the samples labelled before this round and not `held_out`, that are trained on again."""
        if self.mode == "no":
            return view.labelled[:0]
        trainable = ~np.isin(view.labelled, held_out)
        if not self.needs(len(view.labelled)):
            return view.labelled[trainable]
        uncertainty = entropy(view.labelled_probabilities)
        right = trainable & (view.labelled_probabilities.argmax(axis=1) == view.labels)
        kept = np.zeros(len(view.labelled), dtype=bool)
        for label in np.unique(view.labels[right]):
            members = np.flatnonzero(right & (view.labels == label))
            count = max(1, int(self.keep * len(members) + 1e-9))
            kept[members[np.argsort(-uncertainty[members], kind="stable")[:count]]] = True
        return view.labelled[kept]
