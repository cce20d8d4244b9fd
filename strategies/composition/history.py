"""Which samples that were labelled in earlier rounds are trained on again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from strategies.computation.density_peaks import density_peaks
from utils.entropy import entropy
from utils.learning_engine import Need
from utils.pool_view import PoolView

HistoryRule = Literal["highest_entropy", "lowest_entropy", "random", "density_peaks", "misclassified"]


@dataclass(frozen=True)
class History:
    """The founding `hist_sel_mode`: "all", "no", or, once more than `threshold` are labelled, a part ("certain", "var").

    The part: per class, of the samples that the model now predicts right, the share `keep` (rounded down, at least one) of
    highest entropy; or of lowest entropy, or at random, or of the largest ρδ of density peaks in that class; or, whatever
    their number, the samples that it now predicts wrong (as in active continual fine-tuning, Zhou et al. 2017).
    """

    mode: Literal["all", "certain", "var", "no"]
    threshold: int
    keep: float
    rule: HistoryRule = "highest_entropy"

    def needs(self, num_labelled: int) -> frozenset[Need]:
        """What must be inferred on the labelled samples, with `num_labelled` labelled before the round."""
        if self.mode not in {"certain", "var"} or num_labelled <= self.threshold:
            return frozenset()
        return frozenset({Need.PROBABILITIES} | ({Need.EMBEDDINGS} if self.rule == "density_peaks" else set()))

    def choose(self, view: PoolView, held_out: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """The ids, of the samples labelled before this round and not `held_out`, that are trained on again."""
        if self.mode == "no":
            return view.labelled[:0]
        trainable = ~np.isin(view.labelled, held_out)
        if not self.needs(len(view.labelled)):
            return view.labelled[trainable]
        right = view.labelled_probabilities.argmax(axis=1) == view.labels
        if self.rule == "misclassified":
            return view.labelled[trainable & ~right]
        kept = np.zeros(len(view.labelled), dtype=bool)
        for label in np.unique(view.labels[trainable & right]):
            members = np.flatnonzero(trainable & right & (view.labels == label))
            count = max(1, int(self.keep * len(members) + 1e-9))
            kept[members[np.argsort(-self._worth(view, members, rng), kind="stable")[:count]]] = True
        return view.labelled[kept]

    def _worth(self, view: PoolView, members: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.float32]:
        """(k,) how much each of the labelled samples `members` is worth keeping."""
        if self.rule == "random":
            return rng.random(len(members), dtype=np.float32)
        if self.rule == "density_peaks":
            return density_peaks(view.labelled_embeddings[members], rng).prominence
        uncertainty = entropy(view.labelled_probabilities[members])
        return uncertainty if self.rule == "highest_entropy" else -uncertainty
