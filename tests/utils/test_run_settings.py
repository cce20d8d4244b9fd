"""The settings of each part: which parameters they come from, and what regression changes."""

from pathlib import Path

import pytest

from hparams import HParams
from utils.plan import CHOSEN_ON_TEST


@pytest.mark.parametrize(
    ("values", "outputs"), [({"num_classes": 1}, 1), ({"task": "binary"}, 1), ({"num_classes": 2}, 2), ({}, 2)]
)
def test_outputs_of_the_model_on_two_classes(values, outputs):
    parsed = HParams(sub_dir="x", **values)
    parsed.check_classes(("a", "b"))
    assert parsed.num_outputs(2) == outputs


def test_regression_trains_on_the_squared_error_and_is_judged_by_it():
    classes, numbers = (HParams(sub_dir="x", task=task).training_settings() for task in ("multiclass", "regression"))
    assert (classes.loss, classes.monitor, classes.regression) == ("cross_entropy", "accuracy", False)
    assert (numbers.loss, numbers.monitor, numbers.regression) == ("mse", "loss", True)
    assert HParams(sub_dir="x", task="regression").num_outputs(0) == 1


@pytest.mark.parametrize(("frozen", "layers"), [(None, ()), ("extractor", "extractor"), (["a", "b"], ("a", "b"))])
def test_layers_that_stay_as_they_are(frozen, layers):
    assert HParams(sub_dir="x", frozen=frozen).training_settings().frozen == layers


@pytest.mark.parametrize(
    ("values", "holds_out", "validates"),
    [
        ({}, True, True),
        ({"checkpoint": "last"}, False, False),
        ({"checkpoint": "last", "valid_percent": 0.1}, False, True),
        ({"checkpoint_on": "test_as_founding_systems_did"}, False, False),
    ],
)
def test_what_checkpoints_are_chosen_on(values, holds_out, validates):
    parsed = HParams(sub_dir="x", **values)
    assert (parsed.holds_out(), parsed.validates()) == (holds_out, validates)


def test_pictures_say_when_checkpoints_were_chosen_on_the_test_part():
    assert HParams(sub_dir="x").footnote(tested=True) == ""
    assert HParams(sub_dir="x", checkpoint_on="test_as_founding_systems_did").footnote(tested=True) == CHOSEN_ON_TEST


@pytest.mark.parametrize(
    ("values", "weighted"),
    [({}, True), ({"class_weight": "none"}, False), ({"class_weight": [1.0, 2.0]}, True), ({"task": "regression"}, False)],
)
def test_pictures_say_whether_classes_weigh_differently(values, weighted):
    assert HParams(sub_dir="x", **values).picture_settings("table", "").weighted == weighted


@pytest.mark.parametrize(("data_dir", "folder"), [(None, "data/a/b"), ("/elsewhere", "/elsewhere")])
def test_where_the_data_lie(data_dir, folder):
    request = HParams(sub_dir="a/b", data_dir=data_dir, class_names=["x", "y"], use_delta=False).source_request()
    assert request.folder == Path(folder)
    assert (request.class_names, request.audio.delta, request.max_bad_files) == (("x", "y"), False, 0.01)
