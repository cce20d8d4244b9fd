"""Regression from the first label to the last: resumed, killed anywhere, and blind to targets that were not bought."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import framework
from strategies.base import REGRESSION
from tests.fakes import ENVIRONMENT, FakeRegressor, blobs, points, regression_params, results_of, run_fake, small_params
from utils.console import Reporter
from utils.errors import DataError, ParameterError
from utils.evaluation import Evaluation
from utils.learning_engine import Need
from utils.oracles import chosen
from utils.oracles.simulated import SimulatedOracle
from utils.results import REGRESSION_COLUMNS
from utils.rows import Rows

STRATEGIES = [name for name in framework.strategies.names() if framework.strategies.get(name).tasks & REGRESSION]
COMPOSITIONS: list[dict[str, Any]] = [
    {"warm_start": True},
    {"warm_start": False, "checkpoint": "best_of_round"},
    {"checkpoint": "best", "hist_sel_mode": "no", "candidate_pool": 12},
]


def picks_of(rounds: list[dict[str, Any]]) -> list[list[int]]:
    return [[pick[0] for pick in record["selected"]] for record in rounds]


def test_the_engines_for_regression_are_those_meant() -> None:
    assert STRATEGIES == ["gsx", "gsy", "igs", "mc_variance", "qbc_variance", "random"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_run_says_what_regression_says(strategy: str, outputs: Path) -> None:
    engine = FakeRegressor()
    rounds = run_fake(regression_params(framework_type=strategy, valid_percent=0.2), engine=engine)
    folder = outputs / "fake" / "stats" / strategy
    stats = pd.read_csv(folder / "al_stats_1.csv")
    assert tuple(stats.columns) == REGRESSION_COLUMNS
    assert stats["num_total_labeled"].tolist() == [7, 12, 17, 22, 27]
    selected = pd.read_csv(folder / "run_1" / "selections.csv")
    targets = points().table.labels
    np.testing.assert_array_equal(selected["label"].astype(np.float32), targets[selected["id"]])
    test = framework.Experiment(
        next(regression_params(framework_type=strategy, valid_percent=0.2).single_runs()), points(), engine, ENVIRONMENT
    ).parts.test
    errors = engine._predictions(Rows(points().features, test))[:, 0].astype(float) - targets[test]
    last = rounds[-1]["stats"]
    assert last["eval_mae"] == pytest.approx(np.abs(errors).mean())
    assert last["eval_mse"] == pytest.approx((errors**2).mean())
    assert last["eval_r2"] == pytest.approx(1 - (errors**2).sum() / ((targets[test] - targets[test].mean()) ** 2).sum())
    assert not (folder / "run_1" / "classes.csv").exists()
    assert (folder / "run_1" / "plots" / "predictions.png").exists()
    assert not (folder / "run_1" / "plots" / "confusion_matrix.png").exists()


def test_the_scale_of_the_first_training_is_kept(outputs: Path) -> None:
    scales = list[tuple[float, ...]]()

    class Notes(FakeRegressor):
        def fit(self, x: Rows, y: NDArray[np.float32], **options: Any) -> Any:
            report = super().fit(x, y, **options)
            scales.append(tuple(self.weights[-2:].tolist()))
            first.append(y) if not first else None
            return report

    first = list[NDArray[np.float32]]()
    run_fake(regression_params(), engine=Notes())
    assert scales == [(float(first[0].mean()), float(first[0].std()))] * 5


@pytest.mark.parametrize("composition", COMPOSITIONS, ids=["warm", "cold", "composed"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_any_round_is_as_good_to_stop_after_as_another(strategy: str, composition: dict[str, Any], outputs: Path) -> None:
    straight = run_fake(regression_params(framework_type=strategy, max_round=3, **composition))
    results = results_of(outputs)
    for stop in (0, 2):
        shutil.rmtree(outputs)
        run_fake(regression_params(framework_type=strategy, max_round=stop, **composition))
        continued = run_fake(regression_params(framework_type=strategy, max_round=3, **composition))
        assert [record["weights_sha256"] for record in continued] == [record["weights_sha256"] for record in straight]
        assert results_of(outputs) == results


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_scrambled_test_targets_change_no_pick_and_no_weight(strategy: str, outputs: Path) -> None:
    params, data, engine = regression_params(framework_type=strategy, checkpoint="best"), points(), FakeRegressor()
    rounds = run_fake(params, data, engine)
    outputs.rename(outputs.with_name("straight"))
    other = framework.Experiment(next(params.single_runs()), data, FakeRegressor(), ENVIRONMENT)
    test = other.parts.test
    wrong = data.table.labels[test][::-1] * 3
    other.learner.evaluation = Evaluation(other.learner.engine, Rows(data.features, test), wrong, None)
    changed = other.run(Reporter(quiet=True))
    assert [record["selected"] for record in changed] == [record["selected"] for record in rounds]
    assert [record["stats"]["eval_mae"] for record in changed] != [record["stats"]["eval_mae"] for record in rounds]
    assert (other.learner.engine.get_weights()[0] == engine.get_weights()[0]).all()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_targets_that_were_not_bought_change_no_pick(strategy: str, outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    params = regression_params(framework_type=strategy, max_round=2, checkpoint="best")
    rounds = run_fake(params)
    bought = np.array(list(itertools.chain.from_iterable(picks_of(rounds))))

    class Scrambles(SimulatedOracle):
        def __init__(self, labels: NDArray[np.float32], *arguments: Any) -> None:
            wrong = labels[::-1] * 5
            wrong[bought] = labels[bought]
            super().__init__(wrong, *arguments)

    monkeypatch.setattr(chosen, "SimulatedOracle", Scrambles)
    outputs.rename(outputs.with_name("straight"))
    assert [record["selected"] for record in run_fake(params)] == [record["selected"] for record in rounds]


def test_a_better_round_has_a_smaller_error_and_is_kept(outputs: Path) -> None:
    rounds = run_fake(regression_params(checkpoint="best", valid_percent=0.2, max_round=8))
    losses = [record["stats"]["valid_loss"] for record in rounds]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]
    assert all(record["has_best"] for record in rounds)


def test_what_is_held_out_is_a_tenth_whose_targets_were_bought(outputs: Path) -> None:
    params = regression_params(checkpoint="best")
    experiment = framework.Experiment(next(params.single_runs()), points(), FakeRegressor(), ENVIRONMENT)
    rounds = experiment.run(framework.QUIET)
    held = experiment.labelling.held_out
    assert len(held) == 3
    assert set(held.tolist()) < set(itertools.chain.from_iterable(picks_of(rounds)))
    assert experiment.labelling.validation
    np.testing.assert_array_equal(experiment.labelling.validation[1], points().table.labels[held])


def test_a_stratified_start_is_spread_over_the_targets(outputs: Path) -> None:
    """Of 48 targets in tenths of four or five each, twelve are labelled: one or two of each, whatever the seed."""
    for seed in range(1, 9):
        params = regression_params(initial_selection="stratified", labeled_percent=0.25, random_seed=seed, max_round=0)
        [first] = picks_of(run_fake(params))
        train = framework.choose_parts(points().table, params.part_settings(), seed).train
        tenths = pd.Series(pd.qcut(points().table.labels[train], 10, labels=False), index=train)
        assert set(tenths[first].value_counts().reindex(range(10), fill_value=0)) == {1, 2}


@pytest.mark.parametrize(
    ("params", "data", "words"),
    [
        (
            {"framework_type": "margin"},
            points(),
            "framework_type: 'margin' is for binary or multiclass tasks, and this one is regression; fit for it: gsx, gsy, igs",
        ),
        ({"framework_type": ["random", "hist_select"]}, points(), "'hist_select' is for binary or multiclass tasks"),
    ],
)
def test_an_engine_for_classes_is_refused_before_anything_is_made(
    params: dict[str, Any], data: Any, words: str, outputs: Path
) -> None:
    with pytest.raises(ParameterError, match=words):
        framework.run(regression_params(**params))
    assert not outputs.exists()


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name != "random"])
def test_an_engine_for_regression_is_refused_for_classes(strategy: str, outputs: Path) -> None:
    words = rf"framework_type: '{strategy}' is for regression tasks, and this one is binary or multiclass; fit for it: "
    with pytest.raises(ParameterError, match=words):
        framework.run(small_params(framework_type=strategy))
    assert not outputs.exists()


def test_classes_are_no_targets_and_targets_no_classes() -> None:
    with pytest.raises(
        DataError, match="task: received regression, but the data set has classes, not numbers to predict: a, b, c"
    ):
        framework.make_plan(regression_params(), blobs().table)
    with pytest.raises(DataError, match="set task to regression"):
        framework.make_plan(small_params(), points().table)


def test_a_model_of_the_other_task_is_refused_naming_it() -> None:
    params = next(small_params(framework_type="margin").single_runs())
    with pytest.raises(
        ParameterError, match="'margin': it asks for probabilities of classes, and model 'cnn' predicts targets"
    ):
        framework.Experiment(params, points(), FakeRegressor(), ENVIRONMENT)

    class Classifies(FakeRegressor):
        provides = FakeRegressor.provides - {Need.PREDICTIONS}

    with pytest.raises(ParameterError, match="'igs': it asks for predicted targets, and model 'cnn' predicts classes"):
        framework.Experiment(next(regression_params().single_runs()), points(), Classifies(), ENVIRONMENT)


def test_the_parts_are_blind_to_the_targets_of_the_sets_own_test_part() -> None:
    own = np.arange(60) % 5 == 0
    table = dataclasses.replace(points().table, test=own)
    wrong = dataclasses.replace(table, labels=np.where(own, table.labels * 10, table.labels))
    params = regression_params(test_percent=None, valid_percent=0.3, mode="cross_validate", fold=2)
    first, second = (framework.choose_parts(each, params.part_settings(), 1) for each in (table, wrong))
    np.testing.assert_array_equal(first.train, second.train)
    np.testing.assert_array_equal(first.validation, second.validation)
