"""Data whose features follow from the samples labelled at the start: from them alone, whatever follows, after every restart."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import framework
from hparams import HParams
from tests.fakes import ENVIRONMENT, FakeData, FakeEngine, blobs, measured, points, regression_params, results_of, run_fake
from tests.fakes import small_params as params_of
from utils.console import Reporter
from utils.learning_engine import FitReport, LearningEngine
from utils.rows import Rows

STARTS: list[dict[str, Any]] = [
    {"initial_selection": rule, "initial_space": space}
    for rule, space in (
        ("random", "raw"), ("stratified", "raw"), ("kmeans", "raw"), ("kmeans", "embedded"), ("typiclust", "raw"),
    )
]  # fmt: skip


def small_params(**changes: Any) -> HParams:
    return params_of(max_round=2, **changes)


def experiment_of(params: HParams, data: FakeData, engine: LearningEngine | None = None) -> framework.Experiment:
    return framework.Experiment(next(params.single_runs()), data, engine or FakeEngine(), ENVIRONMENT)


def first_of(rounds: list[dict[str, Any]]) -> list[int]:
    return [pick[0] for pick in rounds[0]["selected"]]


class Notes(FakeEngine):
    """Notes what it was trained on."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []

    def fit(self, x: Rows, y: NDArray[np.int64], **options: Any) -> FitReport:
        self.seen.append((x.ids, x.take()))
        return super().fit(x, y, **options)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: "-".join(start.values()))
def test_it_is_prepared_by_the_training_part_and_then_by_the_first_labels(start: dict[str, Any], outputs: Path) -> None:
    data, engine = measured(blobs()), Notes()
    experiment = experiment_of(small_params(**start), data, engine)
    rounds = experiment.run(Reporter(quiet=True))
    first = first_of(rounds)
    assert [sorted(ids) for ids in data.asked] == [experiment.parts.train.tolist(), sorted(first)]
    mean, deviation = data.numbers[first].mean(axis=0), data.numbers[first].std(axis=0)
    assert len(engine.seen) == 3
    for ids, values in engine.seen:
        np.testing.assert_allclose(values, (data.numbers[ids] - mean) / deviation, rtol=1e-4, atol=1e-5)
    assert (outputs / "fake/stats/margin/run_1/means.txt").read_text() == f"{mean.tolist()}\n"


def test_embeddings_for_the_first_choice_are_those_of_the_whole_training_part(outputs: Path) -> None:
    """K-means in an embedding that is the features themselves picks what k-means in the features picks."""
    raw, embedded = (
        experiment_of(small_params(initial_selection="kmeans", initial_space=space), measured(blobs())).first
        for space in ("raw", "embedded")
    )
    assert raw
    assert embedded
    assert raw[1].ids.tolist() == embedded[1].ids.tolist()


@pytest.mark.parametrize("start", STARTS, ids=lambda start: "-".join(start.values()))
def test_stopped_anywhere_it_ends_with_the_same_bytes(start: dict[str, Any], outputs: Path) -> None:
    params = small_params(checkpoint="best", **start)
    straight = run_fake(params, measured(blobs()))
    results = results_of(outputs)
    for stop in (0, 1):
        shutil.rmtree(outputs)
        run_fake(params.model_copy(update={"max_round": stop}), measured(blobs()))
        again = measured(blobs())
        continued = run_fake(params, again)
        assert [record["weights_sha256"] for record in continued] == [record["weights_sha256"] for record in straight]
        assert results_of(outputs) == results
        assert sorted(again.asked[-1]) == sorted(first_of(straight))


@pytest.mark.parametrize("start", STARTS, ids=lambda start: "-".join(start.values()))
def test_strategies_of_one_seed_start_with_the_same_samples_and_features(start: dict[str, Any], outputs: Path) -> None:
    found = [
        experiment_of(small_params(framework_type=name, **start), measured(blobs())) for name in ("random", "margin", "badge")
    ]
    ids = [experiment.first[1].ids.tolist() for experiment in found if experiment.first]
    assert ids == [ids[0]] * 3
    everything = np.arange(60)
    for experiment in found[1:]:
        np.testing.assert_array_equal(experiment.learner.data.features[everything], found[0].learner.data.features[everything])
    other = experiment_of(small_params(random_seed=2, **start), measured(blobs()))
    assert other.first
    assert other.first[1].ids.tolist() != ids[0]


def test_strategies_of_one_seed_share_the_stored_initial_model(outputs: Path) -> None:
    made = [run_fake(small_params(framework_type=name), measured(blobs())) for name in ("random", "margin")]
    assert made[0][0]["weights_sha256"] == made[1][0]["weights_sha256"]
    assert len(list(outputs.glob("fake/init_ckpt/*"))) == 1


@pytest.mark.parametrize("start", STARTS, ids=lambda start: "-".join(start.values()))
@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_other_values_in_the_test_part_change_no_pick_and_no_weight(task: str, start: dict[str, Any], outputs: Path) -> None:
    make = {"multiclass": params_of, "regression": regression_params}[task]
    params, data = make(max_round=2, checkpoint="best", **start), measured(points() if task == "regression" else blobs())
    rounds = run_fake(params, data)
    test = framework.choose_parts(data.table, params.part_settings(), 1).test
    numbers = data.numbers.copy()
    numbers[test] = numbers[test] * -100 + 1e5
    outputs.rename(outputs.with_name("straight"))
    changed = run_fake(params, FakeData(data.table, numbers))
    assert [record["selected"] for record in changed] == [record["selected"] for record in rounds]
    assert [record["weights_sha256"] for record in changed] == [record["weights_sha256"] for record in rounds]
    assert changed[-1]["stats"] != rounds[-1]["stats"]


def test_labels_of_the_pool_change_neither_the_first_choice_nor_the_features(outputs: Path) -> None:
    """With a test part of the set's own: a split that is drawn is stratified, so all labels have a say in it."""
    table = dataclasses.replace(blobs().table, test=np.arange(60) % 5 == 0)
    data = FakeData(table, measured(blobs()).numbers)
    table = dataclasses.replace(table, labels=(table.labels + 1) % 3)
    for rule in ("random", "kmeans", "typiclust"):
        params = small_params(initial_selection=rule, test_percent=None)
        first, other = (experiment_of(params, each).first for each in (data, FakeData(table, data.numbers)))
        assert first
        assert other
        assert first[1].ids.tolist() == other[1].ids.tolist()


def test_plain_training_is_prepared_by_the_whole_training_part(outputs: Path) -> None:
    data = measured(blobs())
    experiment = experiment_of(small_params(mode="train"), data)
    experiment.run(Reporter(quiet=True))
    assert sorted(data.asked[-1]) == experiment.parts.train.tolist()


def test_each_fold_is_prepared_by_what_the_others_hold(outputs: Path) -> None:
    for fold in (1, 2, 3):
        data = measured(blobs())
        experiment = experiment_of(params_of(mode="cross_validate", num_folds=3, fold=fold), data)
        experiment.run(Reporter(quiet=True))
        assert not set(data.asked[-1]) & set(experiment.parts.test.tolist())
        assert sorted(data.asked[-1]) == experiment.parts.train.tolist()
