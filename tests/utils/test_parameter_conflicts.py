"""What does not go together: the sentence for each, all at once, and what suits the data at hand."""

import pytest

from hparams import FULL_DATA, HParams
from utils.errors import DataError, ParameterError


def problems_of(values):
    with pytest.raises(ParameterError) as caught:
        HParams.parse({"sub_dir": "digits"} | values)
    return caught.value.problems


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"task": "regression", "num_classes": 3}, "num_classes: is for classes, and task is regression; leave it out"),
        ({"task": "regression", "loss": "cross_entropy"}, "loss: is for classes, and task is regression; leave it out"),
        ({"task": "regression", "pseudo_label": True}, "pseudo_label: is for classes, and task is regression; leave it out"),
        ({"task": "regression", "class_weight": [1.0]}, "class_weight: is for classes, and task is regression; leave it out"),
        ({"task": "regression", "stop": {"target_accuracy": 0.9}},
         "stop.target_accuracy: is for classes, and task is regression; leave it out"),
        ({"task": "regression", "stop": {"stable_kappa": 0.99}},
         "stop.stable_kappa: is for classes, and task is regression; leave it out"),
        ({"task": "regression", "stop": {"max_entropy": 0.1}},
         "stop.max_entropy: is for classes, and task is regression; leave it out"),
        ({"task": "regression", "hist_sel_mode": "certain"},
         "hist_sel_mode: is for classes, and task is regression; leave it out"),
        ({"num_classes": 3, "decision_threshold": "f1"},
         "decision_threshold: received f1; it is for binary tasks, set task to binary"),
        ({"mode": "cross_validate", "checkpoint": "best_of_round"},
         "checkpoint: the epochs of a cross-validation are judged on the fold left out; leave it out, or set it to 'last'"),
        ({"mode": "cross_validate", "checkpoint": "last", "monitor": "loss"},
         "monitor: each fold of a cross-validation trains to its last epoch; leave it out"),
        ({"mode": "train", "stop": {"label_budget": 20}}, "stop: is for active learning, and mode is train; leave it out"),
        ({"mode": "train", "autolabel": "all"}, "autolabel: is for active learning, and mode is train; leave it out"),
        ({"task": "binary", "checkpoint": "last", "decision_threshold": "f1"},
         "decision_threshold: 'f1' is chosen on a validation part, and there is none; give valid_percent, or a number"),
        ({"task": "binary", "mode": "cross_validate", "valid_percent": 0.1, "decision_threshold": "f1"},
         "decision_threshold: 'f1' is chosen on a validation part, and there is none; give valid_percent, or a number"),
        ({"decision_threshold": "f1"}, "decision_threshold: received f1; it is for binary tasks, set task to binary"),
        ({"task": "regression", "decision_threshold": "f1"},
         "decision_threshold: is for classes, and task is regression; leave it out"),
        ({"task": "regression", "class_weight": "balanced"},
         "class_weight: is for classes, and task is regression; leave it out"),
        ({"mode": "cross_validate", "checkpoint": "last", "fold": 5}, "fold: received 5; there are num_folds 4"),
        ({"fold": 1}, "fold: is for mode cross_validate; leave it out"),
        ({"mode": "train", "full_data_baseline": True},
         "full_data_baseline: mode train trains on all labels anyway; leave it out"),
        ({"task": "binary", "num_classes": 3}, "num_classes: received 3; a binary task has 1 (one sigmoid output) or 2"),
        ({"task": "multiclass", "num_classes": 1},
         "num_classes: received 1, which is one sigmoid output; set task to binary, or more classes"),
        ({"test_percent": 0.5, "valid_percent": 0.5},
         "test_percent, valid_percent: together they leave nothing to train on; make their sum less than 1"),
        ({"num_classes": 3, "class_weight": [1.0, 2.0]}, "class_weight: received 2 numbers for 3 classes"),
        ({"num_classes": 1, "class_weight": [1.0]}, "class_weight: received 1 numbers for 1 classes"),
        ({"checkpoint": "last", "metric_baseline": 0.5},
         "metric_baseline: has no meaning with checkpoint 'last'; leave it out, or set checkpoint to 'best'"),
        ({"checkpoint": "last", "early_stopping": 3},
         "early_stopping: needs a validation result each epoch; set checkpoint to 'best' or 'best_of_round'"),
        ({"checkpoint": "last", "stop": {"plateau_rounds": 3}},
         "stop.plateau_rounds: there is no validation part to measure it on; give valid_percent or another checkpoint"),
        ({"framework_type": FULL_DATA}, "framework_type: 'full_data' is no selection engine; set full_data_baseline to true"),
        ({"framework_type": ["margin", "margin"]},
         "framework_type: received ['margin', 'margin']; each value may stand there once"),
        ({"random_seed": [1, 2, 1]}, "random_seed: received [1, 2, 1]; each value may stand there once"),
        ({"sel_thresholds": [5, 5]}, "sel_thresholds: received [5, 5]; each value may stand there once"),
        ({"class_names": ["a", "b", "a"]}, "class_names: received ['a', 'b', 'a']; each name may stand there once"),
        ({"fft_length": 33}, "fft_length: received 33, expected an even number"),
        ({"run_name": "al_stats_1"},
         "run_name: received 'al_stats_1'; run folders use such names themselves, or it holds a /"),
        ({"framework_type": "margin", "strategy_params": {"margin": 5}},
         "strategy_params: expected engine name → an object, for engines in framework_type alone"),
        ({"stop": {"plateau_rounds": 3}, "checkpoint_on": "test_as_founding_systems_did"},
         "stop.plateau_rounds: would look at the test part; set checkpoint_on to 'validation'"),
    ],
)  # fmt: skip
def test_messages(values, sentence):
    assert problems_of(values) == [sentence]


