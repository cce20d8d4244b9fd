"""The front door and the loop: one parameter file in, learning curves out.

`python framework.py --param_file=params/x.json [--any_parameter value …]` runs what the file describes, strategy by strategy
and seed by seed; `run(HParams(...))` is the same from Python. An `Experiment` is one such run: each round it asks a strategy
what to label, an oracle for the labels and a learning engine to train, and commits before the next round begins.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hparams import FULL_DATA, HParams
from models_keras import models
from strategies.base import Selection, strategies
from strategies.history import History
from strategies.initial import choose_initial
from strategies.pseudo_labels import PseudoLabels
from utils import files
from utils.command_line import CommandLine
from utils.console import Reporter
from utils.data.parts import choose_parts
from utils.data.source import DataSet, DataSource, SampleTable, sources
from utils.errors import FrameworkError, ParameterError
from utils.evaluation import Evaluation
from utils.initial_model import InitialModel
from utils.journal import Record
from utils.labelling import Labelling, Samples
from utils.learning_engine import Inference, LearningEngine, Need
from utils.oracles.simulated import SimulatedOracle
from utils.outcome import Outcome
from utils.plan import Plan
from utils.pool_view import PoolView
from utils.results import stats_row
from utils.rows import Rows
from utils.run_directory import open_run
from utils.seeds import rng_for
from utils.signals import Stopped, stop_on_signal
from utils.stop_rules import stop_reason
from utils.stopwatch import Stopwatch
from utils.trainer import Trainer

if TYPE_CHECKING:
    import pandas as pd

OUTPUTS = Path("outputs")
QUIET = Reporter(quiet=True)


class Experiment:
    """One run: one strategy, one seed. Everything it draws comes from named random streams of that seed."""

    def __init__(self, hparams: HParams, data: DataSet, engine: LearningEngine, environment: Record) -> None:
        """`hparams` hold single, resolved values; `environment` is what the bits of a result depend on besides."""
        self.hparams, self.data, self.engine, self.environment = hparams, data, engine, environment
        self.seed, self.strategy_name = hparams.seeds()[0], hparams.names()[0]
        path = [self.strategy_name, *([hparams.run_name] if hparams.run_name else [])]
        self.name = "/".join([*path, f"seed {self.seed}"])
        self.folder = files.safe_join(OUTPUTS, hparams.sub_dir, "stats", *path, f"run_{self.seed}")
        self.parts = choose_parts(data.table, hparams.part_settings(), self.seed)
        self.num_classes = len(data.table.class_names)
        true_labels, test = data.table.labels, self.parts.test
        oracle = SimulatedOracle(true_labels, self.num_classes, hparams.oracle_error_rate, rng_for(self.seed, "oracle"))
        self.labelling = Labelling(self.parts, oracle, data.table.names, holds_out=hparams.holds_out(), seed=self.seed)
        self.evaluation = Evaluation(engine, Rows(data.features, test), true_labels[test], positive_class=hparams.is_binary())
        self.trainer = Trainer(engine, data.features, hparams.training_policy(self.num_classes), self.seed)
        self.history = History(hparams.hist_sel_mode, hparams.thresholds()[0], hparams.hist_keep)
        self.pseudo_labels = PseudoLabels(hparams.decay_threshold, hparams.decay_rate)
        if self.strategy_name != FULL_DATA:
            self.strategy = strategies.get(self.strategy_name)(**hparams.strategy_params)

    def run(self, reporter: Reporter) -> list[Record]:
        """Runs from the last committed round to the end; the records of all rounds."""
        from utils.artefacts import write_artefacts

        with open_run(self.folder, self.hparams.overwrite) as directory:
            about = {"parts": self.parts.sizes(), "environment": self.environment}
            directory.start(self._fingerprint(), self.hparams.model_dump(mode="json") | about, self.data.rejected)
            for record in directory.rounds:
                self.labelling.take_in(record["round"], record["selected"])
            complete = directory.ended is not None and self._stop_reason(directory.rounds) is not None
            if directory.rounds and not complete:
                self.engine.load_weights(directory.checked_weights())
            reporter.start_run(self.name, self.hparams.max_round, len(directory.rounds))
            while not (reason := self._stop_reason(directory.rounds)):
                record = self._round(len(directory.rounds), bool(directory.rounds) and directory.rounds[-1]["has_best"])
                directory.commit(record, self.engine.save_weights)
                reporter.round_done(self.name, self.hparams.max_round, record)
            if not complete:
                rest, names = Rows(self.data.features, self.labelling.pool.unlabelled), self.data.table.class_names
                write_artefacts(directory.folder, directory.rounds, self.engine, self.evaluation, names, rest)
                directory.finish(reason)
            reporter.end_run(
                self.name, directory.rounds[-1], self.hparams.max_round, "complete already" if complete else reason
            )
            return directory.rounds

    def _round(self, number: int, has_best: bool) -> Record:
        """One round: a function of its number, the labels so far and the weights in the engine, and of nothing else."""
        watch = Stopwatch("select", "label", "train", "evaluate")
        with watch("select"):
            view = self._view(number)
            selection = self._select(view, number)
        with watch("label"):
            picks = self.labelling.ask(selection.ids, [None] * len(selection.ids) if number == 0 else selection.scores.tolist())
            new = self.labelling.take_in(number, picks)
        with watch("train"):
            history = self.history.choose(view.labelled, view.labels, view.labelled_inference.probabilities)
            pseudo = self._choose_pseudo_labels(view, selection, number)
            outcome = self._train(number, self.labelling.to_train_on(np.concatenate([history, new]), pseudo), has_best)
        with watch("evaluate"):
            metrics = self.evaluation.metrics()
        pseudo_right = self.data.table.labels[pseudo[0]] == pseudo[1]
        decay = (self.pseudo_labels.threshold(number), self.hparams.decay_rate) if self._gives_pseudo_labels(number) else None
        stats = stats_row(number, len(new), len(self.labelling.pool.labelled), pseudo_right, decay, outcome) | metrics
        return {"round": number, "stats": stats, "selected": picks, "has_best": outcome.has_best, "seconds": watch.seconds()}

    def _view(self, number: int) -> PoolView:
        """What the strategy may see, with all that anything in this round needs inferred in one pass."""
        pool = self.labelling.pool
        of_pool: set[Need] = set()
        of_labelled: set[Need] = set()
        if number > 0:
            of_pool = {*self.strategy.needs, *([Need.PROBABILITIES] if self._gives_pseudo_labels(number) else [])}
            of_labelled = {*(self.strategy.needs if self.strategy.needs_labelled else [])}
            of_labelled |= {Need.PROBABILITIES} if self.history.selects(len(pool.labelled)) else set()
        inferences = [
            self.engine.infer(Rows(self.data.features, ids), frozenset(needs)) if needs and len(ids) else Inference()
            for ids, needs in ((pool.unlabelled, of_pool), (pool.labelled, of_labelled))
        ]
        return PoolView(pool.unlabelled, pool.labelled, pool.labels, self.num_classes, number, *inferences)

    def _select(self, view: PoolView, number: int) -> Selection:
        if number > 0:
            budget = self.hparams.budget(len(view.labelled))
            return self.strategy.select(view, budget, rng_for(self.seed, "strategy", number))
        labels, rng = self.data.table.labels[view.unlabelled], rng_for(self.seed, "initial")
        chosen = choose_initial(self.hparams.initial_selection, labels, round(self.hparams.labeled_percent * len(labels)), rng)
        return Selection(view.unlabelled[chosen], np.zeros(len(chosen), dtype=np.float32))

    def _gives_pseudo_labels(self, number: int) -> bool:
        return number > 0 and (self.hparams.pseudo_label or self.strategy.pseudo_label)

    def _choose_pseudo_labels(self, view: PoolView, selection: Selection, number: int) -> Samples:
        if not self._gives_pseudo_labels(number):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        rest = ~np.isin(view.unlabelled, selection.ids)
        return self.pseudo_labels.choose(view.unlabelled[rest], view.probabilities[rest], number)

    def _train(self, number: int, samples: Samples, has_best: bool) -> Outcome:
        validation = self.labelling.validation
        if self.hparams.checkpoint_on != "validation":
            validation = self.parts.test, self.data.table.labels[self.parts.test]
        if number > 0:
            return self.trainer.train(number, samples, validation, has_best)
        folder = OUTPUTS / self.hparams.sub_dir / "init_ckpt"
        store = InitialModel(folder, self._fingerprint(of_initial_model=True)) if self.hparams.load_pretrained else None
        return self.trainer.start(samples, validation, train=self.hparams.pre_train, store=store)

    def _stop_reason(self, rounds: list[Record]) -> str | None:
        left, rules = len(self.labelling.pool.unlabelled), self.hparams.stop.model_dump()
        return stop_reason(rounds, max_round=self.hparams.max_round, pool_left=left, rules=rules) if rounds else None

    def _fingerprint(self, *, of_initial_model: bool = False) -> Record:
        params = self.hparams.result_params(of_initial_model=of_initial_model)
        data = {"features": self.data.fingerprint, "samples": len(self.data.table)}
        return {"params": params, "environment": self.environment, "data": data}


def backend(hparams: HParams) -> Any:
    """The package of learning engines that `hparams` name; imports no TensorFlow."""
    return importlib.import_module(f"models_{hparams.backend}")


def check_names(hparams: HParams) -> list[str]:
    """What is wrong with the names in `hparams` and with the parameters given to them."""
    problems = [text for name in hparams.names() for text in strategies.problems(name, hparams.params_of(name))]
    if (dataset := hparams.dataset or hparams.sub_dir) not in sources.names():
        problems.append(f"dataset: {sources.unknown(dataset)}")
    return problems + (backend(hparams).models.problems(hparams.model, hparams.model_params) if hparams.model else [])


def resolve(hparams: HParams) -> tuple[HParams, DataSource]:
    """`hparams` with all that null stands for filled in, and the data source that they name; checks all names."""
    dataset, threads = hparams.dataset or hparams.sub_dir, hparams.threads or len(os.sched_getaffinity(0))
    source = sources.get(dataset)(hparams.source_request())
    filled = {"dataset": dataset, "threads": threads, "model": hparams.model or source.default_model}
    hparams = hparams.model_copy(update=filled)
    if problems := check_names(hparams):
        raise ParameterError(problems)
    return hparams, source


def make_plan(hparams: HParams, table: SampleTable) -> Plan:
    """What resolved `hparams` come to on a data set, with its classes and sizes checked against them."""
    hparams.check_classes(table.class_names)
    parts = choose_parts(table, hparams.part_settings(), hparams.seeds()[0])
    return Plan(hparams.model_dump(), table, parts, sum(1 for _ in hparams.single_runs()))


def make_engine(hparams: HParams, data: DataSet) -> tuple[LearningEngine, Record]:
    """The learning engine, and what the bits of its results depend on; the first call imports TensorFlow."""
    shape, outputs = data.features.shape[1:], hparams.num_outputs(len(data.table.class_names))
    settings = hparams.training_settings()
    return backend(hparams).make_engine(hparams.model, shape, outputs, hparams.model_params, settings, hparams.threads)


def run(hparams: HParams, reporter: Reporter = QUIET) -> pd.DataFrame:
    """Runs all that `hparams` ask for, or raises a FrameworkError and continues when called again.

    Returns one row per run and round: the columns of al_stats, then strategy, variant and seed.
    """
    import pandas as pd

    from utils.compare import compare

    hparams, source = resolve(hparams)
    outputs = files.safe_join(OUTPUTS, hparams.sub_dir)
    tables = []
    with reporter:
        data = source.load(outputs / "features", reporter.progress)
        runs = list(hparams.single_runs())
        reporter.start(make_plan(hparams, data.table).text(), sum(single.max_round + 1 for single in runs))
        engine, environment = make_engine(hparams, data)
        for single in runs:
            experiment = Experiment(single, data, engine, environment)
            stats = pd.DataFrame([record["stats"] for record in experiment.run(reporter)])
            tables.append(stats.assign(strategy=experiment.strategy_name, variant=single.run_name, seed=experiment.seed))
            compare(outputs)
        reporter.say(f"comparison: {outputs / 'comparison.png'}")
    return pd.concat(tables, ignore_index=True)


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    names = {"framework_type": strategies.names(), "dataset": sources.names(), "model": models.names()}
    try:
        with stop_on_signal():
            line = CommandLine(HParams, arguments, __doc__ or "", names)
            hparams = HParams.parse(line.values, line.where, (check_names,))
            if line.dry_run:
                hparams, source = resolve(hparams)
                sys.stdout.write(make_plan(hparams, source.scan()).text() + "\n")
            else:
                run(hparams, Reporter())
    except FrameworkError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except Stopped as signal:
        sys.stderr.write("stopped; what was committed is safe: the same command continues from there\n")
        return signal.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
