"""How a network is trained: the optimisers, clipped gradients, what rests."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

import models_tf
from tests.models_tf.small import ONE_STEP, SETTINGS, make, samples, train
from utils.errors import ParameterError
from utils.learning_engine import Sampling, TrainingSettings


def test_adam_makes_the_steps_of_its_paper(tf: ModuleType) -> None:
    from models_tf.adam import Adam

    rng = np.random.default_rng(0)
    variable = tf.Variable(rng.normal(size=4).astype(np.float32))
    optimizer, x = Adam([variable], 0.02), variable.numpy().astype(np.float64)
    for _ in range(2):
        first, second = np.zeros(4), np.zeros(4)
        optimizer.restart()
        for step in range(1, 4):
            gradient = rng.normal(size=4).astype(np.float32)
            optimizer.apply([tf.constant(gradient)])
            first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient.astype(np.float64) ** 2
            x -= 0.02 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step) * first / (np.sqrt(second) + 1e-7)
    np.testing.assert_allclose(variable, x, atol=1e-6)


def test_the_gradient_is_clipped_by_its_norm_over_all_variables() -> None:
    engines = [make("dense", settings=replace(ONE_STEP, clip_norm=clip_norm)) for clip_norm in (None, 0.5)]
    moments = []
    for engine in engines:
        engine.reset(1)
        train(engine, *samples("dense"))
        moments.append([moment.numpy() / 0.1 for moment in engine._optimizer._first])
    norm = np.sqrt(sum((moment**2).sum() for moment in moments[0]))
    assert norm > 0.5
    for received, gradient in zip(moments[1], moments[0], strict=True):
        np.testing.assert_allclose(received, gradient * 0.5 / norm, rtol=1e-4, atol=1e-7)


def test_rmsprop_makes_the_steps_of_its_lecture(tf: ModuleType) -> None:
    from models_tf.rmsprop import RMSprop

    rng = np.random.default_rng(0)
    variable = tf.Variable(rng.normal(size=4).astype(np.float32))
    optimizer, x = RMSprop([variable], 0.02), variable.numpy().astype(np.float64)
    for _ in range(2):
        squares = np.zeros(4)
        optimizer.restart()
        for step in range(1, 4):
            gradient = rng.normal(size=4).astype(np.float32)
            optimizer.apply([tf.constant(gradient)])
            squares = 0.9 * squares + 0.1 * gradient.astype(np.float64) ** 2
            x -= 0.02 * gradient / np.sqrt(squares + 1e-7)
            assert int(optimizer.step) == step
    np.testing.assert_allclose(variable, x, atol=1e-6)


def frozen(*layers: str) -> TrainingSettings:
    return replace(SETTINGS, frozen=layers)


def test_what_grows_is_not_computed_ahead() -> None:
    assert make("vggish", settings=frozen("norm_1", "conv_1"), filters=[30, 4])._resting == 1
    assert make("vggish", settings=frozen("norm_1", "conv_1", "conv_2", "norm_2"))._resting == 6
    assert make("vggish")._resting == 0


def test_frozen_kernels_are_not_penalised() -> None:
    engine = make("dense", settings=frozen("hidden_1"))
    engine.reset(1)
    kernels = [engine._network.layers[number].weights["kernel"].numpy() for number in (3, 5)]
    assert float(engine._network.penalty()) == pytest.approx(0.02 * sum((kernel**2).sum() for kernel in kernels), rel=1e-5)


def test_samples_that_the_model_cannot_take_are_refused() -> None:
    message = r"model: vggish cannot be built for samples of shape \(3, 3, 1\) with model_params"
    with pytest.raises(ParameterError, match=message):
        models_tf.make_engine("vggish", (3, 3, 1), 3, {}, SETTINGS, Sampling(), 1)


def test_the_founding_models_have_their_sizes(tf: ModuleType) -> None:
    engine, about = models_tf.make_engine("bilstm", (150,), 1, {}, SETTINGS, Sampling(), 1)
    assert sum(array.size for array in engine.get_weights()) == 426_537
    assert about["tensorflow"] == tf.__version__
    engine, _ = models_tf.make_engine("vggish", (60, 41, 2), 10, {}, SETTINGS, Sampling(), 1)
    kernels = [3 * 3 * 2 * 64 + 64, 3 * 3 * 64 * 128 + 128, 15 * 10 * 128 * 128 + 128, 128 * 32 + 32, 32 * 10 + 10]
    assert sum(array.size for array in engine.get_weights()) == sum(kernels) + 4 * (2 + 128 + 128)
