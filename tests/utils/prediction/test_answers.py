"""Answers of a model as rows: labels, thresholds, and means over the samples of a file."""

import numpy as np
import pytest

from utils.inference import Inference
from utils.prediction.answers import Answers
from utils.prediction.new_data import Batch


class Engine:
    """Says what it is fed."""

    def infer(self, x, needs, seed=0):
        (need,) = needs
        return Inference(**{need.value: x.take()})


def rows(values, *, classes=("a", "b"), threshold=0.5, per_file=False, files=None):
    names = [f"sample {number}" for number in range(len(values))]
    answers = Answers(Engine(), classes, threshold, per_file=per_file)
    return answers.columns, list(answers.rows(Batch(names, files or names, np.float32(values))))


def test_a_class_has_its_name_and_its_probability():
    columns, found = rows([[0.25, 0.75], [0.625, 0.375]])
    assert columns == ("name", "label", "confidence", "p(a)", "p(b)")
    assert found == [["sample 0", "b", 0.75, 0.25, 0.75], ["sample 1", "a", 0.625, 0.625, 0.375]]


@pytest.mark.parametrize(("threshold", "labels"), [(0.25, ["b", "b"]), (0.5, ["b", "a"]), (0.8, ["a", "a"])])
def test_the_second_class_begins_at_the_threshold(threshold, labels):
    assert [row[1] for row in rows([[0.25, 0.75], [0.75, 0.25]], threshold=threshold)[1]] == labels


def test_a_prediction_has_no_label():
    assert rows([[1.5], [-2]], classes=()) == (("name", "prediction"), [["sample 0", 1.5], ["sample 1", -2.0]])


def test_per_file_stands_the_mean_of_its_samples():
    values = [[0.5, 0.5], [0.25, 0.75], [0, 1], [1, 0], [1, 0]]
    _, found = rows(values, per_file=True, files=["x", "x", "y", "z", "z"])
    assert found == [["x", "b", 0.625, 0.375, 0.625], ["y", "b", 1.0, 0.0, 1.0], ["z", "a", 1.0, 1.0, 0.0]]
    assert rows([[1.0], [4.0]], classes=(), per_file=True, files=["x", "x"])[1] == [["x", 2.5]]
