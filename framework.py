"""The front door and the loop: one parameter file in, learning curves out.

`python framework.py --param_file=params/x.json [--any_parameter value …]` runs what the file describes, strategy by strategy
and seed by seed; `run(HParams(...))` is the same from Python. An `Experiment` is one such run: each round it asks a strategy
what to label, an oracle for the labels and a learning engine to train, and commits before the next round begins.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hparams import HParams
from strategies.base import strategies
from strategies.composition.query import Query, QuerySettings
from strategies.composition.suitability import check_answered, unfit
from utils import files
from utils.autolabelling import Autolabelling
from utils.command_line import CommandLine
from utils.console import Reporter
from utils.cross_validation import with_epochs_of_folds
from utils.data.parts import choose_parts, straddling
from utils.data.source import DataSet, LoadedData, Progress
from utils.decision import Decision
from utils.errors import FrameworkError, naming_the_round
from utils.evaluation import Evaluation
from utils.executors.base import Job, Listener
from utils.executors.chosen import chosen
from utils.grid_of_runs import GridOfRuns
from utils.initial_model import InitialModel
from utils.journal import Record
from utils.kept import Kept
from utils.labelling import Labelling, Samples
from utils.learning_engine import LearningEngine
from utils.observer import Observer
from utils.oracles.simulated import SimulatedOracle
from utils.outcome import Outcome
from utils.resolution import Resolution
from utils.results import stats_row
from utils.rows import Rows
from utils.run_directory import RunDirectory, open_run
from utils.seeds import rng_for
from utils.sharded_scoring import ShardedScoring
from utils.signals import Stopped, stop_on_signal
from utils.stability import Stability
from utils.stopwatch import Stopwatch
from utils.summary import Summary
from utils.trackers import Trackers
from utils.trainer import Trainer

if TYPE_CHECKING:
    import pandas as pd

OUTPUTS = Path("outputs")
QUIET = Reporter(quiet=True)


class Experiment:
    """One run: one strategy, one seed. Everything it draws comes from named random streams of that seed."""

    def __init__(self, hparams: HParams, data: LoadedData, engine: LearningEngine, environment: Record) -> None:
        """`hparams` hold single, resolved values; `environment` is what the bits of a result depend on besides."""
        self.hparams, self.engine, self.environment = hparams, engine, environment
        self.seed, self.name, table = hparams.seeds()[0], hparams.title(), data.table
        self.parts = choose_parts(table, hparams.part_settings(), self.seed)
        oracle = SimulatedOracle(table.labels, table.num_classes, hparams.oracle_error_rate, rng_for(self.seed, "oracle"))
        self.labelling = Labelling(self.parts, oracle, table, holds_out=hparams.holds_out(), seed=self.seed)
        self.autolabelling = Autolabelling(hparams.autolabel, hparams.autolabel_step, self.seed)
        self._see(data.prepared(self.parts.train))
        self.first = None
        if not isinstance(data, DataSet):
            self.first = self.query.start(self.labelling.pool, table.labels, self.trainer.reset)
            self._see(data.prepared(self.first[1].ids))
        check_answered(hparams.names()[0], self.query.strategy, engine.provides, str(hparams.model))

    def _see(self, data: DataSet) -> None:
        """Makes all that works with features."""
        self.data, engine, hparams, test = data, self.engine, self.hparams, self.parts.test
        decision = Decision(hparams.decision_threshold, engine, data.features) if hparams.is_binary() else None
        self.evaluation = Evaluation(engine, Rows(data.features, test), data.table.labels[test], decision)
        self.trainer = Trainer(engine, data.features, hparams.training_policy(data.table.num_classes), self.seed)
        self.observer = Observer(engine, data.features, self.seed)
        self.stability = Stability(self.observer, self.parts.train, self.seed)
        settings, classes = QuerySettings(**hparams.query_settings()), data.table.num_classes
        self.query = Query(settings, self.observer, classes, single_output=hparams.num_outputs(classes) == 1, seed=self.seed)

    def run(self, reporter: Listener) -> list[Record]:
        """Runs from the last committed round to the end; the records of all rounds."""
        with open_run(self.hparams.run_folder(OUTPUTS), self.hparams.overwrite, self.query.members) as directory:
            table, fingerprint, ignored = self.data.table, self._fingerprint(), straddling(self.data.table, self.parts)
            account = self.hparams.account(self.parts.sizes(), table.class_names, fingerprint, ignored)
            directory.start(fingerprint, account, self.data.rejected, HParams.defaults())
            for record in directory.rounds:
                self.labelling.replay(record)
            complete = directory.ended is not None and self._stop_reason(directory.rounds) is not None
            if directory.rounds and not complete:
                self.engine.load_weights(directory.checked_weights()[-1])
            trackers = Trackers(self.hparams, OUTPUTS, backend(self.hparams.backend).write_tensorboard, reporter.say)
            reporter.start_run(self.name, len(directory.rounds))
            while not (reason := self._stop_reason(directory.rounds)):
                with naming_the_round(self.name, len(directory.rounds)):
                    record = self._round(len(directory.rounds), directory)
                directory.commit(record, self.engine.save_weights)
                trackers.follow(directory)
                reporter.round_done(self.name, record)
            if not complete:
                self._finish(directory, reporter)
                directory.finish(reason)
            trackers.follow(directory)
            reporter.end_run(self.name, directory.rounds[-1], "complete already" if complete else reason)
            return directory.rounds

    def _round(self, number: int, directory: RunDirectory) -> Record:
        """One round: a function of its number, the labels so far and the weights in the engine, and of nothing else."""
        watch, query, pool = Stopwatch("select", "label", "train", "evaluate"), self.query, self.labelling.pool
        with watch("select"):
            if number == 0:
                view, selection = self.first or query.start(pool, self.data.table.labels, self.trainer.reset)
            else:
                budget = self.hparams.budget(len(pool.labelled))
                view, selection = query.ask(number, self.labelling, budget, directory.checked_weights)
        with watch("label"):
            picks = self.labelling.ask(selection.ids, selection.scores)
            new = self.labelling.take_in(number, picks)
        with watch("train"):
            pseudo = query.pseudo_labels.choose(view, selection.ids)
            history = query.history.choose(view, self.labelling.held_out, rng_for(self.seed, "history", number))
            outcome = self._train(number, self.labelling.to_train_on(history, new, pseudo), directory.has_best)
        with watch("evaluate"):
            metrics, classes = self.evaluation.metrics(self.labelling.validation)
            columns, kept = self.stability.measure(directory.rounds, metrics.get("decision_threshold"))
        right, decay = self.data.table.labels[pseudo[0]] == pseudo[1], query.pseudo_labels.decay(number)
        stats = stats_row(number, len(new), len(pool.labelled), len(history), right, decay, outcome, metrics | columns)
        record = {"round": number, "seconds": watch.seconds(), "stats": stats} | outcome.record() | kept
        return record | {"classes": classes, "selected": picks, "pseudo_labelled": pseudo[0].tolist()}

    def _finish(self, directory: RunDirectory, reporter: Listener) -> None:
        """Writes the model and the pictures of the run; then lets the model label what is left, where that is asked for."""
        from utils.artefacts import write_artefacts, write_autolabels

        settings = self.hparams.picture_settings(self.data.kind)
        view = self.query.look_ahead(len(directory.rounds), self.labelling.pool)
        write_artefacts(directory, self.engine, self.evaluation, self.data, view, self.query.explain, settings)
        steps, left = list[Record](), len(self.labelling.pool.unlabelled)
        at = self._validation(), len(directory.rounds), directory.has_best
        for step in self.autolabelling.run(self.labelling, self.observer, self.trainer, self.data.table, *at):
            steps.append(step | self.evaluation.metrics(self.labelling.validation)[0])
            reporter.progress(f"{self.name}, labelled by the model", sum(len(done["ids"]) for done in steps), left)
        write_autolabels(directory, steps, self.hparams.footnote())

    def _train(self, number: int, samples: Samples, has_best: bool) -> Outcome:
        if number > 0:
            return self.trainer.train(number, samples, self._validation(), has_best)
        folder = files.safe_join(OUTPUTS, self.hparams.sub_dir, "init_ckpt")
        store = InitialModel(folder, self._fingerprint(of_initial_model=True)) if self.hparams.load_pretrained else None
        return self.trainer.start(samples, self._validation(), train=self.hparams.pre_train, store=store)

    def _validation(self) -> Samples | None:
        return self.labelling.validation if self.hparams.checkpoint_on == "validation" else self.evaluation.samples

    def _stop_reason(self, rounds: list[Record]) -> str | None:
        return self.hparams.stop.reason(rounds, self.hparams.max_round, len(self.labelling.pool.unlabelled))

    def _fingerprint(self, *, of_initial_model: bool = False) -> Record:
        params, parts = self.hparams.result_params(of_initial_model=of_initial_model), self.parts.fingerprint()
        return {"params": params, "environment": self.environment, "data": {"features": self.data.fingerprint, "parts": parts}}


def backend(name: str) -> Any:
    """The package of learning engines "keras" or "tf"; imports no TensorFlow."""
    return importlib.import_module(f"models_{name}")


RESOLUTION = Resolution(strategies, lambda name: backend(name).models, unfit)
check_names, resolve, make_plan = RESOLUTION.problems, RESOLUTION.resolve, RESOLUTION.plan


def make_engine(hparams: HParams, data: LoadedData) -> tuple[LearningEngine, Record]:
    """The learning engine, and what the bits of its results depend on; the first call imports TensorFlow."""
    outputs = hparams.num_outputs(data.table.num_classes)
    how = hparams.training_settings(), hparams.sampling(data.kind), hparams.threads
    return backend(hparams.backend).make_engine(hparams.model, data.sample_shape, outputs, hparams.model_params, *how)


class Workshop:
    """Does runs one after the other; data and learning engine of one are kept for the next that needs the same."""

    def __init__(self) -> None:
        """Nothing is loaded yet."""
        self._data, self._made = Kept[LoadedData](), Kept[tuple[LearningEngine, Record]]()

    def data(self, hparams: HParams, progress: Progress) -> LoadedData:
        """The data set that resolved `hparams` name, its features extracted or taken from the cache."""
        cache = files.safe_join(OUTPUTS, hparams.sub_dir, "features")
        return self._data.get(hparams.data_key(), lambda: resolve(hparams)[1].load(cache, progress))

    def __call__(self, job: Job, listener: Listener) -> None:
        """Does one run, from its last committed round to its end."""
        self.experiment(job, listener.progress).run(listener)

    def experiment(self, job: Job, progress: Progress = QUIET.progress) -> Experiment:
        """One run that is ready to be done."""
        hparams = with_epochs_of_folds(job.params, OUTPUTS / job.params.sub_dir)
        made_from = hparams if job.params.waits_for_folds() else job.made_from
        data = self.data(made_from, progress)
        engine, environment = self._made.get(made_from.engine_key(), lambda: make_engine(made_from, data))
        experiment = Experiment(hparams, data, engine, environment)
        experiment.query.sharded = ShardedScoring.of(hparams, Workshop, job, engine)
        return experiment


def run(hparams: HParams, reporter: Reporter = QUIET) -> pd.DataFrame:
    """Runs all that `hparams` ask for, or raises a FrameworkError and continues when called again.

    Returns one row per run and round: the columns of al_stats, then strategy, variant and seed.
    """
    workshop, grid, summary = Workshop(), GridOfRuns(hparams, resolve, make_plan), Summary(hparams, OUTPUTS, reporter)
    grid.check(OUTPUTS)
    executor, make = chosen(grid.cells[0], OUTPUTS, workshop, len(grid.jobs))
    executor.check()
    with reporter:
        grid.load(lambda cell: workshop.data(cell, reporter.progress), RESOLUTION.warnings)
        reporter.start(grid.text(), grid.planned_labels())
        failures = grid.execute(lambda jobs: executor.run(jobs, make, reporter, summary.refresh))
        summary.finish(grid.cells)
    return grid.results(OUTPUTS, failures)


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    try:
        with stop_on_signal():
            line = CommandLine(HParams, arguments, __doc__ or "", RESOLUTION.names())
            hparams = HParams.parse(line.values, line.where, (check_names,))
            if line.wants == "run":
                run(hparams, Reporter())
            else:
                grid = GridOfRuns(hparams, resolve, make_plan)
                sys.stdout.write((grid.status(OUTPUTS) if line.wants == "status" else grid.text()) + "\n")
    except (FrameworkError, Stopped) as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(importlib.import_module("framework").main(sys.argv[1:]))  # by its name other processes find what is in it
