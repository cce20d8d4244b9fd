"""Labels that nobody bought, and numbers that are none: neither may get into a round.

All labels of the pool that a run has not bought, and all of its test part, are scrambled in place, and the run has to choose
the same samples and reach the same weights. A loss, an output or a score that is NaN or infinite has to stop its round.
"""

from __future__ import annotations

import contextlib
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

import framework
from hparams import HParams
from strategies.base import SelectionStrategy
from tests.fakes import ENVIRONMENT, FakeEngine, FakeRegressor, blobs, points, results_of, small_params, without_pictures
from tests.torture.sweep import Sweep
from utils.backends import make_engine
from utils.batched_engine import BatchedEngine
from utils.console import Reporter
from utils.data.source import DataSet
from utils.errors import DivergenceError
from utils.journal import Record
from utils.labelling import Labelling
from utils.oracles import chosen
from utils.oracles.base import Asked, Label
from utils.oracles.simulated import SimulatedOracle

COMPOSITIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "warm, best": {"checkpoint": "best"},
    "cold, best of round": {"checkpoint": "best_of_round", "warm_start": False},
    "validation part": {"checkpoint": "best", "valid_percent": 0.2},
    "pseudo-labels": {"pseudo_label": True, "decay_threshold": 0.9},
    "selected history": {"hist_sel_mode": "certain", "sel_thresholds": [5], "hist_keep": 0.5},
    "no history": {"hist_sel_mode": "no", "hist_rule": "misclassified"},
    "candidates": {"candidate_pool": 20},
    "spread": {"initial_selection": "kmeans", "initial_space": "embedded"},
    "autolabel": {"autolabel": "stepwise"},
    "annotators": {"annotators": [{"name": "a", "error_rate": 0.3}, {"name": "b", "abstention": 0.2}],
        "annotators_per_sample": 2},
    "stop rules": {"stop": {"stable_kappa": 0.999, "max_entropy": 1e-6}},
}  # fmt: skip
"""Behaviours that are put together with a strategy."""
ROUNDS = 3


class GuardedOracle(SimulatedOracle):
    """Answers only while the loop asks, and only for what it asks for."""

    open_for: frozenset[int] = frozenset()

    def label(self, asked: Asked) -> Iterator[Label]:
        """The labels of what is asked, each of which the loop must have asked for."""
        stray = set(asked.ids.tolist()) - type(self).open_for
        if stray:
            raise AssertionError(f"nobody asked for {sorted(stray)}")
        yield from super().label(asked)


@contextlib.contextmanager
def _guarded() -> Iterator[None]:
    answers = Labelling._answers

    def guarded(self: Labelling, asked: Asked) -> Iterator[Label]:
        with mock.patch.object(GuardedOracle, "open_for", frozenset(asked.ids.tolist())):
            yield from answers(self, asked)

    with mock.patch.object(chosen, "SimulatedOracle", GuardedOracle), mock.patch.object(Labelling, "_answers", guarded):
        yield


def _experiment(params: HParams) -> tuple[framework.Experiment, DataSet]:
    data = points() if params.is_regression() else blobs()
    engine = FakeRegressor() if params.is_regression() else FakeEngine()
    return framework.Experiment(next(params.single_runs()), data, engine, ENVIRONMENT), data


def _scramble(data: DataSet, ids: NDArray[np.int64]) -> None:
    """Makes each label of the samples `ids` another one, in the array that everybody reads."""
    labels = data.table.labels
    labels[ids] = -3 * labels[ids] + 7 if labels.dtype.kind == "f" else (labels[ids] + 1) % data.table.num_classes


def _told(rounds: Sequence[Record]) -> list[Any]:
    """What a leak would change: the picks, what else was trained on, and the weights."""
    return [[record[name] for name in ("selected", "pseudo_labelled", "best_epoch") if name in record] for record in rounds]


def scrambled_runs(params: HParams, outputs: Path) -> int:
    """Scrambles what was not bought by the end of each round, and all of the test part; the number of runs compared.

    Raises:
        AssertionError: the picks, the pseudo-labels or the weights changed; or scrambling changed no result at all.
    """
    with _guarded():
        compared = 0
        for last in range(params.max_round + 1):
            cut = params.model_copy(update={"max_round": last})
            straight, _ = _experiment(cut)
            expected = straight.run(Reporter(quiet=True))
            shutil.rmtree(outputs)
            other, data = _experiment(cut)
            bought = [pick[0] for record in expected for pick in record["selected"]]
            _scramble(data, np.setdiff1d(other.parts.train, bought))
            _scramble(data, other.parts.test)
            rounds = other.run(Reporter(quiet=True))
            shutil.rmtree(outputs)
            engines = [one.learner.engine.get_weights() for one in (straight, other)]
            same = all((one == another).all() for one, another in zip(*engines, strict=True))
            assert _told(rounds) == _told(expected), f"the picks or the pseudo-labels of {cut.title()}, up to round {last}"
            assert same, f"the weights of {cut.title()} after round {last}"
            compared += 1
        return compared


def no_label_leaks(folder: Path, strategies: Sequence[str], compositions: Sequence[str], rounds: int = ROUNDS) -> Counter[str]:
    """Each of the strategies with each of the compositions, on scrambled labels.

    Raises:
        AssertionError: a label leaked.
    """
    done = Counter[str]()
    with without_pictures(folder / "outputs"):
        for strategy in strategies:
            for composition in compositions:
                changes = {"framework_type": strategy, "max_round": rounds} | COMPOSITIONS[composition]
                if strategy == "hist_select" and composition == "no history":
                    continue
                params = small_params(**changes)
                done["runs"] += scrambled_runs(params, folder / "outputs")
                done["pairs"] += 1
    return done


