"""The only reader of the test part: it measures what is written down, and nothing else asks it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.decision import EVEN, Decision
from utils.labelling import Samples
from utils.learning_engine import LearningEngine, Need
from utils.rows import Rows

_OF_CLASSES = (
    "eval_acc", "eval_pre", "eval_recall", "eval_f1", "eval_loss", "eval_balanced_acc", "eval_roc_auc", "eval_pr_auc",
    "eval_ece", "decision_threshold",
)  # fmt: skip
_OF_REGRESSION = ("eval_mse", "eval_mae", "eval_r2")


class Evaluation:
    """The test part of a run and how its metrics are computed."""

    def __init__(self, engine: LearningEngine, test: Rows, labels: NDArray[Any], decision: Decision | None) -> None:
        """`labels` (t,) true class indices, or float targets, of `test`; `decision` where class 1 is the positive one."""
        self._engine, self._test, self.labels, self._decision = engine, test, labels, decision
        self.regression = labels.dtype.kind == "f"

    @property
    def samples(self) -> Samples:
        """The test part as (t,) ids and (t,) labels, for `checkpoint_on: test_as_founding_systems_did` alone."""
        return self._test.ids, self.labels

    @property
    def measurable(self) -> bool:
        """Whether there is anything to measure by."""
        return True

    def unknown(self) -> dict[str, float | None]:
        """What `metrics` gives while nothing can be measured."""
        return dict.fromkeys(_OF_REGRESSION if self.regression else _OF_CLASSES)

    def metrics(self, validation: Samples | None) -> tuple[dict[str, float | None], list[list[float]]]:
        """For the engine's present weights the eval columns of al_stats, and one row a class: precision, recall, F1, samples.

        `validation` are samples that nothing was trained on; a decision threshold may be chosen on them, unless they are the
        test part too, as the fold is that a cross-validation leaves out.
        """
        from utils.metrics import class_metrics, classification_metrics, regression_metrics

        answers = self.answers()
        if self.regression:
            return dict(regression_metrics(self.labels, answers[:, 0])), []
        apart = validation if validation and not np.isin(validation[0], self._test.ids).any() else None
        threshold = self._decision.threshold(apart) if self._decision else EVEN
        binary = self._decision is not None
        metrics = classification_metrics(self.labels, answers, positive_class=binary, threshold=threshold)
        chosen = {"decision_threshold": threshold if self._decision else None}
        return metrics | chosen, class_metrics(self.labels, answers, threshold=threshold)

    def answers(self) -> NDArray[np.float32]:
        """(t, C) probabilities, or (t, 1) predictions, by the engine's present weights."""
        return self._infer(self._test)

    def _infer(self, rows: Rows) -> NDArray[np.float32]:
        need = Need.PREDICTIONS if self.regression else Need.PROBABILITIES
        inference = self._engine.infer(rows, frozenset({need}))
        answers = inference.predictions if self.regression else inference.probabilities
        if answers is None:
            raise ValueError(f"the engine gave no {need.value}")
        return answers
