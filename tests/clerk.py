"""Somebody who answers at once what he is asked, and also what he is offered while the model trains."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.fakes import blobs
from utils.annotation.annotation import Annotation
from utils.annotation.questions import Questions
from utils.oracles.collected import Collected

TRUTH = blobs().table
NOON = "2026-01-01T12:00:00Z"


class Clerk(Collected):
    """Knows the true classes of `blobs`, and takes two seconds for each; of each third sample he says that it is unusable."""

    ahead: Callable[[int], bool] = staticmethod(lambda sample: sample % 2 == 0)
    """Which of the samples offered ahead he answers in time."""

    def _ask(self, questions: Questions) -> None:
        """He reads the questions where they are published."""

    def _answers(self) -> list[Annotation]:
        questions = Questions.read(self.folder)
        asked = [question.id for question in questions.asked]
        asked += [question.id for question in questions.ahead if self.ahead(question.id)]
        names = [None if sample % 3 == 0 else TRUTH.class_names[TRUTH.labels[sample]] for sample in asked]
        return [Annotation(sample, name, "clerk", NOON, 2.0, f"{sample}") for sample, name in zip(asked, names, strict=True)]

    def _pause(self, done: int, total: int) -> None:
        raise AssertionError(f"the clerk left {np.subtract(total, done)} unanswered")
