"""Which samples that were labelled in earlier rounds are trained on again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from utils.entropy import entropy


@dataclass(frozen=True)
class History:
    """The founding `hist_sel_mode`: "all", "no", or, once more than `threshold` are labelled, a part ("certain", "var").

    The part: per class, of the samples that the model now predicts right, the share `keep` (rounded down, at least one) of
    highest entropy.
    """

    mode: Literal["all", "certain", "var", "no"]
    threshold: int
    keep: float

    def selects(self, num_labelled: int) -> bool:
        """Whether `choose` needs the model's probabilities this round."""
        return self.mode in {"certain", "var"} and num_labelled > self.threshold

    def choose(
        self, ids: NDArray[np.int64], labels: NDArray[np.int64], probabilities: NDArray[np.float32] | None
    ) -> NDArray[np.int64]:
        """The ids, of those labelled before this round, that are trained on again.

        Args:
            ids: (l,) samples labelled in earlier rounds.
            labels: (l,) their class indices.
            probabilities: (l, C) what the model says of them; None when `selects` said no.
        """
        if self.mode == "no":
            return ids[:0]
        if probabilities is None:
            return ids
        uncertainty = entropy(probabilities)
        right = probabilities.argmax(axis=1) == labels
        kept = np.zeros(len(ids), dtype=bool)
        for label in np.unique(labels[right]):
            members = np.flatnonzero(right & (labels == label))
            count = max(1, int(self.keep * len(members)))
            kept[members[np.argsort(-uncertainty[members], kind="stable")[:count]]] = True
        return ids[kept]
