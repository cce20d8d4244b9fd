"""The simulated annotator: how often it errs, how, and that the order of questions changes nothing."""

import numpy as np
import pytest

from utils.oracles.base import Label
from utils.oracles.simulated import SimulatedOracle

TRUE = np.arange(6000) % 5


def answers(error_rate, ids=None, classes=5, labels=TRUE, seed=3):
    oracle = SimulatedOracle(labels, classes, error_rate, np.random.default_rng(seed))
    return [label.value for label in oracle.label(np.arange(len(labels)) if ids is None else np.array(ids))]


def test_without_errors_it_tells_the_truth_in_the_order_asked():
    oracle = SimulatedOracle(TRUE, 5, 0.0, np.random.default_rng(0))
    assert list(oracle.label(np.array([7, 3, 7]))) == [
        Label(7, 2, "simulated"),
        Label(3, 3, "simulated"),
        Label(7, 2, "simulated"),
    ]


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.0])
def test_it_errs_that_often_and_evenly_over_the_other_classes(rate):
    shifts = (np.array(answers(rate)) - TRUE) % 5
    counts = np.bincount(shifts, minlength=5)
    tolerance = 5 * np.sqrt(6000 * 0.25)
    assert abs(counts[0] - 6000 * (1 - rate)) <= tolerance
    assert all(abs(count - 6000 * rate / 4) <= tolerance for count in counts[1:])


def test_an_error_rate_of_one_is_always_wrong():
    assert not (np.array(answers(1.0)) == TRUE).any()


def test_what_is_asked_when_changes_no_answer():
    every = answers(0.4)
    order = np.random.default_rng(1).permutation(6000)[:500]
    assert answers(0.4, order) == [every[sample] for sample in order]
    assert answers(0.4, seed=4) != every


@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
def test_one_class_leaves_nothing_to_confuse(rate):
    assert set(answers(rate, classes=1, labels=np.zeros(50, np.int64))) == {0}


def test_nothing_asked_nothing_answered():
    assert answers(0.5, []) == []
