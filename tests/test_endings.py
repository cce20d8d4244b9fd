"""G17, G18, G19: how runs end, what a diverged model does, and that no label leaks to a strategy."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import framework
from tests.fakes import ENVIRONMENT, FakeEngine, blobs, results_of, run_fake, small_params
from utils.console import Reporter
from utils.errors import DiskError, DivergenceError
from utils.evaluation import Evaluation
from utils.executors.base import Job
from utils.inference import Inference
from utils.learning_engine import Need
from utils.oracles import chosen
from utils.oracles.base import Asked, Label, Oracle
from utils.oracles.simulated import SimulatedOracle
from utils.rows import Rows

RUN = Path("fake/stats/margin/run_1")


def last_reason(outputs: Path) -> str:
    line = (outputs / RUN / "rounds.log").read_text(encoding="utf-8").splitlines()[-1]
    return str(json.loads(line.partition(" ")[2])["reason"])


@pytest.mark.parametrize(
    ("changes", "labels", "reason"),
    [
        ({"max_round": 2}, [10, 15, 20], "max_round: 2 rounds done"),
        ({"max_round": 0}, [10], "max_round: 0 rounds done"),
        ({"num_select_per_round": 1000}, [10, 48], "pool empty: all 48 samples are labelled"),
        ({"num_select_per_round": 38}, [10, 48], "pool empty: all 48 samples are labelled"),
        ({"labeled_percent": 1.0}, [48], "pool empty: all 48 samples are labelled"),
        ({"stop": {"label_budget": 13}}, [10, 13], "label_budget: reached 13 of 13"),
        ({"stop": {"target_accuracy": 0.01}, "valid_percent": 0.2}, [7], "target_accuracy: reached"),
        ({"stop": {"wall_time": 1e-9}}, [10], "wall_time: reached"),
        ({"stop": {"stable_kappa": 0.01}}, [10, 15, 20, 25], "stable_kappa: reached 0."),
        ({"stop": {"max_entropy": 1.0986122886}}, [10], "max_entropy: down to 0."),
    ],
)
def test_a_run_ends_as_documented(changes: dict[str, object], labels: list[int], reason: str, outputs: Path) -> None:
    rounds = run_fake(small_params(**changes))
    assert [record["stats"]["num_total_labeled"] for record in rounds] == labels
    assert last_reason(outputs).startswith(reason)


def test_a_plateau_ends_a_run(outputs: Path) -> None:
    class Constant(FakeEngine):
        def _probabilities(self, x: Rows) -> NDArray[np.float32]:
            return np.tile(np.float32([0.5, 0.3, 0.2]), (len(x), 1))

    params = small_params(stop={"plateau_rounds": 2}, valid_percent=0.2, checkpoint="best_of_round", max_round=10)
    rounds = run_fake(params, engine=Constant())
    assert len(rounds) == 3
    assert last_reason(outputs) == "plateau_rounds: reached 2 of 2"


class Abstains(Oracle):
    def __init__(self, *arguments: object) -> None:
        pass

    def label(self, asked: Asked) -> Iterator[Label]:
        for sample in asked.ids:
            yield Label(int(sample), 0 if sample % 2 else None, "somebody")


def test_samples_without_an_answer_are_rejected_and_not_asked_again(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen, "SimulatedOracle", Abstains)
    rounds = run_fake(small_params(max_round=20))
    asked = [pick[0] for record in rounds for pick in record["selected"]]
    assert len(asked) == len(set(asked)) == 48
    assert rounds[-1]["stats"]["num_total_labeled"] == sum(sample % 2 for sample in asked)
    assert last_reason(outputs).startswith("pool empty")


class AllTheSame(Abstains):
    """One class for every sample."""

    answer: int | None = 1

    def label(self, asked: Asked) -> Iterator[Label]:
        yield from (Label(int(sample), self.answer, "somebody") for sample in asked.ids)


class NeverAnswers(AllTheSame):
    answer = None


@pytest.mark.parametrize("strategy", framework.strategies.names())
def test_a_pool_of_one_class_is_labelled_to_its_end(strategy: str, outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen, "SimulatedOracle", AllTheSame)
    rounds = run_fake(small_params(framework_type=strategy, max_round=20, num_select_per_round=15))
    assert rounds[-1]["stats"]["num_total_labeled"] == 48
    (log,) = outputs.rglob("rounds.log")
    last = json.loads(log.read_text(encoding="utf-8").splitlines()[-1].partition(" ")[2])
    assert last == {"type": "end", "reason": "pool empty: all 48 samples are labelled"}


def test_a_pool_of_which_nobody_knows_a_label_ends_too(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen, "SimulatedOracle", NeverAnswers)
    rounds = run_fake(small_params(max_round=20))
    assert [record["stats"]["num_total_labeled"] for record in rounds][-1] == 0
    assert len({pick[0] for record in rounds for pick in record["selected"]}) == 48
    assert last_reason(outputs).startswith("pool empty")


def test_a_diverged_model_stops_the_round_and_keeps_the_last(outputs: Path) -> None:
    class Diverges(FakeEngine):
        def fit(self, *arguments: object, **keywords: object) -> object:  # type: ignore[override]
            if keywords["seed"] and len(arguments[0]) > 20:  # type: ignore[arg-type]
                raise DivergenceError("the training loss became nan in epoch 1, batch 1")
            return super().fit(*arguments, **keywords)  # type: ignore[arg-type]

    expected = results_of_straight_run(outputs)
    with pytest.raises(DivergenceError, match="epoch 1, batch 1"):
        run_fake(small_params(), engine=Diverges())
    assert len((outputs / RUN.parent / "al_stats_1.csv").read_text(encoding="utf-8").splitlines()) == 4
    run_fake(small_params())
    assert results_of(outputs) == expected


def results_of_straight_run(outputs: Path) -> dict[str, bytes]:
    run_fake(small_params())
    results = results_of(outputs)
    outputs.rename(outputs.with_name("straight"))
    return results


def scrambled(labels: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    changed = labels.copy()
    changed[ids] = (changed[ids] + 1) % 3
    return changed


@pytest.mark.parametrize("strategy", framework.strategies.names())
def test_scrambled_test_labels_change_no_pick_and_no_weight(strategy: str, outputs: Path) -> None:
    params, data, engine = small_params(framework_type=strategy, checkpoint="best"), blobs(), FakeEngine()
    rounds = run_fake(params, data, engine)
    outputs.rename(outputs.with_name("straight"))
    other = framework.Experiment(next(params.single_runs()), data, FakeEngine(), ENVIRONMENT)
    test, wrong = other.parts.test, scrambled(data.table.labels, other.parts.test)
    other.learner.evaluation = Evaluation(other.learner.engine, Rows(data.features, test), wrong[test], None)
    changed = other.run(Reporter(quiet=True))
    assert [record["selected"] for record in changed] == [record["selected"] for record in rounds]
    assert [record["stats"]["eval_acc"] for record in changed] != [record["stats"]["eval_acc"] for record in rounds]
    assert (other.learner.engine.get_weights()[0] == engine.get_weights()[0]).all()


@pytest.mark.parametrize("strategy", framework.strategies.names())
def test_labels_that_were_not_bought_change_no_pick(strategy: str, outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    params = small_params(framework_type=strategy, max_round=1)
    rounds = run_fake(params)
    bought = np.array([pick[0] for record in rounds for pick in record["selected"]])

    class Scrambles(SimulatedOracle):
        def __init__(self, labels: NDArray[np.int64], *arguments: object) -> None:
            others = np.setdiff1d(np.arange(len(labels)), bought)
            super().__init__(scrambled(labels, others), *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(chosen, "SimulatedOracle", Scrambles)
    outputs.rename(outputs.with_name("straight"))
    assert [record["selected"] for record in run_fake(params)] == [record["selected"] for record in rounds]


def test_the_oracle_is_asked_for_the_picks_alone(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids: list[int] = []

    class Listens(SimulatedOracle):
        def label(self, asked: Asked) -> Iterator[Label]:
            ids.extend(asked.ids.tolist())
            yield from super().label(asked)

    monkeypatch.setattr(chosen, "SimulatedOracle", Listens)
    rounds = run_fake(small_params())
    assert ids == [pick[0] for record in rounds for pick in record["selected"]]


def test_only_what_was_asked_for_is_inferred(outputs: Path) -> None:
    class Counts(FakeEngine):
        def __init__(self) -> None:
            super().__init__()
            self.passes: list[tuple[int, frozenset[Need]]] = []

        def infer(self, x: Rows, needs: frozenset[Need], seed: int = 0) -> Inference:
            self.passes.append((len(x), needs))
            return super().infer(x, needs, seed)

    engine = Counts()
    run_fake(small_params(framework_type="random", max_round=2), engine=engine)
    on_test, on_the_stop_set, artefacts = 12, 48, [28, 20, 12]
    assert [count for count, _ in engine.passes] == 3 * [on_test, on_the_stop_set] + artefacts


def test_a_run_that_may_not_read_something_ends_with_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "rounds.log")

    monkeypatch.setattr(framework.Workshop, "experiment", denied)
    job = Job(small_params(), small_params())
    with pytest.raises(DiskError, match=r"rounds\.log: Permission denied; see to it"):
        framework.Workshop()(job, Reporter(quiet=True))