@pytest.mark.parametrize("stop", [{"target_accuracy": 0.9}, {"plateau_rounds": 3}])
@pytest.mark.parametrize("checkpoint", [{"valid_percent": 0.1}, {"checkpoint": "last", "valid_percent": 0.1}, {}])
def test_no_stop_rule_may_look_at_the_test_part(stop, checkpoint):
    [problem] = problems_of({"stop": stop, "checkpoint_on": "test_as_founding_systems_did"} | checkpoint)
    assert problem.startswith(f"stop.{next(iter(stop))}: ")


def test_all_conflicts_come_at_once_one_sentence_each():
    found = problems_of({"checkpoint": "last", "metric_baseline": 0.5, "early_stopping": 3, "fold": 1})
    assert [problem.split(":")[0] for problem in found] == ["fold", "metric_baseline", "early_stopping"]


@pytest.mark.parametrize(
    ("values", "names", "words"),
    [
        ({"num_classes": 3}, ("a", "b"), r"num_classes: received 3 .* stands for 3 classes, but the data set has 2: a, b"),
        ({"num_classes": 1}, ("a", "b", "c"), r"received 1 .* stands for 2 classes, but the data set has 3"),
        ({"task": "binary"}, ("a", "b", "c"), r"received None \(task binary\), which stands for 2 classes"),
        ({}, ("a",), r"stands for two or more classes, but the data set has 1: a; set num_classes, or choose .*class_names"),
        ({"class_weight": [1.0, 2.0]}, ("a", "b", "c"), r"class_weight"),
    ],
)
def test_classes_that_the_set_does_not_have(values, names, words):
    with pytest.raises(DataError, match=words):
        HParams(sub_dir="x", **values).check_classes(names)


def test_regression_wants_no_classes():
    parsed = HParams(sub_dir="x", task="regression")
    parsed.check_classes(())
    with pytest.raises(DataError, match=r"^task: received regression, but the data set has classes, not numbers .*: a, b$"):
        parsed.check_classes(("a", "b"))


@pytest.mark.parametrize("how", ["kmeans", "typiclust"])
def test_texts_cannot_be_spread_before_words_are_learnt(how):
    parsed = HParams(sub_dir="x", initial_selection=how)
    [problem] = parsed.conflicts_with("text")
    assert problem == (
        f"initial_selection: {how!r} compares samples, and texts cannot be compared before there are labelled ones to learn "
        "the words from; set it to random or stratified"
    )
    assert parsed.conflicts_with("image") == []


def test_augmentations_must_suit_the_kind():
    parsed = HParams(sub_dir="x", augmentations=["time_mask"])
    assert parsed.conflicts_with("audio") == []
    [problem] = parsed.conflicts_with("image")
    assert problem.startswith("augmentations: there is no 'time_mask' for image data")


@pytest.mark.parametrize("path", ["a\0b", "x" * 256, "é" * 128, "a/" * 1501, "é" * 100 + "/é" * 1450])
def test_a_path_that_no_file_can_have_is_refused(path):
    with pytest.raises(ParameterError, match=r"data_dir: received .*; no file can be called so"):
        HParams.parse({"sub_dir": "digits", "data_dir": path})
    with pytest.raises(ParameterError, match=r"pretrained\.path: received .*; no file can be called so"):
        HParams.parse({"sub_dir": "digits", "pretrained": {"path": path, "sha256": "0" * 64}})


def test_a_path_that_cannot_be_encoded_is_refused():
    with pytest.raises(ParameterError, match=r"data_dir: received '\\ud800'; no file can be called so"):
        HParams.parse({"sub_dir": "digits", "data_dir": "\ud800"})


@pytest.mark.parametrize("path", ["x" * 255, "é" * 127, "a/" * 1500, "\udc80", "/"])
def test_a_path_that_a_file_can_have_is_taken(path):
    assert HParams.parse({"sub_dir": "digits", "data_dir": path}).data_dir == path


def test_a_folder_of_a_thousand_folders_is_too_long():
    with pytest.raises(ParameterError, match=r"sub_dir: 'a/a/.*'… is too long for a folder: at most 1000 bytes"):
        HParams.parse({"sub_dir": "a/" * 501, "dataset": "digits"})
