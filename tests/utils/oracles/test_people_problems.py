"""What of the parameters does not go together with people, sentence by sentence."""

import re

import pytest

import framework
from hparams import HParams
from utils.errors import DataError, ParameterError


def problems_of(**values):
    with pytest.raises(ParameterError) as caught:
        HParams.parse({"sub_dir": "digits"} | values)
    return caught.value.problems


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"prefetch": 3}, "prefetch: is for people; set oracle to web, label_studio or csv, or leave it out"),
        ({"new_classes": True}, "new_classes: is for people"),
        ({"show_guess": True}, "show_guess: is for people"),
        ({"annotators_per_sample": 2}, "annotators_per_sample: received 2, but one annotator is simulated"),
        (
            {"oracle": "web", "annotators": [{"name": "a"}]},
            "annotators: is for simulated labels, and oracle is 'web'; leave",
        ),
        ({"oracle": "csv", "oracle_error_rate": 0.1}, "oracle_error_rate: is for simulated labels, and oracle is 'csv'"),
        ({"oracle": "web", "mode": "train"}, "oracle: 'web' asks people round after round; set mode to active_learning"),
        (
            {"oracle": "web", "full_data_baseline": True},
            "full_data_baseline: needs all labels, and people are still to",
        ),
        ({"oracle": "web", "random_seed": [1, 2]}, "random_seed: received 2 values, and people label one run"),
        (
            {"oracle": "web", "framework_type": ["random", "margin"]},
            "framework_type: received 2 values, and people label",
        ),
        ({"oracle": "web", "executor": "ray"}, "executor, num_workers: people label one run, in this process; leave them out"),
        ({"oracle": "web", "num_workers": 2}, "executor, num_workers: people label one run"),
        (
            {"oracle": "web", "initial_selection": "stratified"},
            "initial_selection: 'stratified' looks at labels that nobody",
        ),
        ({"oracle": "web", "new_classes": True, "num_classes": 3}, "num_classes: fixes the number of classes, and new_classes"),
        ({"oracle": "web", "new_classes": True, "task": "binary"}, "task: fixes the number of classes"),
        ({"oracle": "web", "new_classes": True, "class_weight": [1.0, 2.0]}, "class_weight: fixes the number of classes"),
        (
            {"oracle": "web", "new_classes": True, "framework_type": "qbc"},
            "framework_type: 'qbc' asks models of earlier",
        ),
    ],
)
def test_messages(values, words):
    assert any(problem.startswith(words) for problem in problems_of(**values))


def test_engines_for_two_classes_are_refused_where_classes_grow():
    hparams = HParams.parse({"sub_dir": "digits", "oracle": "web", "new_classes": True, "framework_type": "ratio"})
    assert any("ratio" in problem for problem in framework.check_names(hparams))


def test_what_goes_together():
    HParams.parse({"sub_dir": "digits", "oracle": "web", "prefetch": 5, "show_guess": True, "new_classes": True})
    HParams.parse({"sub_dir": "digits", "oracle": "csv", "annotators_per_sample": 3, "prefetch": 3})


@pytest.mark.parametrize("names", [(), ("cat",)])
def test_people_need_two_classes_unless_they_may_name_them(names):
    hparams = HParams.parse({"sub_dir": "digits", "oracle": "web"})
    with pytest.raises(DataError, match=f"class_names: {len(names)} known, and people need two at least to choose from"):
        hparams.check_classes(names)
    HParams.parse({"sub_dir": "digits", "oracle": "web", "new_classes": True}).check_classes(names)


@pytest.mark.parametrize("oracle", ["web", "csv"])
@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("a", "?"), "class_names: received '?'; it stands for unusable"),
        (("a", "b", "a "), "class_names: received 'a' and 'a ', which look the same to people"),
        (("caf\u00e9", "cafe\u0301"), "which look the same to people"),
    ],
)
def test_people_can_write_each_class(oracle, names, words):
    with pytest.raises(ParameterError, match=re.escape(words)):
        HParams.parse({"sub_dir": "digits", "oracle": oracle, "class_names": list(names)})
    people = HParams.parse({"sub_dir": "digits", "oracle": oracle})
    with pytest.raises(DataError, match=re.escape(words)):
        people.check_classes(names)
    HParams.parse({"sub_dir": "digits", "class_names": list(names)}).check_classes(names)
