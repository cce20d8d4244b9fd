"""The front door and the loop: one parameter file in, learning curves out.

`python framework.py --param_file=params/x.json [--any_parameter value …]` runs what the file describes, strategy by strategy
and seed by seed; `run(HParams(...))` is the same from Python. An `Experiment` is one such run: each round it asks a strategy
what to label, an oracle for the labels and a learning engine to train, and commits before the next round begins.
"""

from __future__ import annotations

import importlib
import sys
from functools import partial

from utils.signals import Stopped, end_on_signal, run_program, stop_on_signal

if __name__ == "__main__":  # before all that takes longer to import; by its name other processes find what is in this module
    end_on_signal()
    sys.exit(run_program(partial(importlib.import_module("framework").main, sys.argv[1:])))

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from hparams import HParams
from strategies.base import strategies
from strategies.composition.learner import Learner
from strategies.composition.suitability import check_answered, unfit
from utils import files
from utils.autolabelling import Autolabelling
from utils.backends import backend, make_engine, models_of
from utils.command_line import CommandLine
from utils.console import Reporter
from utils.cross_validation import with_epochs_of_folds
from utils.data.parts import choose_parts, straddling
from utils.data.source import DataSet, LoadedData, Progress
from utils.errors import FrameworkError, naming_the_cause, naming_the_data, naming_the_round
from utils.executors.base import Job, Listener
from utils.executors.chosen import chosen
from utils.grid_of_runs import GridOfRuns
from utils.initial_model import InitialModel
from utils.journal import Record
from utils.kept import Kept
from utils.labelling import Labelling, Pick, Samples
from utils.learning_engine import LearningEngine
from utils.oracles.chosen import make_oracle, with_classes, without_answers
from utils.outcome import Outcome
from utils.resolution import Resolution
from utils.results import stats_row
from utils.run_directory import RunDirectory, open_run
from utils.seeds import rng_for
from utils.sharded_scoring import ShardedScoring
from utils.stopwatch import Stopwatch
from utils.summary import Summary
from utils.trackers import Trackers

if TYPE_CHECKING:
    import pandas as pd

OUTPUTS = Path("outputs")
QUIET = Reporter(quiet=True)


