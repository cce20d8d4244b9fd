"""How a network is trained: the optimiser, clipped gradients, frozen layers."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import models_tf
from tests.models_tf.small import ONE_STEP, PLAIN, SETTINGS, make, samples, train
from utils.errors import DataError, ParameterError
from utils.learning_engine import Sampling
from utils.rows import Rows

FROZEN = {"vggish": ["norm_1", "conv_1", "conv_2", "norm_2", "embedding"], "bilstm": ["words", "lstm"]}


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
    engines = make("dense", settings=ONE_STEP, clip_norm=None), make("dense", settings=ONE_STEP, clip_norm=0.5)
    moments = []
    for engine in engines:
        engine.reset(1)
        train(engine, *samples("dense"))
        moments.append([moment.numpy() / 0.1 for moment in engine._optimizer._first])
    norm = np.sqrt(sum((moment**2).sum() for moment in moments[0]))
    assert norm > 0.5
    for received, gradient in zip(moments[1], moments[0], strict=True):
        np.testing.assert_allclose(received, gradient * 0.5 / norm, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("model", list(FROZEN))
def test_frozen_layers_keep_their_weights_and_the_others_learn(model: str) -> None:
    engine = make(model, frozen=FROZEN[model])
    engine.reset(1)
    before = engine.get_weights()
    train(engine, *samples(model))
    for (layer, name, _), old, new in zip(engine._network.weights(), before, engine.get_weights(), strict=True):
        assert np.array_equal(old, new) == (layer in FROZEN[model]), f"{layer}/{name}"


def test_what_rests_is_computed_once_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    results = []
    once = make("vggish", frozen=FROZEN["vggish"], dropout=0.0)
    assert once._resting == 9
    monkeypatch.setattr("models_tf.network.Network.resting", lambda self: 0)
    every_time = make("vggish", frozen=FROZEN["vggish"], dropout=0.0, momentum=0.9)
    assert every_time._resting == 0
    for engine in (once, every_time):
        engine.reset(1)
        results.append((train(engine, *samples("vggish", 140)), engine.get_weights()))
    for one, other in zip(results[0][1], results[1][1], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_what_grows_is_not_computed_ahead() -> None:
    assert make("vggish", filters=[30, 4], frozen=["norm_1", "conv_1"])._resting == 1
    assert make("vggish", frozen=["norm_1", "conv_1", "conv_2", "norm_2"])._resting == 6
    assert make("vggish")._resting == 0


@pytest.mark.parametrize(
    ("frozen", "message"),
    [
        (["conv_9"], "frozen: it has no layer conv_9; its layers: norm_1, conv_1, "),
        (["logits"], "frozen: the last layer, logits, must be trained"),
    ],
)
def test_what_cannot_be_frozen_is_refused(frozen: list[str], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make("vggish", frozen=frozen)


def test_frozen_kernels_are_not_penalised() -> None:
    engine = make("dense", frozen=["hidden_1"])
    engine.reset(1)
    kernels = [engine._network.layers[number].weights["kernel"].numpy() for number in (3, 5)]
    assert float(engine._network.penalty()) == pytest.approx(0.02 * sum((kernel**2).sum() for kernel in kernels), rel=1e-5)


@pytest.mark.parametrize("model", ["vggish", "dense"])
def test_samples_that_the_model_cannot_take_are_refused(model: str) -> None:
    params: dict[str, Any] = {"vggish": {}, "dense": {"frozen": ["nothing"]}}[model]
    with pytest.raises(
        ParameterError, match=rf"model: {model} cannot be built for samples of shape \(3, 3, 1\) with model_params"
    ):
        models_tf.make_engine(model, (3, 3, 1), 3, params, SETTINGS, Sampling(), 1)


def test_numbers_of_unknown_words_are_refused_naming_the_sample() -> None:
    engine, (x, y) = make("bilstm"), samples("bilstm")
    values = x.features.copy()
    values[[4, 7], 2] = 12
    message = "sample 4 holds a word whose number is not in 0 to 11: set model_params vocabulary"
    with pytest.raises(DataError, match=message):
        engine.infer(Rows(values, x.ids), PLAIN)
    with pytest.raises(DataError, match=message):
        train(engine, Rows(values, x.ids), y)


def test_the_founding_models_have_their_sizes(tf: ModuleType) -> None:
    engine, about = models_tf.make_engine("bilstm", (150,), 1, {}, SETTINGS, Sampling(), 1)
    assert sum(array.size for array in engine.get_weights()) == 426_537
    assert about["tensorflow"] == tf.__version__
    engine, _ = models_tf.make_engine("vggish", (60, 41, 2), 10, {}, SETTINGS, Sampling(), 1)
    kernels = [3 * 3 * 2 * 64 + 64, 3 * 3 * 64 * 128 + 128, 15 * 10 * 128 * 128 + 128, 128 * 32 + 32, 32 * 10 + 10]
    assert sum(array.size for array in engine.get_weights()) == sum(kernels) + 4 * (2 + 128 + 128)
