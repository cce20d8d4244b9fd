"""The labels bought so far in a run: who gave them, what may be trained on, and what checkpoints are chosen on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.data.source import SampleTable
from utils.data.splits import Parts, extend_holdout
from utils.errors import DamagedRunError
from utils.journal import Record
from utils.oracles.base import Asked, Label, Oracle
from utils.pool import Pool
from utils.seeds import rng_for

HELD_OUT_SHARE = 0.1
"""Share of the labelled samples that checkpoints are chosen on when there is no validation part."""

GIVEN = "given"
"""Who labelled samples whose labels came with the data set."""

Ids = NDArray[np.int64]
_NONE: Ids = np.empty(0, dtype=np.int64)
Samples = tuple[Ids, NDArray[Any]]
"""(n,) sample ids and (n,) class indices, int64, or targets, float32."""
Pick = list[Any]
"""One row of selections.csv without its round: id, name, score, label (None when rejected), by whom."""


class Labelling:
    """The pool of a run together with the oracle that labels it; the pool's labels come in here and nowhere else."""

    def __init__(
        self, parts: Parts, oracle: Oracle, table: SampleTable, given: Ids = _NONE, *, holds_out: bool, seed: int
    ) -> None:
        """Everything starts unlabelled, except the validation part, whose labels are bought at once.

        Args:
            parts: of the data set; the test part is not looked at.
            oracle: who labels.
            table: of the data set, for the names of its samples and the type of its labels; the only labels read off it are
                those that are `given`.
            given: (g,) ids of samples whose labels came with the data set and that nobody is asked for.
            holds_out: whether, without a validation part, a tenth of the labelled samples is kept from training.
            seed: of the run.
        """
        self._label_type = np.float32 if table.labels.dtype.kind == "f" else np.int64
        self.pool = Pool(parts.train, self._label_type)
        self.oracle, self._names, self._seed = oracle, table.names, seed
        self._given = dict(zip(given.tolist(), table.labels[given].tolist(), strict=True))
        self._holds_out = holds_out and len(parts.validation) == 0
        self.held_out = np.empty(0, dtype=np.int64)
        self.seconds: float | None = 0.0 if np.isin(given, parts.train).any() else None
        """What all labels so far cost; None where nobody measured it, if only for one of them."""
        self._is_timed = True
        self._pseudo_labelled, self._settled_ahead = np.empty(0, dtype=np.int64), set[int]()
        answers = {label.id: label.value for label in self._answers(Asked(0, parts.validation))}
        known = [sample for sample, value in answers.items() if value is not None]
        self._validation = np.array(known, dtype=np.int64), self._labels([answers[s] for s in known])

    @property
    def given(self) -> Ids:
        """(g,) ids of the samples of the pool whose labels came with the data set and were not taken in yet, ascending."""
        return self.pool.unlabelled[np.isin(self.pool.unlabelled, list(self._given))]

    def ahead(self, round_number: int, budget: int) -> list[Pick]:
        """Takes in what the oracle was told before the round began, and leaves at least one sample to be chosen in it."""
        most = min(budget, len(self.pool.unlabelled)) - 1
        labels = list(self.oracle.given_ahead(round_number, most)) if most > 0 else []
        picks = [self._pick(self._paid(label), None) for label in labels]
        self._settle(picks)
        self._settled_ahead = {pick[0] for pick in picks}
        return picks

    def ask(self, asked: Asked, scores: NDArray[np.float32]) -> list[Pick]:
        """Asks the oracle for the samples of `asked`, picked with `scores` (k,), NaN for none; changes nothing in the pool."""
        answers = {label.id: label for label in self._answers(asked)}
        pairs = zip(asked.ids.tolist(), scores.tolist(), strict=True)
        return [self._pick(answers[sample], None if np.isnan(score) else score) for sample, score in pairs]

    def _answers(self, asked: Asked) -> Iterator[Label]:
        """The answers to all that is asked; what is given is not asked for."""
        known = np.array([sample in self._given for sample in asked.ids.tolist()], bool)
        for sample in asked.ids[known].tolist():
            yield Label(sample, self._given[sample], GIVEN)
        if len(asked.ids[~known]):
            answers = None if asked.answers is None else asked.answers[~known]
            yield from map(self._paid, self.oracle.label(Asked(asked.round_number, asked.ids[~known], answers)))

    def _paid(self, label: Label) -> Label:
        """The label, after its cost was noted."""
        self._is_timed = self._is_timed and label.seconds is not None
        self.seconds = (self.seconds or 0.0) + (label.seconds or 0.0) if self._is_timed else None
        return label

    def _pick(self, label: Label, score: float | None) -> Pick:
        return [label.id, str(self._names[label.id]), score, label.value, label.by]

    def replay(self, record: Record) -> None:
        """Brings everything here to where it stood after the committed round `record`; rounds in order.

        Raises:
            DamagedRunError: the round labelled what the data set does not hold, or what it had labelled before.
        """
        try:
            self._check_classes(record)
            self.take_in(record["round"], record["selected"])
            self._remember(np.array(record.get("pseudo_labelled", []), dtype=np.int64))
        except (ValueError, IndexError) as error:
            raise DamagedRunError(
                f"rounds.log: round {record['round']} does not fit the data set ({error}); restore the file, or start afresh "
                "with --overwrite true"
            ) from None
        self.seconds = record["stats"].get("label_seconds")
        self._is_timed = self.seconds is not None
        self.oracle.classes = tuple(record.get("class_names", self.oracle.classes))

    def _check_classes(self, record: Record) -> None:
        count = len(record.get("class_names", self.oracle.classes))
        for sample, _, _, label, _ in record["selected"] if self._label_type is not np.float32 else ():
            if label is not None and (type(label) is not int or not 0 <= label < count):
                raise ValueError(f"sample {sample} has class {label!r} of {count}")

    def take_in(self, round_number: int, picks: list[Pick]) -> Ids:
        """Moves the answers of a round into the pool; the (k,) ids that got a label."""
        self._settle(picks)
        self._settled_ahead = set()
        new = np.array([pick[0] for pick in picks if pick[3] is not None], dtype=np.int64)
        if self._holds_out and len(new):
            ids, rng = self.pool.labelled, rng_for(self._seed, "held out", round_number)
            held, free = np.isin(ids, self.held_out), np.isin(ids, np.setdiff1d(new, self._pseudo_labelled))
            classes = np.zeros(len(ids), np.int64) if self._label_type is np.float32 else self.pool.labels
            self.held_out = ids[extend_holdout(classes, held, free, HELD_OUT_SHARE, rng)]
        return new

    def _settle(self, picks: list[Pick]) -> None:
        """Moves answers into the pool, but for those that came ahead and are there already."""
        fresh = [pick for pick in picks if pick[0] not in self._settled_ahead]
        labelled = [pick for pick in fresh if pick[3] is not None]
        self.pool.label(np.array([pick[0] for pick in labelled], dtype=np.int64), self._labels([pick[3] for pick in labelled]))
        self.pool.reject(np.array([pick[0] for pick in fresh if pick[3] is None], dtype=np.int64))

    def _labels(self, values: list[Any]) -> NDArray[Any]:
        return np.array(values, dtype=self._label_type)

    def to_train_on(self, history: Ids, new: Ids, pseudo: Samples) -> Samples:
        """The labelled samples `history` (h,) and `new` (k,) without those held out, and the pseudo-labelled samples."""
        ids = np.concatenate([history[~np.isin(history, new)], new])
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
