"""What stands in for a test part where there is none: a cross-validation over the samples labelled so far, in every round.

Each sample is judged by a model that was trained, from the start, on the other folds. That is honest about what the model
knows of the samples at hand. It is not what it will reach on new ones: the samples were chosen, mostly hard ones, and each
round has others, so a curve of it may fall while the model gets better. The pictures say so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from utils.data.source import DataSet
from utils.data.splits import split
from utils.decision import Decision
from utils.evaluation import Evaluation
from utils.labelling import Labelling, Samples
from utils.learning_engine import LearningEngine
from utils.rows import Rows
from utils.seeds import rng_for
from utils.trainer import Trainer


class CrossEvaluation(Evaluation):
    """Measures by a cross-validation over the labelled samples; the engine ends with the weights that it began with."""

    def __init__(
        self,
        engine: LearningEngine,
        data: DataSet,
        decision: Decision | None,
        labelling: Labelling,
        trainer: Trainer,
        groups: NDArray[np.str_] | None,
        num_folds: int,
        seed: int,
    ) -> None:
        """`groups` (N,) of samples that lie in one fold together, None for no such groups; `seed` of the run."""
        super().__init__(engine, Rows(data.features, labelling.pool.labelled), labelling.pool.labels, decision)
        self._features, self._labelling, self._trainer, self._groups = data.features, labelling, trainer, groups
        self._num_folds, self._seed = num_folds, seed
        self._answered: NDArray[np.float32] | None = None

    @property
    def measurable(self) -> bool:
        """Whether each labelled sample can be judged by a model that learnt from others."""
        self._refresh()
        held_out, folds = np.isin(self._test.ids, self._labelling.held_out), self._folds()
        return len(folds) > 1 and all(not np.delete(held_out, fold).all() for fold in folds)

    def metrics(self, validation: Samples | None) -> tuple[dict[str, float | None], list[list[float]]]:
        """See `Evaluation.metrics`; None for each figure while nothing can be measured."""
        return super().metrics(validation) if self.measurable else (self.unknown(), [])

    def answers(self) -> NDArray[np.float32]:
        """(l, C) probabilities, or (l, 1) predictions, of each labelled sample by a model that has not seen it."""
        self._refresh()
        if self._answered is None or len(self._answered) != len(self.labels):
            before, found = self._engine.get_weights(), [(fold, self._judged(fold)) for fold in self._folds()]
            self._engine.set_weights(before)
            self._answered = np.empty((len(self.labels), found[0][1].shape[1]), np.float32)
            for fold, said in found:
                self._answered[fold] = said
        return self._answered

    def _refresh(self) -> None:
        """Brings the samples that are judged up to date with what is labelled."""
        pool = self._labelling.pool
        self._test, self.labels = Rows(self._features, pool.labelled), pool.labels

    def _judged(self, fold: NDArray[np.int64]) -> NDArray[np.float32]:
        """What is said of the samples at the positions `fold` by a model trained on the others."""
        others = np.setdiff1d(np.arange(len(self.labels)), fold)
        held_out = np.isin(self._test.ids[others], self._labelling.held_out)
        validation = self._samples(others[held_out]) if held_out.any() else self._apart()
        self._trainer.train_apart(len(self.labels), self._samples(others[~held_out]), validation)
        return self._infer(Rows(self._features, self._test.ids[fold]))

    def _apart(self) -> Samples | None:
        """A validation part that lies outside the pool."""
        found = self._labelling.validation
        return None if found is None or np.isin(found[0], self._test.ids).any() else found

    def _samples(self, rows: NDArray[np.int64]) -> Samples:
        return self._test.ids[rows], self.labels[rows]

    def _folds(self) -> list[NDArray[np.int64]]:
        """Positions of the labelled samples in each fold that has any; no group lies in two."""
        ids = self._test.ids
        strata = self.labels if self.labels.dtype.kind != "f" else np.zeros(len(ids), np.int64)
        groups = None if self._groups is None else self._groups[ids]
        shares = (1 / self._num_folds,) * (self._num_folds - 1)
        folds = split(strata, groups, shares, rng_for(self._seed, "evaluation folds", len(ids))) if len(ids) else []
        return [fold for fold in folds if len(fold)]