class Experiment:
    """One run: one strategy, one seed. Everything it draws comes from named random streams of that seed."""

    def __init__(self, hparams: HParams, data: LoadedData, engine: LearningEngine, environment: Record) -> None:
        """`hparams` hold single, resolved values; `environment` is what the bits of a result depend on besides."""
        self.hparams, self.environment = hparams, environment
        self.seed, self.name, classes = hparams.seeds()[0], hparams.title(), data.table.class_names
        self.parts = choose_parts(data.table, hparams.part_settings(), self.seed)
        data, given = without_answers(data, self.parts, hparams.oracle)
        self.oracle = make_oracle(hparams, data, classes, hparams.footnote(tested=self.parts.has_test))
        self.labelling = Labelling(self.parts, self.oracle, data.table, given, holds_out=hparams.holds_out(), seed=self.seed)
        self.autolabelling = Autolabelling(hparams.autolabel, hparams.autolabel_step, self.seed)
        self.learner = self._learner(engine, data.prepared(self.parts.train))
        self.first = self.learner.query.given(self.labelling.given) if len(self.labelling.given) else None
        if not isinstance(data, DataSet):
            start = self.learner.query.start, self.learner.trainer.reset
            self.first = self.first or start[0](self.labelling.pool, data.table.labels, start[1])
            self.learner = self._learner(engine, data.prepared(self.first[1].ids))
        check_answered(hparams.names()[0], self.learner.query.strategy, engine.provides, str(hparams.model))

    def _learner(self, engine: LearningEngine, data: DataSet) -> Learner:
        return Learner(self.hparams, engine, data, self.parts, self.labelling)

    def _know(self, classes: Sequence[str], directory: RunDirectory) -> bool:
        """Makes room for classes that people have added; whether that took a new model, which has not learnt anything."""
        engine, before = self.learner.engine, self.learner.data
        data = with_classes(before, classes) if self.hparams.new_classes else before
        outgrown = data.table.num_classes > before.table.num_classes
        if data.table.class_names != before.table.class_names:
            self.learner = self._learner(make_engine(self.hparams, data)[0] if outgrown else engine, data)
            directory.name_classes(data.table.class_names)
        if outgrown:
            self.learner.trainer.reset()
        return outgrown

    def run(self, reporter: Listener) -> list[Record]:
        """Runs from the last committed round to the end; the records of all rounds."""
        with open_run(self.hparams.run_folder(OUTPUTS), self.hparams.overwrite, self.learner.query.members) as directory:
            data, fingerprint = self.learner.data, self._fingerprint()
            split = self.parts.sizes(), data.table.class_names, fingerprint, straddling(data.table, self.parts)
            directory.start(fingerprint, self.hparams.account(*split, data.sample_shape), data.rejected, HParams.defaults())
            directory.keep(data.preparation)
            for record in directory.rounds:
                self.labelling.replay(record)
                self.oracle.tell(record["stats"])
            self._know(self.oracle.classes, directory)
            complete = directory.ended is not None and self._stop_reason(directory.rounds) is not None
            if directory.rounds and not complete:
                self.learner.engine.load_weights(directory.checked_weights()[-1])
                directory.drop_weights()
            trackers = Trackers(self.hparams, OUTPUTS, backend(self.hparams.backend).write_tensorboard, reporter.say)
            reporter.start_run(self.name, len(directory.rounds))
            if complete:
                self.oracle.look_back(directory.folder)
            with nullcontext() if complete else self.oracle.at_work(directory.folder, reporter):
                while not (reason := self._stop_reason(directory.rounds)):
                    with naming_the_round(self.name, len(directory.rounds)):
                        record = self._round(len(directory.rounds), directory)
                    directory.commit(record, self.learner.engine.save_weights)
                    trackers.follow(directory)
                    reporter.round_done(self.name, record)
                    self.oracle.tell(record["stats"])
                if not complete:
                    at = self.labelling, self._validation(), directory, reporter
                    self.learner.finish(self.autolabelling, *at, self.hparams.footnote(tested=self.parts.has_test))
                    directory.finish(reason)
                    self.oracle.end(reason)
            trackers.follow(directory)
            reporter.end_run(self.name, directory.rounds[-1], "complete already" if complete else reason)
            return directory.rounds

    def _round(self, number: int, directory: RunDirectory) -> Record:
        """One round: a function of its number, the labels so far and the weights in the engine, and of nothing else."""
        watch, query, pool = Stopwatch("select", "label", "train", "evaluate"), self.learner.query, self.labelling.pool
        picks, budget = list[Pick](), self.hparams.budget(len(pool.labelled))
        with watch("select"):
            if number == 0:
                view, selection = self.first or query.start(pool, self.learner.data.table.labels, self.learner.trainer.reset)
            else:
                picks = self.labelling.ahead(number, budget)
                view, selection = query.ask(number, self.labelling, budget - len(picks), directory.checked_weights)
        with watch("label"):
            picks += self.labelling.ask(self.learner.asked(number, selection.ids), selection.scores)
            new = self.labelling.take_in(number, picks)
            ahead = self.hparams.prefetch if number < self.hparams.max_round else 0
            self.oracle.go_on_with(self.learner.asked(number, query.next_best(view, pool, ahead)))
            has_best = not self._know(self.oracle.classes, directory) and directory.has_best
        with watch("train"):
            pseudo = query.pseudo_labels.choose(view, selection.ids)
            history = query.history.choose(view, self.labelling.held_out, rng_for(self.seed, "history", number))
            outcome = self._train(number, self.labelling.to_train_on(history, new, pseudo), has_best)
        with watch("evaluate"):
            metrics, classes = self.learner.judged(number, self.labelling.validation)
            columns, kept = self.learner.stability.measure(directory.rounds, metrics.get("decision_threshold"))
        right, decay = self.learner.data.table.right(*pseudo), self.learner.query.pseudo_labels.decay(number)
        found = metrics | columns | {"label_seconds": self.labelling.seconds}
        counts = len(new), len(pool.labelled), len(history), len(pseudo[0])
        stats = stats_row(number, *counts, right, decay, outcome, found)
        record = {"round": number, "seconds": watch.seconds(), "stats": stats} | outcome.record() | kept
        record |= {"class_names": list(self.oracle.classes)} if self.hparams.new_classes else {}
        return record | {"classes": classes, "selected": picks, "pseudo_labelled": pseudo[0].tolist()}

    def _train(self, number: int, samples: Samples, has_best: bool) -> Outcome:
        if number > 0:
            return self.learner.trainer.train(number, samples, self._validation(), has_best)
        folder = files.safe_join(OUTPUTS, self.hparams.sub_dir, "init_ckpt")
        stored = self.hparams.load_pretrained and not self.hparams.asks_people()
        store = InitialModel(folder, self._fingerprint(of_initial_model=True)) if stored else None
        return self.learner.trainer.start(samples, self._validation(), train=self.hparams.pre_train, store=store)

    def _validation(self) -> Samples | None:
        return self.labelling.validation if self.hparams.checkpoint_on == "validation" else self.learner.evaluation.samples

    def _stop_reason(self, rounds: list[Record]) -> str | None:
        return self.hparams.stop.reason(rounds, self.hparams.max_round, len(self.labelling.pool.unlabelled))

    def _fingerprint(self, *, of_initial_model: bool = False) -> Record:
        params = self.hparams.result_params(of_initial_model=of_initial_model)
        data = {"features": self.learner.data.fingerprint, "parts": self.parts.fingerprint()}
        return {"params": params, "environment": self.environment, "data": data}


