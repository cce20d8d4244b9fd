"""What a round may know of samples: inferred by the learning engine in one pass, or read off the features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.inference import Inference
from utils.learning_engine import LearningEngine, Need
from utils.rows import Features, Rows
from utils.seeds import seed_for

BY_THE_LOOP = frozenset({Need.FEATURES, Need.COMMITTEE})
"""Needs that no learning engine answers: the features are at hand, and a committee is several engines."""


class Observer:
    """Answers the needs of a round for any samples of the data set."""

    def __init__(self, engine: LearningEngine, features: Features, seed: int) -> None:
        """`features` (N, …) of the whole data set; `seed` of the run draws dropout masks and augmentations."""
        self._engine, self._features, self._seed = engine, features, seed

    def infer(
        self, ids: NDArray[np.int64], needs: frozenset[Need], round_number: int, members: Sequence[Path] = ()
    ) -> Inference:
        """Everything in `needs` for the samples `ids` (n,), with the engine's present weights.

        Args:
            ids: of the samples; may be empty, and then nothing is inferred.
            needs: what is asked.
            round_number: makes the round's dropout masks and augmentations.
            members: weights of the last rounds, oldest first, the present ones last, for COMMITTEE.
        """
        if not needs or not len(ids):
            return Inference()
        rows, of_engine = Rows(self._features, ids), needs - BY_THE_LOOP
        found = (
            self._engine.infer(rows, of_engine, seed_for(self._seed, "inference", round_number)) if of_engine else Inference()
        )
        if Need.FEATURES in needs:
            found = replace(found, features=rows.take().reshape(len(ids), -1))
        if Need.COMMITTEE in needs:
            found = replace(found, committee=self._ask_members(rows, members))
        return found

    def answers(self, ids: NDArray[np.int64], round_number: int) -> NDArray[np.float32] | None:
        """(n, C) probabilities, or (n, t) predictions, for the samples `ids` (n,)."""
        said = self.infer(ids, frozenset({self.answer}), round_number)
        return said.probabilities if said.predictions is None else said.predictions

    def _ask_members(self, rows: Rows, members: Sequence[Path]) -> NDArray[np.float32]:
        """(K, n, C) what each of the `members` says; the engine ends with the weights of the last, the present ones."""
        answers = []
        for path in members:
            self._engine.load_weights(path)
            said = self._engine.infer(rows, frozenset({self.answer}))
            answers.append(said.probabilities if said.predictions is None else said.predictions)
        return np.stack([answer for answer in answers if answer is not None])

    @property
    def answer(self) -> Need:
        """What the model says of a sample: probabilities, or in regression predictions."""
        return Need.PREDICTIONS if Need.PROBABILITIES not in self._engine.provides else Need.PROBABILITIES
