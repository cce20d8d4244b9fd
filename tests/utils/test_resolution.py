"""What null comes to, what follows from the data, and which names do not go together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framework
from hparams import HParams
from tests.fakes import FakeData, FakeSource, blobs, points
from utils.data.source import SourceRequest, sources
from utils.errors import DataError, ParameterError
from utils.registry import Registry
from utils.resolution import Resolution


class Words(FakeSource):
    """Texts whose vocabulary is as large as it was asked for."""

    kind = "text"
    default_model = "reader"

    def __init__(self, request: SourceRequest, *, vocabulary: int = 300) -> None:
        super().__init__(blobs())
        self.request, self.vocabulary = request, vocabulary

    @property
    def model_params(self) -> Mapping[str, Any]:
        return {"vocabulary": self.vocabulary}


class Clouds(FakeSource):
    def __init__(self, request: SourceRequest) -> None:
        super().__init__(points() if request.regression else blobs())


def reader(input_shape: tuple[int, ...], outputs: int, *, vocabulary: int = 1000, units: int = 8) -> None:
    """A model that must know how many words there are."""


def looker(input_shape: tuple[int, ...], outputs: int, *, units: int = 8) -> None:
    """A model that must not."""


@pytest.fixture
def resolution(monkeypatch: pytest.MonkeyPatch) -> Resolution:
    """Knows two data sets and two models."""
    models = Registry[Any]("model", "nowhere", "nowhere")
    monkeypatch.setattr(sources, "_loaded", {"clouds": Clouds, "words": Words})
    vars(models)["_loaded"] = {"cnn": looker, "looker": looker, "reader": reader}
    return Resolution(framework.strategies, lambda name: models, framework.unfit)


def params_of(**values: Any) -> HParams:
    return HParams.parse({"sub_dir": "x", "dataset": "words"} | values)


def refused(resolution: Resolution, **values: Any) -> list[str]:
    with pytest.raises(ParameterError) as caught:
        resolution.resolve(params_of(**values))
    return caught.value.problems


def test_what_null_stands_for(resolution: Resolution) -> None:
    hparams, source = resolution.resolve(params_of(sub_dir="words", dataset=None))
    assert (hparams.dataset, hparams.model) == ("words", "reader")
    assert hparams.threads
    assert isinstance(source, Words)


def test_what_is_given_stays(resolution: Resolution) -> None:
    given = params_of(dataset="clouds", model="reader", threads=3, model_params={"units": 2})
    hparams, _ = resolution.resolve(given)
    assert hparams == given


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"vocabulary": 300}),
        ({"data_params": {"vocabulary": 50}}, {"vocabulary": 50}),
        ({"model_params": {"units": 2}}, {"vocabulary": 300, "units": 2}),
        ({"model_params": {"vocabulary": 77}}, {"vocabulary": 77}),
        ({"model": "looker"}, {}),
        ({"model": "looker", "model_params": {"units": 2}}, {"units": 2}),
    ],
)
def test_a_model_is_told_what_follows_from_the_data_where_it_takes_it(
    values: dict[str, Any], expected: dict[str, Any], resolution: Resolution
) -> None:
    assert resolution.resolve(params_of(**values))[0].model_params == expected


def test_resolving_twice_changes_nothing(resolution: Resolution) -> None:
    once, _ = resolution.resolve(params_of())
    assert resolution.resolve(once)[0] == once


def test_the_parameters_of_data_and_models_are_checked(resolution: Resolution) -> None:
    assert refused(resolution, data_params={"vocabluary": 5}) == [
        "dataset: data set 'words' has no parameter 'vocabluary'; did you mean vocabulary?; it takes: vocabulary"
    ]
    assert refused(resolution, model="looker", model_params={"vocabulary": 5}) == [
        "model: model 'looker' has no parameter 'vocabulary'; it takes: units"
    ]


def test_the_parameters_of_the_model_that_null_stands_for_are_checked_too(resolution: Resolution) -> None:
    assert refused(resolution, model_params={"unist": 5}) == [
        "model: model 'reader' has no parameter 'unist'; did you mean units?; it takes: vocabulary, units"
    ]


def test_a_data_set_that_only_sub_dir_names_is_said_to_be_so(resolution: Resolution) -> None:
    assert refused(resolution, sub_dir="word", dataset=None) == [
        "dataset: null stands for sub_dir, but there is no data set 'word'; did you mean words?; known: clouds, words"
    ]
    assert refused(resolution, dataset="word") == [
        "dataset: there is no data set 'word'; did you mean words?; known: clouds, words"
    ]


def test_a_model_that_the_data_suggest_and_the_backend_lacks_is_named(resolution: Resolution) -> None:
    del vars(resolution.models("tf"))["_loaded"]["reader"]
    assert refused(resolution, backend="tf") == ["model: there is no model 'reader'; known: cnn, looker"]


@pytest.mark.parametrize("rule", ["kmeans", "typiclust"])
def test_texts_have_no_distance_before_their_words_are_known(rule: str, resolution: Resolution) -> None:
    [problem] = refused(resolution, initial_selection=rule)
    assert problem == (
        f"initial_selection: '{rule}' compares samples, and texts cannot be compared before there are labelled ones to learn "
        "the words from; set it to random or stratified"
    )
    resolution.resolve(params_of(dataset="clouds", initial_selection=rule))
    resolution.resolve(params_of(initial_selection="stratified"))


def test_augmentations_that_do_not_suit_the_data_are_refused(resolution: Resolution) -> None:
    [problem] = refused(resolution, augmentations=["shift"])
    assert problem.startswith("augmentations: ")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"task": "regression", "framework_type": "margin"}, "'margin' is for binary or multiclass tasks"),
        ({"framework_type": ["random", "igs"]}, "'igs' is for regression tasks, and this one is binary or multiclass"),
        ({"framework_type": "ratio", "num_classes": 3}, "'ratio' is for binary tasks, and this one is multiclass"),
        ({"framework_type": "ratio", "task": "binary", "checkpoint": "last"}, "'ratio' follows the errors on a validation"),
    ],
)  # fmt: skip
def test_engines_that_cannot_serve_the_task_are_refused(values: dict[str, Any], words: str, resolution: Resolution) -> None:
    [problem] = refused(resolution, **values)
    assert problem.startswith("framework_type: ")
    assert words in problem


def test_what_only_the_number_of_classes_tells_is_said_with_the_plan(resolution: Resolution) -> None:
    hparams, source = resolution.resolve(params_of(framework_type="ratio", valid_percent=0.1))
    with pytest.raises(ParameterError, match="'ratio' is for binary tasks, and this one is multiclass"):
        resolution.plan(hparams, source.scan())


@pytest.mark.parametrize("mode", ["train", "cross_validate"])
def test_the_plan_counts_the_runs_of_each_mode(mode: str, resolution: Resolution) -> None:
    hparams, source = resolution.resolve(
        params_of(dataset="clouds", mode=mode, checkpoint="last", num_folds=3, random_seed=[1, 2], model="looker")
    )
    plan = resolution.plan(hparams, source.scan())
    assert plan.runs == {"train": 2, "cross_validate": 8}[mode]
    assert plan.labels == [48]
    assert len(plan.parts.train) == 48


def test_folds_that_cannot_be_cut_are_said_with_the_plan(resolution: Resolution) -> None:
    hparams, source = resolution.resolve(
        params_of(dataset="clouds", mode="cross_validate", checkpoint="last", num_folds=40, model="looker")
    )
    with pytest.raises(DataError, match=r"none of them is in the test part|is empty: give fewer num_folds"):
        resolution.plan(hparams, source.scan())


def test_pretrained_weights_are_checked_against_their_hash(resolution: Resolution, tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    path.write_bytes(b"weights")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    given = {"path": str(path), "sha256": sha256}
    assert resolution.resolve(params_of(pretrained=given))[0].pretrained
    with pytest.raises(DataError, match=f"has the sha256 {sha256}, but pretrained.sha256 says 0"):
        resolution.resolve(params_of(pretrained=given | {"sha256": "0" * 64}))
    [problem] = refused(resolution, pretrained=given | {"path": str(tmp_path / "none.keras")})
    assert problem.startswith("pretrained.path: ")


def test_where_pretrained_weights_lie_changes_no_result(tmp_path: Path) -> None:
    one, other = (params_of(pretrained={"path": path, "sha256": "a" * 64}) for path in ("a.keras", "b/a.keras"))
    assert one.result_params() == other.result_params()
    assert one.result_params(of_initial_model=True)["pretrained"] == "a" * 64
    assert params_of(pretrained={"path": "a.keras", "sha256": "b" * 64}).result_params() != one.result_params()


@pytest.mark.parametrize("criterion", ["f1", 0.3])
def test_a_threshold_is_refused_where_no_class_is_the_positive_one(criterion: str | float) -> None:
    """Neither a set of ten classes nor one of two would say that it was left unused."""
    with pytest.raises(ParameterError, match=r"decision_threshold: received .*; it is for binary tasks, set task to binary"):
        params_of(decision_threshold=criterion)
    assert params_of(decision_threshold=criterion, task="binary").is_binary()


def test_files_that_were_left_out_are_told(resolution: Resolution) -> None:
    data = replace(blobs(), rejected=(("a.wav", "no samples"), ("b.wav", "cut")))
    told = "2 left out, see rejected.csv of each run; the first: a.wav: no samples"
    assert resolution.warnings(params_of(), data) == [told]
    assert resolution.warnings(params_of(), blobs()) == []


def test_pretrained_weights_on_features_that_are_made_anew_are_told(resolution: Resolution) -> None:
    params = params_of(pretrained={"path": "a.keras", "sha256": "a" * 64})
    prepared = FakeData(blobs().table, np.zeros((60, 2)))
    [told] = resolution.warnings(params, prepared)
    assert told.startswith("the pretrained weights meet features that are made anew from this run's first labels")
    assert resolution.warnings(params, blobs()) == resolution.warnings(params_of(), prepared) == []
