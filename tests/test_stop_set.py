"""The stop set looks at no label, and stop rules tried on a run that is over end it where a run with that rule ends."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import framework
from tests.fakes import (
    ENVIRONMENT,
    FakeEngine,
    blobs,
    points,
    regression_params,
    results_of,
    run_fake,
    small_params,
)
from utils.console import Reporter
from utils.data.source import DataSet
from utils.evaluation import Evaluation
from utils.oracles import chosen
from utils.oracles.simulated import SimulatedOracle
from utils.rows import Rows
from utils.saved_run import read_run
from utils.stop_replay import replay
from utils.stop_rules import StopRules

STATS = Path("fake/stats")
STOP_COLUMNS = ("stop_kappa", "stop_entropy")


def measured(rounds: list[dict[str, Any]]) -> list[tuple[float | None, ...]]:
    return [tuple(record["stats"][column] for column in STOP_COLUMNS) for record in rounds]


def scrambled(labels: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    changed = labels.copy()
    changed[ids] = (changed[ids] + 1) % 3
    return changed


@pytest.mark.parametrize("checkpoint", ["last", "best"])
def test_scrambled_test_labels_change_nothing_on_the_stop_set(checkpoint: str, outputs: Path) -> None:
    params, data = small_params(checkpoint=checkpoint), blobs()
    rounds = run_fake(params, data)
    outputs.rename(outputs.with_name("straight"))
    other = framework.Experiment(next(params.single_runs()), data, FakeEngine(), ENVIRONMENT)
    test = other.parts.test
    wrong = scrambled(data.table.labels, test)[test]
    other.learner.evaluation = Evaluation(other.learner.engine, Rows(data.features, test), wrong, None)
    changed = other.run(Reporter(quiet=True))
    assert measured(changed) == measured(rounds)
    assert [record["stats"]["eval_acc"] for record in changed] != [record["stats"]["eval_acc"] for record in rounds]


def test_labels_that_were_not_bought_change_nothing_on_the_stop_set(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    params = small_params(max_round=2)
    rounds = run_fake(params)
    bought = np.array([pick[0] for record in rounds for pick in record["selected"]])
    assert len(bought) < 48  # of the stop set, which is the whole training part here, some remain unlabelled

    class Scrambles(SimulatedOracle):
        def __init__(self, labels: NDArray[np.int64], *arguments: object) -> None:
            others = np.setdiff1d(np.arange(len(labels)), bought)
            super().__init__(scrambled(labels, others), *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(chosen, "SimulatedOracle", Scrambles)
    outputs.rename(outputs.with_name("straight"))
    assert measured(run_fake(params)) == measured(rounds)


def test_neither_test_nor_validation_part_is_in_the_stop_set(outputs: Path) -> None:
    experiment = framework.Experiment(next(small_params(valid_percent=0.2).single_runs()), blobs(), FakeEngine(), ENVIRONMENT)
    assert experiment.learner.stability.stop_set.tolist() == sorted(experiment.parts.train.tolist())
    held_back = np.concatenate([experiment.parts.test, experiment.parts.validation])
    assert len(held_back) == 24
    assert not np.isin(experiment.learner.stability.stop_set, held_back).any()


@pytest.mark.parametrize("stop", range(3))
def test_a_resumed_run_measures_the_same_and_the_journal_says_what_it_compared(stop: int, outputs: Path) -> None:
    straight = run_fake(small_params())
    results = results_of(outputs)
    outputs.rename(outputs.with_name("straight"))
    run_fake(small_params(max_round=stop))
    assert measured(run_fake(small_params())) == measured(straight)
    assert results_of(outputs) == results
    path = outputs / STATS / "margin/run_1/rounds.log"
    records = [json.loads(line.partition(" ")[2]) for line in path.read_text(encoding="utf-8").splitlines()]
    kept = [record["stability"] for record in records if record["type"] == "round"]
    assert [len(stability["predicted"]) for stability in kept] == [48] * 5
    assert [stability["entropy"] for stability in kept] == [entropy for _, entropy in measured(straight)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hist_sel_mode": "all"}, [0, 10, 15, 20, 25]),
        ({"hist_sel_mode": "no"}, [0, 0, 0, 0, 0]),
        ({"hist_sel_mode": "all", "checkpoint": "best"}, [0, 9, 13, 18, 23]),  # of 10, 15, 20, 25 a tenth is held out
    ],
)
def test_history_is_counted(changes: dict[str, Any], expected: list[int], outputs: Path) -> None:
    assert [record["stats"]["num_history"] for record in run_fake(small_params(**changes))] == expected


def test_a_part_of_history_is_counted_as_such(outputs: Path) -> None:
    some = run_fake(small_params(hist_sel_mode="certain", sel_thresholds=[15]))
    counts = [record["stats"]["num_history"] for record in some]
    assert counts[:3] == [0, 10, 15]  # up to the threshold all
    assert all(0 < count < labels for count, labels in zip(counts[3:], [20, 25], strict=True))


def test_in_regression_there_is_history_but_no_stop_set(outputs: Path) -> None:
    rounds = run_fake(regression_params())
    assert not any("stability" in record or "stop_kappa" in record["stats"] for record in rounds)
    with (outputs / STATS / "igs/al_stats_1.csv").open(encoding="utf-8") as file:
        assert [row["num_history"] for row in csv.DictReader(file)] == ["0", "10", "15", "20", "25"]


def turning() -> DataSet:
    """Blobs with wrong labels here and there, on which the fake engine neither learns all nor settles at once."""
    data = blobs()
    labels = data.table.labels.copy()
    labels[::7] = (labels[::7] + 1) % 3
    table = type(data.table)(labels, data.table.class_names, data.table.names)
    return DataSet(table, "fingerprint of turning", "table", (), data.features)


RULES = [
    *({"plateau_rounds": rounds} for rounds in (1, 2, 3, 5, 9)),
    *({"stable_kappa": kappa} for kappa in (0.01, 0.6, 0.9, 0.99, 1.0)),
    *({"max_entropy": share * math.log(3)} for share in (0.9, 0.6, 0.5, 0.45, 0.4, 0.01)),
    *({"target_accuracy": accuracy} for accuracy in (0.1, 0.6, 0.75, 0.9, 1.0)),
    *({"label_budget": labels} for labels in (11, 23, 35, 500)),
    {"plateau_rounds": 4, "max_entropy": 0.5, "target_accuracy": 0.8},
]  # fmt: skip


@pytest.mark.parametrize("checkpoint", ["last", "best"])
def test_a_rule_ends_a_saved_run_where_it_ends_a_real_one(checkpoint: str, outputs: Path) -> None:
    common = {"valid_percent": 0.2, "max_round": 12, "num_select_per_round": 2, "checkpoint": checkpoint}
    whole = run_fake(small_params(**common), turning())
    saved = read_run(outputs / STATS / "margin/al_stats_1.csv", outputs / STATS)
    stops = set()
    for number, (values, replayed) in enumerate(zip(RULES, replay([[saved]], [StopRules(**r) for r in RULES]), strict=True)):
        assert (replayed.curve, json.loads(replayed.rule), replayed.seeds) == ("margin", values, (1,))
        real = run_fake(small_params(**common, stop=values, run_name=f"rule {number}"), turning())
        assert replayed.reason_missing == ""
        assert replayed.rounds == (None if len(real) == len(whole) else len(real) - 1,), values
        assert replayed.labels == (real[-1]["stats"]["num_total_labeled"],)
        assert replayed.results == (real[-1]["stats"]["eval_acc"],)
        assert replayed.labels_at_end == (whole[-1]["stats"]["num_total_labeled"],)
        assert replayed.results_at_end == (whole[-1]["stats"]["eval_acc"],)
        stops |= {(next(iter(values)), len(real))}
    assert len({name for name, end in stops if end < len(whole)}) == 5  # every rule that can be replayed ended some run
    assert len({end for _, end in stops}) > 6


def test_in_regression_too(outputs: Path) -> None:
    common = {"valid_percent": 0.2, "max_round": 12, "num_select_per_round": 2}
    whole = run_fake(regression_params(**common), points())
    saved = read_run(outputs / STATS / "igs/al_stats_1.csv", outputs / STATS)
    for rounds in (1, 2, 3):
        [replayed] = replay([[saved]], [StopRules(plateau_rounds=rounds)])
        real = run_fake(regression_params(**common, stop={"plateau_rounds": rounds}, run_name=f"rule {rounds}"), points())
        assert replayed.rounds == (None if len(real) == len(whole) else len(real) - 1,)
        assert replayed.results == (real[-1]["stats"]["eval_mae"],)
