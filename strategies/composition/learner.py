"""All of a run that works with the features of a data set: made anew when features or classes become others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies.composition.query import Query, QuerySettings
from utils.autolabelling import Autolabelling
from utils.cross_evaluation import CrossEvaluation
from utils.data.parts import groups_of
from utils.data.source import DataSet
from utils.data.splits import Parts
from utils.decision import Decision
from utils.evaluation import Evaluation
from utils.journal import Record
from utils.labelling import Labelling, Samples
from utils.learning_engine import LearningEngine
from utils.observer import Observer
from utils.oracles.base import Asked, Progress
from utils.rows import Rows
from utils.run_directory import RunDirectory
from utils.stability import Stability
from utils.trainer import Trainer


class Learner:
    """A learning engine with what trains it, asks it and judges it in one run; keeps nothing between rounds but its weights.

    Attributes:
        engine: that learns.
        data: with the features that it learns from.
        trainer: trains it.
        evaluation: judges it on the test part, or without one by a cross-validation.
        observer: asks it.
        stability: tells how much it still changes its mind.
        query: chooses what is labelled next.
    """

    def __init__(self, hparams: Any, engine: LearningEngine, data: DataSet, parts: Parts, labelling: Labelling) -> None:
        """`hparams` are those of a single run, an instance of HParams; `parts` of `data`, whose pool `labelling` labels."""
        self.engine, self.data, self._hparams = engine, data, hparams
        seed, classes, features = hparams.seeds()[0], data.table.num_classes, data.features
        decision = Decision(hparams.decision_threshold, engine, features) if hparams.is_binary() else None
        self.trainer = Trainer(engine, features, hparams.training_policy(classes), seed)
        self.evaluation = Evaluation(engine, Rows(features, parts.test), data.table.labels[parts.test], decision)
        if not parts.has_test:
            folds = groups_of(data.table, hparams.group_by), hparams.num_folds, seed
            self.evaluation = CrossEvaluation(engine, data, decision, labelling, self.trainer, *folds)
        self.observer = Observer(engine, features, seed)
        self.stability = Stability(self.observer, parts.train, seed)
        settings, one = QuerySettings(**hparams.query_settings()), hparams.num_outputs(classes) == 1
        self.query = Query(settings, self.observer, classes, single_output=one, seed=seed)

    def asked(self, number: int, ids: NDArray[np.int64]) -> Asked:
        """What is asked of the oracle in a round, with the model's guesses where people see them."""
        guesses = self.observer.answers(ids, number) if self._hparams.show_guess and number and len(ids) else None
        return Asked(number, ids, guesses)

    def judged(self, number: int, validation: Samples | None) -> tuple[dict[str, float | None], list[list[float]]]:
        """The figures of round `number`; see `Evaluation.metrics`. No fold can stand for an untrained model: None of it."""
        untrained = number == 0 and not self._hparams.pre_train
        if untrained and isinstance(self.evaluation, CrossEvaluation):
            return self.evaluation.unknown(), []
        return self.evaluation.metrics(validation)

    def finish(
        self,
        autolabelling: Autolabelling,
        labelling: Labelling,
        validation: Samples | None,
        directory: RunDirectory,
        progress: Progress,
        footnote: str,
    ) -> None:
        """Writes the model and the pictures of the run; then lets the model label what is left, where that is asked for.

        Args:
            autolabelling: whether and how it does.
            labelling: of the run, all rounds done.
            validation: what checkpoints are chosen on.
            directory: of the run.
            progress: is told how far it is.
            footnote: what every picture must say.
        """
        from utils.artefacts import write_artefacts, write_autolabels

        settings = self._hparams.picture_settings(self.data.kind, footnote)
        view, title = self.query.look_ahead(len(directory.rounds), labelling.pool), self._hparams.title()
        write_artefacts(directory, self.engine, self.evaluation, self.data, view, self.query.explain, settings)
        steps, left = list[Record](), len(labelling.pool.unlabelled)
        at = validation, len(directory.rounds), directory.has_best
        for step in autolabelling.run(labelling, self.observer, self.trainer, self.data.table, *at):
            # without a test part the folds speak of what people labelled, not of the refitted model
            measured = {} if isinstance(self.evaluation, CrossEvaluation) else self.evaluation.metrics(labelling.validation)[0]
            steps.append(step | measured)
            progress.progress(f"{title}, labelled by the model", sum(len(done["ids"]) for done in steps), left)
        write_autolabels(directory, steps, footnote)
