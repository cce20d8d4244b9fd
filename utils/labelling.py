"""The labels bought so far in a run: who gave them, what may be trained on, and what checkpoints are chosen on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.data.source import SampleTable
from utils.data.splits import Parts, extend_holdout
from utils.journal import Record
from utils.oracles.base import Oracle
from utils.pool import Pool
from utils.seeds import rng_for

HELD_OUT_SHARE = 0.1
"""Share of the labelled samples that checkpoints are chosen on when there is no validation part."""

Ids = NDArray[np.int64]
Samples = tuple[Ids, NDArray[Any]]
"""(n,) sample ids and (n,) class indices, int64, or targets, float32."""
Pick = list[Any]
"""One row of selections.csv without its round: id, name, score, label (None when rejected), by whom."""


class Labelling:
    """The pool of a run together with the oracle that labels it; the pool's labels come in here and nowhere else."""

    def __init__(self, parts: Parts, oracle: Oracle, table: SampleTable, *, holds_out: bool, seed: int) -> None:
        """Everything starts unlabelled, except the validation part, whose labels are bought at once.

        Args:
            parts: of the data set; the test part is not looked at.
            oracle: who labels.
            table: of the data set, for the names of its samples and the type of its labels; no label is read off it.
            holds_out: whether, without a validation part, a tenth of the labelled samples is kept from training.
            seed: of the run.
        """
        self._label_type = np.float32 if table.labels.dtype.kind == "f" else np.int64
        self.pool = Pool(parts.train, self._label_type)
        self._oracle, self._names, self._seed = oracle, table.names, seed
        self._holds_out = holds_out and len(parts.validation) == 0
        self.held_out = np.empty(0, dtype=np.int64)
        self._pseudo_labelled = np.empty(0, dtype=np.int64)
        answers = {label.id: label.value for label in oracle.label(parts.validation)}
        known = [sample for sample, value in answers.items() if value is not None]
        self._validation = np.array(known, dtype=np.int64), self._labels([answers[s] for s in known])

    def ask(self, ids: Ids, scores: NDArray[np.float32]) -> list[Pick]:
        """Asks the oracle for the samples `ids` (k,), picked with `scores` (k,), NaN for none; changes nothing yet."""
        answers = {label.id: label for label in self._oracle.label(ids)}
        return [
            [sample, str(self._names[sample]), None if np.isnan(score) else score, answers[sample].value, answers[sample].by]
            for sample, score in zip(ids.tolist(), scores.tolist(), strict=True)
        ]

    def replay(self, record: Record) -> None:
        """Brings everything here to where it stood after the committed round `record`; rounds in order."""
        self.take_in(record["round"], record["selected"])
        self._remember(np.array(record["pseudo_labelled"], dtype=np.int64))

    def take_in(self, round_number: int, picks: list[Pick]) -> Ids:
        """Moves the answers of a round into the pool; the (k,) ids that got a label."""
        new = np.array([pick[0] for pick in picks if pick[3] is not None], dtype=np.int64)
        self.pool.label(new, self._labels([pick[3] for pick in picks if pick[3] is not None]))
        self.pool.reject(np.array([pick[0] for pick in picks if pick[3] is None], dtype=np.int64))
        if self._holds_out and len(new):
            ids, rng = self.pool.labelled, rng_for(self._seed, "held out", round_number)
            held, free = np.isin(ids, self.held_out), np.isin(ids, np.setdiff1d(new, self._pseudo_labelled))
            classes = np.zeros(len(ids), np.int64) if self._label_type is np.float32 else self.pool.labels
            self.held_out = ids[extend_holdout(classes, held, free, HELD_OUT_SHARE, rng)]
        return new

    def _labels(self, values: list[Any]) -> NDArray[Any]:
        return np.array(values, dtype=self._label_type)

    def to_train_on(self, history: Ids, new: Ids, pseudo: Samples) -> Samples:
        """The labelled samples `history` (h,) and `new` (k,) without those held out, and the pseudo-labelled samples."""
        ids = np.concatenate([history, new])
        ids = ids[~np.isin(ids, self.held_out)]
        self._remember(pseudo[0])
        return np.concatenate([ids, pseudo[0]]), np.concatenate([self.pool.labels_of(ids), pseudo[1]])

    def _remember(self, pseudo_labelled: Ids) -> None:
        """Notes that these samples (k,) were trained on: bought later, they are never held out."""
        self._pseudo_labelled = np.union1d(self._pseudo_labelled, pseudo_labelled).astype(np.int64)

    @property
    def validation(self) -> Samples | None:
        """The validation part, or the labelled samples that are held out; None where there are neither."""
        if len(self._validation[0]):
            return self._validation
        return (self.held_out, self.pool.labels_of(self.held_out)) if len(self.held_out) else None
