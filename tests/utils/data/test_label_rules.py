"""Classes and values of labels, some of which are not known, and when that is an error."""

from pathlib import Path

import numpy as np
import pytest

from utils.data.label_rules import PEOPLE_CAN_LABEL, LabelRules
from utils.data.source import SourceRequest
from utils.errors import DataError


def place(position):
    return f"labels.csv: row {position + 2}"


def rules(own_order=None, **request):
    return LabelRules("set", "image", SourceRequest(Path("set"), **request), own_order)


def refused(labels, act="classes", **request):
    with pytest.raises(DataError) as error:
        each = rules(**request)
        each.classes(labels, place) if act == "classes" else each.values(labels, ("a",), place)
    return str(error.value)


@pytest.mark.parametrize(
    ("labels", "request_of", "classes"),
    [
        (["b", "", "a"], {}, ("a", "b")),
        (["10", "", "9"], {}, ("9", "10")),
        (["", ""], {}, ()),
        (["b", "", "a"], {"own_order": ("b", "a", "c")}, ("b", "a", "c")),
        (["b", "", "a"], {"class_names": ("c", "b", "a")}, ("c", "b", "a")),
        (["", ""], {"class_names": ("c", "b")}, ("c", "b")),
        (["b", "a"], {"class_names": ("c", "b", "a")}, ("c", "b", "a")),
        (["b", "a", "d"], {"class_names": ("a", "b")}, ("a", "b")),
    ],
)
def test_classes_where_people_label(labels, request_of, classes):
    """Those of the parameter file, with or without a sample, otherwise those of the labels; all may be labelled, too."""
    assert rules(unlabelled=True, **request_of).classes(labels, place) == classes


def test_class_names_choose_from_labelled_samples():
    assert rules(class_names=("b",)).classes(["a", "b"], place) == ("b",)
    message = "set: the class 'bb' of class_names has no image; did you mean b?; there are images of: a, b"
    assert refused(["a", "b"], class_names=("a", "bb")) == message
    assert refused(["a", "b"], class_names=("a", "bb"), unlabelled=True) == message


def test_a_label_that_is_no_class_among_samples_without_one():
    assert refused(["", "bird", "dgo"], class_names=("bird", "dog"), unlabelled=True) == (
        "labels.csv: row 4: the label 'dgo' is none of class_names; did you mean dog?; expected one of bird, dog; correct it, "
        "or add it to class_names"
    )


def test_values():
    found = rules(unlabelled=True).values(["b", "", "a"], ("a", "b", "c"), place)
    assert (found.tolist(), found.dtype) == ([1, -1, 0], np.int64)
    targets = rules(unlabelled=True, regression=True).values(["1e3", "", "-2.5"], (), place)
    np.testing.assert_array_equal(targets, np.array([1000, np.nan, -2.5], np.float32))
    assert targets.dtype == np.float32


@pytest.mark.parametrize("regression", [False, True])
def test_without_people_every_sample_needs_a_label(regression):
    assert refused(["1", "", ""], "values", regression=regression) == (
        "set: 2 of 3 images have no label, such as labels.csv: row 3, and the oracle is simulated, which knows no other labels "
        'than those of the set; label them, or let people label: set oracle to "web", "csv" or "label_studio"'
    )
    assert PEOPLE_CAN_LABEL in refused(["", ""], "values", regression=regression)


@pytest.mark.parametrize("label", ["dog", "nan", "inf", "1e39"])
def test_targets_are_numbers(label):
    assert refused(["1", "", label], "values", regression=True, unlabelled=True) == (
        f"labels.csv: row 4: the label {label!r} is no number that regression could predict; correct it, or set task to "
        "multiclass"
    )