RESOLUTION = Resolution(strategies, models_of, unfit)
check_names, resolve, make_plan = RESOLUTION.problems, RESOLUTION.resolve, RESOLUTION.plan


class Workshop:
    """Does runs one after the other; data and learning engine of one are kept for the next that needs the same."""

    def __init__(self) -> None:
        """Nothing is loaded yet."""
        self._data, self._made = Kept[LoadedData](), Kept[tuple[LearningEngine, Record]]()

    def data(self, hparams: HParams, progress: Progress) -> LoadedData:
        """The data set that resolved `hparams` name, its features extracted or taken from the cache."""
        cache = files.safe_join(OUTPUTS, hparams.sub_dir, "features")
        with naming_the_data(str(hparams.dataset)):
            return self._data.get(hparams.data_key(), lambda: resolve(hparams)[1].load(cache, progress))

    @naming_the_cause()
    def __call__(self, job: Job, listener: Listener) -> None:
        """Does one run, from its last committed round to its end."""
        self.experiment(job, listener.progress).run(listener)

    def experiment(self, job: Job, progress: Progress = QUIET.progress) -> Experiment:
        """One run that is ready to be done."""
        data = self.data(job.made_from, progress)
        hparams = with_epochs_of_folds(job.params, OUTPUTS / job.params.sub_dir, data.fingerprint)
        made_from = hparams if job.params.waits_for_folds() else job.made_from
        engine, environment = self._made.get(made_from.engine_key(), lambda: make_engine(made_from, data))
        experiment = Experiment(hparams, data, engine, environment)
        experiment.learner.query.sharded = ShardedScoring.of(hparams, Workshop, job, engine)
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
        with stop_on_signal(), naming_the_cause():
            line = CommandLine(HParams, arguments, __doc__ or "", RESOLUTION.names())
            hparams = HParams.parse(line.values, line.where, (check_names,))
            if line.wants == "run":
                run(hparams, Reporter())
            else:
                grid = GridOfRuns(hparams, resolve, make_plan)
                sys.stdout.write((grid.status(OUTPUTS) if line.wants == "status" else grid.text()) + "\n")
    except (FrameworkError, Stopped) as error:
        (sys.stderr if error.exit_code else sys.stdout).write(f"{error}\n")
        return error.exit_code
    return 0
