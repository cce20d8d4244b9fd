"""Both backends compute the same, given the same weights: neither was written after the other's numbers."""

from __future__ import annotations

from dataclasses import astuple, replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import models_keras
from tests.models_tf.small import (
    NO_DROPOUT,
    ONE_STEP,
    PLAIN,
    SETTINGS,
    SHAPES,
    WITH_DROPOUT,
    make,
    samples,
    train,
)
from utils.learning_engine import Need, TrainingSettings
from utils.rows import Rows

both_outputs = pytest.mark.parametrize("outputs", [3, 1], ids=["softmax", "sigmoid"])
every_model = pytest.mark.parametrize("model", list(SHAPES))


def pair(model: str, outputs: int, settings: TrainingSettings, **params: Any) -> tuple[Any, Any]:
    """The engine on Keras and the one on TensorFlow, with the same weights."""
    engines = (
        make(model, outputs, settings, backend=models_keras, **params),
        make(model, outputs, settings, **params),
    )
    engines[0].reset(1)
    engines[1].set_weights(engines[0].get_weights())
    return engines


@pytest.fixture
def adding_before_squaring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a word that occurs twice, Keras' Adam squares both gradients on TensorFlow, and their sum on JAX: here, the sum."""
    import keras
    import tensorflow as tf

    original = keras.optimizers.Adam.apply

    def apply(self: Any, gradients: Any, variables: Any = None) -> Any:
        return original(self, [tf.convert_to_tensor(gradient) for gradient in gradients], variables)

    monkeypatch.setattr(keras.optimizers.Adam, "apply", apply)


@every_model
@both_outputs
def test_what_they_infer_agrees(model: str, outputs: int) -> None:
    in_keras, in_tensorflow = pair(model, outputs, SETTINGS)
    x, _ = samples(model, 140)
    needs = PLAIN | {Need.STOCHASTIC} if model in WITH_DROPOUT else PLAIN
    expected, received = in_keras.infer(x, needs, 5), in_tensorflow.infer(x, needs, 5)
    for need in needs:
        np.testing.assert_allclose(getattr(received, need.value), getattr(expected, need.value), atol=1e-6)


@every_model
@both_outputs
@pytest.mark.usefixtures("adding_before_squaring")
def test_a_step_of_training_agrees(model: str, outputs: int) -> None:
    engines = pair(model, outputs, ONE_STEP, **NO_DROPOUT[model])
    x, y = samples(model, classes=max(outputs, 2))
    weight = np.linspace(0.5, 2, len(y)).astype(np.float32)
    losses = [train(engine, x, y, sample_weight=weight).epochs[0].loss for engine in engines]
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
    for received, expected in zip(engines[1].get_weights(), engines[0].get_weights(), strict=True):
        np.testing.assert_allclose(received, expected, atol=1e-5)


SMOOTHED = replace(ONE_STEP, num_epochs=3, optimizer="rmsprop", loss="mse", label_smoothing=0.2, monitor="loss")


@both_outputs
@pytest.mark.parametrize(
    "settings",
    [
        SMOOTHED,
        replace(SMOOTHED, loss="cross_entropy"),
        replace(SMOOTHED, frozen="extractor"),
        replace(SMOOTHED, clip_norm=0.01),
    ],
)
@pytest.mark.parametrize("model", ["dense", "vggish"])
def test_other_settings_agree(model: str, settings: TrainingSettings, outputs: int) -> None:
    engines = pair(model, outputs, settings, **NO_DROPOUT[model])
    x, y = samples(model, classes=max(outputs, 2))
    reports = [train(engine, x, y, validation=(x, y)) for engine in engines]
    for received, expected in zip(reports[1].epochs, reports[0].epochs, strict=True):
        assert astuple(received) == pytest.approx(astuple(expected), rel=1e-3)
    for received, expected in zip(engines[1].get_weights(), engines[0].get_weights(), strict=True):
        np.testing.assert_allclose(received, expected, atol=1e-3)


@every_model
@pytest.mark.usefixtures("adding_before_squaring")
def test_a_step_of_regression_agrees(model: str) -> None:
    engines = pair(model, 1, replace(ONE_STEP, regression=True), **NO_DROPOUT[model])
    x, y = samples(model)
    targets = (50 + 7 * y).astype(np.float32)
    (expected,), (received,) = (train(engine, x, targets, validation=(x, targets)).epochs for engine in engines)
    assert astuple(received) == pytest.approx(astuple(expected), rel=1e-4)
    needs = frozenset({Need.PREDICTIONS, Need.HEAD})
    expected, received = (engine.infer(x, needs) for engine in engines)
    np.testing.assert_allclose(received.predictions, expected.predictions, rtol=1e-4)
    np.testing.assert_allclose(received.head, expected.head, atol=1e-3)


def test_another_scale_agrees() -> None:
    engines = pair("dense", 1, replace(ONE_STEP, regression=True), **NO_DROPOUT["dense"])
    x, y = samples("dense")
    for engine in engines:
        train(engine, Rows(x.features, x.ids[:1]), np.float32([70]))
        train(engine, x, (50 + 7 * y).astype(np.float32))
    expected, received = (engine.infer(x, frozenset({Need.PREDICTIONS})).predictions for engine in engines)
    np.testing.assert_allclose(received, expected, rtol=1e-4)


@every_model
@pytest.mark.usefixtures("adding_before_squaring")
def test_epochs_with_a_validation_part_agree(model: str) -> None:
    engines = pair(model, 3, SETTINGS, **NO_DROPOUT[model])
    x, y = samples(model)
    reports = [train(engine, x, y, validation=(x, y)) for engine in engines]
    for received, expected in zip(reports[1].epochs, reports[0].epochs, strict=True):
        assert received.loss == pytest.approx(expected.loss, rel=1e-3)
        assert received.valid_loss == pytest.approx(expected.valid_loss, rel=1e-3)
    assert reports[1].kept_epoch == reports[0].kept_epoch


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "elu", "selu", "gelu", "silu", "softplus", "linear"])
def test_activations_have_the_meaning_they_have_in_keras(layers: ModuleType, activation: str) -> None:
    import keras

    x = np.linspace(-3, 3, 50, dtype=np.float32)
    np.testing.assert_allclose(layers.ACTIVATIONS[activation](x), keras.activations.get(activation)(x), atol=1e-6)


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_padding_has_the_meaning_it_has_in_keras(padding: str) -> None:
    in_keras, in_tensorflow = pair("vggish", 3, SETTINGS, padding=padding)
    x, _ = samples("vggish")
    expected = in_keras.infer(x, PLAIN).probabilities
    np.testing.assert_allclose(in_tensorflow.infer(x, PLAIN).probabilities, expected, atol=1e-6)
