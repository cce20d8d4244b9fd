"""Labels from the model for what nobody labelled, after the last round: all at once, or the surest first with refits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from utils.data.source import SampleTable
from utils.journal import Record
from utils.labelling import Labelling, Samples
from utils.learning_engine import Need
from utils.observer import Observer
from utils.seeds import rng_for
from utils.top import top
from utils.trainer import Trainer


@dataclass(frozen=True)
class Autolabelling:
    """The founding autolabelling: a label once given stays."""

    mode: Literal["no", "all", "stepwise"]
    step: int
    """Samples labelled between two refits, with "stepwise"."""
    seed: int

    def run(
        self,
        labelling: Labelling,
        observer: Observer,
        trainer: Trainer,
        table: SampleTable,
        validation: Samples | None,
        rounds: int,
        has_best: bool,
    ) -> Iterator[Record]:
        """Labels all that is left in the pool; hands out what each step did, the engine then holding the refitted weights.

        Args:
            labelling: of the run; nothing in it changes.
            observer: asks the engine.
            trainer: trains the same engine, on what was labelled and all that the model labelled so far.
            table: of the data set; its labels are only used to count how many of the model's are right.
            validation: what checkpoints are chosen on.
            rounds: done before, counted on by the random streams.
            has_best: whether the engine holds the best weights so far.

        Yields:
            ids (k,) of the samples that got the model's label, the surest first, with their names, labels and confidences
            (the largest probability of each), how many are right, None where nobody knows, and epochs and valid_acc of the
            training after it.
        """
        left = labelling.pool.unlabelled if self.mode != "no" else labelling.pool.unlabelled[:0]
        known = np.setdiff1d(labelling.pool.labelled, labelling.held_out)
        ids, labels = left[:0], left[:0]
        while len(left):
            rows, classes, confidences = self._choose(observer, left, rounds)
            new, left = left[rows], np.delete(left, rows)
            ids, labels = np.concatenate([ids, new]), np.concatenate([labels, classes])
            samples = np.concatenate([known, ids]), np.concatenate([labelling.pool.labels_of(known), labels])
            outcome = trainer.train(rounds, samples, validation, has_best)
            has_best, rounds = outcome.has_best, rounds + 1
            right = int(table.right(new, classes).sum()) if table.known[new].all() else None
            yield {
                "ids": new.tolist(), "names": table.names[new].tolist(), "labels": classes.tolist(),
                "confidences": confidences.tolist(), "right": right,
                "epochs": outcome.epochs, "valid_acc": outcome.valid_metric, "valid_loss": outcome.valid_loss,
            }  # fmt: skip

    def _choose(
        self, observer: Observer, left: NDArray[np.int64], number: int
    ) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.float32]]:
        """Rows of `left` (m,) that are labelled next, the class and the confidence of each."""
        probabilities = observer.infer(left, frozenset({Need.PROBABILITIES}), number).probabilities
        if probabilities is None:
            raise ValueError("the engine gave no probabilities")
        confidences = probabilities.max(axis=1)
        count = self.step if self.mode == "stepwise" else len(left)
        rows = top(confidences, count, rng_for(self.seed, "autolabel", number))
        return rows, probabilities[rows].argmax(axis=1), confidences[rows]
