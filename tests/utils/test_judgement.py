"""What a checkpoint is chosen by, held against scikit-learn, and which of two is the better."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, mean_squared_error

from utils.inference import Inference
from utils.judgement import SMALLEST_PROBABILITY, Judgement

RNG = np.random.default_rng(3)
LABELS = RNG.integers(0, 3, 50)
PROBABILITIES = RNG.dirichlet(np.ones(3), 50).astype(np.float32)
TARGETS = RNG.normal(1000, 50, 50).astype(np.float32)
PREDICTIONS = (TARGETS + RNG.normal(0, 5, 50)).astype(np.float32)[:, np.newaxis]


def test_classes_by_accuracy_and_cross_entropy():
    found = Judgement.of(Inference(probabilities=PROBABILITIES), LABELS)
    assert found.metric == accuracy_score(LABELS, PROBABILITIES.argmax(axis=1))
    assert found.loss == pytest.approx(log_loss(LABELS, PROBABILITIES), abs=1e-5)


def test_classes_by_squared_error():
    found = Judgement.of(Inference(probabilities=PROBABILITIES), LABELS, "mse")
    one_hot = np.eye(3)[LABELS]
    assert found.metric == accuracy_score(LABELS, PROBABILITIES.argmax(axis=1))
    assert found.loss == pytest.approx(mean_squared_error(one_hot, PROBABILITIES), abs=1e-7)


def test_the_squared_error_of_one_sigmoid_output_is_that_of_its_probability():
    p = RNG.random(20).astype(np.float32)
    labels = RNG.integers(0, 2, 20)
    found = Judgement.of(Inference(probabilities=np.stack([1 - p, p], axis=1)), labels, "mse")
    assert found.loss == pytest.approx(((p - labels) ** 2).mean(), abs=1e-7)


def test_a_class_that_was_ruled_out_costs_no_infinity():
    found = Judgement.of(Inference(probabilities=np.float32([[1, 0], [1, 0]])), np.array([0, 1]))
    assert found == Judgement(0.5, pytest.approx(-np.log(SMALLEST_PROBABILITY) / 2))


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_targets_by_absolute_and_squared_error(loss):
    found = Judgement.of(Inference(predictions=PREDICTIONS), TARGETS, loss)
    assert found.metric == pytest.approx(mean_absolute_error(TARGETS, PREDICTIONS[:, 0]))
    assert found.loss == pytest.approx(mean_squared_error(TARGETS, PREDICTIONS[:, 0]))


def test_errors_are_computed_in_double_precision():
    """In single precision the square of 1e20 is infinite."""
    found = Judgement.of(Inference(predictions=np.float32([[1e20], [-1e20]])), np.float32([0, 0]))
    assert found.loss == pytest.approx(1e40)


def test_an_engine_that_answers_nothing_is_told():
    with pytest.raises(ValueError, match="the engine gave neither probabilities nor predictions"):
        Judgement.of(Inference(embeddings=PROBABILITIES), LABELS)


@pytest.mark.parametrize(
    ("monitor", "ascending"),
    [
        ("accuracy", [(0.5, 0.1), (0.7, 0.9), (0.7, 0.8), (0.9, 5.0)]),
        ("loss", [(0.9, 5.0), (0.7, 0.9), (0.7, 0.8), (0.5, 0.1)]),
    ],
)
def test_the_better_ranks_higher(monitor, ascending):
    ranks = [Judgement(*pair).rank(monitor) for pair in ascending]
    assert all(worse < better for worse, better in itertools.pairwise(ranks))


def test_of_equal_losses_none_is_better():
    assert Judgement(0.9, 0.5).rank("loss") == Judgement(0.1, 0.5).rank("loss")