def _every_strategy(seed: int, folder: Path) -> str:
    done = no_label_leaks(folder, _of_classes(), list(COMPOSITIONS))
    return (
        f"{len(_of_classes())} strategies, {len(COMPOSITIONS)} compositions, {done['pairs']} pairs: {done['runs']:,} runs on "
        "scrambled labels of the test part and of what was not bought: picks, pseudo-labels and weights unchanged"
    )


def _of_classes() -> list[str]:
    """The strategies that choose for a classifier."""
    return [
        name for name in framework.strategies.names() if not framework.RESOLUTION.unfit([name], {"multiclass"}, validated=True)
    ]


NAN_PLACES = ("training loss", "validation loss", "output for the pool", "output for the test part", "score")


def _spoilt(place: str, data: DataSet, rounds: Sequence[Record], value: float) -> contextlib.AbstractContextManager[Any]:
    """A context in which `value` gets into round 2 at this place; `rounds` are those of the straight run."""
    picks, due = [[pick[0] for pick in record["selected"]] for record in rounds], 2
    fit, infer, validated, pick = BatchedEngine.fit, BatchedEngine._inferred, BatchedEngine._validated, SelectionStrategy.pick
    fitted = [0]

    def training(engine: Any, x: Any, y: Any, *, sample_weight: Any, **others: Any) -> Any:
        fitted[0] += 1
        bad = np.isin(x.ids, picks[due]) & (place == "training loss")
        return fit(engine, x, y, sample_weight=np.where(bad, value, sample_weight).astype(np.float32), **others)

    def inferring(engine: Any, x: Any, needs: Any, seed: int) -> Any:
        found = infer(engine, x, needs, seed)
        of_test = len(x) == 12
        wanted = {
            "output for the pool": fitted[0] == due and not of_test,
            "output for the test part": fitted[0] > due and of_test,
        }
        for kind in found if wanted.get(place) else ():
            found[kind] = np.full_like(found[kind], value)
        return found

    def validating(engine: Any, x: Any, y: Any, ids: Any) -> Any:
        if place == "validation loss" and fitted[0] > due:
            with mock.patch.object(engine, "_inferred", lambda rows, needs, seed: {
                kind: np.full_like(found, value) for kind, found in infer(engine, rows, needs, seed).items()
            }):  # fmt: skip
                return validated(engine, x, y, ids)
        return validated(engine, x, y, ids)

    def choosing(strategy: Any, view: Any, n: int, rng: Any) -> Any:
        rows, scores = pick(strategy, view, n, rng)
        return rows, np.full_like(scores, value) if place == "score" and fitted[0] == due else scores

    stack = contextlib.ExitStack()
    for owner, name, instead in (
        (BatchedEngine, "fit", training), (BatchedEngine, "_inferred", inferring), (BatchedEngine, "_validated", validating),
        (SelectionStrategy, "pick", choosing),
    ):  # fmt: skip
        stack.enter_context(mock.patch.object(owner, name, instead))
    return stack


def stops_where_it_diverges(folder: Path, backend: str, place: str, value: float) -> str:
    """Lets `value` in at that place of round 2 and goes on without it; what the error said.

    Raises:
        AssertionError: the run did not stop, did not name round and sample, or lost something.
    """
    changes: dict[str, Any] = {"backend": backend, "model": "softmax", "max_round": 3, "num_epochs": 1}
    params = small_params(**changes, checkpoint="best_of_round", valid_percent=0.1)

    def experiment() -> tuple[framework.Experiment, DataSet]:
        data = blobs()
        engine, environment = make_engine(params, data)
        return framework.Experiment(next(params.single_runs()), data, engine, environment), data

    with without_pictures(folder / "outputs"):
        whole, data = experiment()
        rounds = whole.run(Reporter(quiet=True))
        expected = results_of(folder / "outputs")
        shutil.rmtree(folder / "outputs")
        try:
            with _spoilt(place, data, rounds, value):
                experiment()[0].run(Reporter(quiet=True))
        except DivergenceError as error:
            said = str(error)
        else:
            raise AssertionError(f"{backend}, {place}: {value} went unnoticed")
        where = (
            "batch 1 (samples" if place == "training loss" else "score of sample" if place == "score" else "output for sample"
        )
        number = int(said.partition("round ")[2].partition(":")[0])
        assert number == 2 or (number == 1 and place == "output for the pool"), said
        assert where in said, said
        assert said.endswith("the rounds before it are kept"), said
        kept = (folder / "outputs/fake/stats/margin/al_stats_1.csv").read_text(encoding="utf-8").splitlines()
        assert len(kept) == 1 + number, kept
        experiment()[0].run(Reporter(quiet=True))
        assert results_of(folder / "outputs") == expected, f"{backend}, {place}: another result after it"
    return said


def _five_places(seed: int, folder: Path) -> str:
    done = 0
    for backend in ("keras", "tf"):
        for place in NAN_PLACES:
            for value in (np.nan, np.inf):
                inner = folder / f"{done}"
                inner.mkdir()
                stops_where_it_diverges(inner, backend, place, value)
                done += 1
    return f"{done} injections ({len(NAN_PLACES)} places, NaN and infinity, both backends): each stopped its round, named, kept"


SWEEPS = (Sweep("leaks", "G19", _every_strategy), Sweep("not_a_number", "G18", _five_places))
