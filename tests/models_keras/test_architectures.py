"""What each architecture is: its layers, its sizes, and what it does with the input it was made for."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import models_keras
from utils.errors import ParameterError
from utils.learning_engine import LearningEngine, Need, Sampling, TrainingSettings
from utils.rows import Rows

SETTINGS = TrainingSettings(num_epochs=3, batch_size=8, learning_rate=0.01)


def make(model: str, shape: tuple[int, ...], outputs: int = 3, **params: Any) -> LearningEngine:
    return models_keras.make_engine(model, shape, outputs, params, SETTINGS, Sampling(passes=2), 1)[0]


def build(model: str, shape: tuple[int, ...], outputs: int = 3, **params: Any) -> Any:
    """The Keras model alone."""
    from models_keras.device import set_up

    set_up(threads=1)
    return models_keras.models.get(model)(shape, outputs, **params)


def kinds(model: Any) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


def test_the_dense_network_is_as_deep_and_wide_as_units_says() -> None:
    model = build("dense", (10_000,), 1)
    assert kinds(model) == ["InputLayer", "Flatten", "Dense", "Dropout", "Dense", "Dropout", "Dense", "Activation"]
    assert model.count_params() == 10_000 * 16 + 16 + 16 * 16 + 16 + 16 + 1
    model = build("dense", (3, 4), 46, units=[64, 4, 64, 5], activation="tanh")
    assert model.count_params() == 12 * 64 + 64 + 64 * 4 + 4 + 4 * 64 + 64 + 64 * 5 + 5 + 5 * 46 + 46
    assert model.get_layer("embedding").units == 5
    hidden = [layer for layer in model.layers if type(layer).__name__ == "Dense"][:-1]
    assert {layer.activation.__name__ for layer in hidden} == {"tanh"}


@pytest.mark.parametrize(("model", "params"), [("dense", {"units": [4]}), ("softmax", {})])
def test_the_penalty_is_the_sum_of_squares_of_all_kernels(model: str, params: dict[str, Any]) -> None:
    built = build(model, (5,), 3, l2=0.1, **params)
    kernels = [weight.numpy() for weight in built.weights if weight.path.endswith("kernel")]
    assert float(sum(built.losses)) == pytest.approx(0.1 * sum(np.square(kernel).sum() for kernel in kernels), rel=1e-5)
    assert build(model, (5,), 3, **params).losses == []


def test_softmax_regression_has_its_input_as_embedding() -> None:
    engine = make("softmax", (28, 28, 1), 10)
    assert sum(array.size for array in engine.get_weights()) == 784 * 10 + 10
    x = np.random.default_rng(0).normal(size=(4, 28, 28, 1)).astype(np.float32)
    found = engine.infer(Rows(x, np.arange(4)), frozenset({Need.EMBEDDINGS, Need.LAST_INPUTS}))
    np.testing.assert_array_equal(found.embeddings, x.reshape(4, -1))
    np.testing.assert_array_equal(found.last_inputs, x.reshape(4, -1))


def test_the_bilstm_has_the_layers_and_the_size_of_the_founding_one() -> None:
    model = build("bilstm", (150,), 1)
    assert kinds(model) == [
        "InputLayer", "Embedding", "Bidirectional", "GlobalMaxPooling1D", "Dense", "Dropout", "Dense", "Activation",
    ]  # fmt: skip
    assert model.count_params() == 426_537
    assert model.get_layer("embedding").output.shape == (None, 20)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def lstm(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """(words, units) outputs of a long short-term memory for one text (words, d); gates in the order i, f, c, o."""
    output = cell = np.zeros(len(recurrent))
    outputs = []
    for word in x:
        i, f, c, o = np.split(word @ kernel + output @ recurrent + bias, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(c)
        output = sigmoid(o) * np.tanh(cell)
        outputs.append(output)
    return np.array(outputs)


def test_the_bilstm_equals_a_plain_one_on_whole_numbers_held_as_float32() -> None:
    engine = make("bilstm", (6,), 1, vocabulary=3000, embedding_units=4, lstm_units=3, hidden_units=2)
    engine.reset(1)
    words, *cells, kernel, bias, last_kernel, last_bias = engine.get_weights()
    text = np.array([2999, 0, 17, 2998, 1, 0], np.float32)
    vectors = words[text.astype(int)]
    both = np.concatenate([lstm(vectors, *cells[:3]), lstm(vectors[::-1], *cells[3:])[::-1]], axis=1)
    hidden = np.maximum(both.max(axis=0) @ kernel + bias, 0)
    expected = sigmoid(hidden @ last_kernel + last_bias)[0]
    found = engine.infer(Rows(text[np.newaxis], np.arange(1)), frozenset({Need.PROBABILITIES})).probabilities
    np.testing.assert_allclose(found, [[1 - expected, expected]], atol=1e-6)


def test_both_directions_of_the_bilstm_start_from_weights_of_their_own() -> None:
    engine = make("bilstm", (6,), 1, vocabulary=5, embedding_units=4, lstm_units=3)
    engine.reset(1)
    _, forward, _, _, backward, *_ = engine.get_weights()
    assert forward.shape == backward.shape
    assert not np.array_equal(forward, backward)


def test_resnet50_equals_the_one_of_keras_without_the_biases_of_its_convolutions() -> None:
    import keras

    model = build("resnet50", (96, 64, 1), 10)
    reference = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(96, 64, 1), pooling="avg")
    own = keras.Model(model.input, model.get_layer("embedding").output)
    assert model.count_params() == reference.count_params() - 26_560 + 2048 * 10 + 10
    rng = np.random.default_rng(0)
    for weight in reference.weights:
        if not weight.path.endswith("bias"):
            weight.assign(weight.numpy() * rng.uniform(0.5, 1.5, weight.shape))
    own.set_weights([weight.numpy() for weight in reference.weights if not weight.path.endswith("bias")])
    x = rng.normal(size=(2, 96, 64, 1)).astype(np.float32)
    expected = reference(x, training=False).numpy()
    assert expected.shape == (2, 2048)
    np.testing.assert_allclose(own(x, training=False), expected, rtol=1e-4, atol=1e-6)


def test_resnet50_can_be_shallower_narrower_and_quicker_to_settle() -> None:
    model = build("resnet50", (96, 64, 1), 10, blocks=[2, 2], filters=8, momentum=0.8)
    assert model.get_layer("embedding").output.shape == (None, 4 * 8 * 2)
    assert kinds(model).count("Conv2D") == 1 + 2 * (4 + 3)
    assert {layer.momentum for layer in model.layers if type(layer).__name__ == "BatchNormalization"} == {0.8}
    assert {layer.momentum for layer in build("resnet50", (9, 9, 1), blocks=[1]).layers if hasattr(layer, "momentum")} == {0.9}


@pytest.mark.parametrize(("shape", "pooled"), [((60, 41, 2), 15 * 10), ((62, 62, 1), 15 * 15)])
def test_vggish_trains_on_both_founding_shapes(shape: tuple[int, ...], pooled: int) -> None:
    engine = make("vggish", shape, 1, dropout=0.0)
    dense = pooled * 128 * 128 + 128 + 128 * 32 + 32 + 32 + 1
    convolutions = 9 * shape[-1] * 64 + 64 + 9 * 64 * 128 + 128
    assert sum(array.size for array in engine.get_weights()) == convolutions + dense + 4 * (shape[-1] + 128 + 128)
    engine.reset(1)
    y = np.arange(16) % 2
    x = Rows((np.random.default_rng(0).normal(size=(16, *shape)) + y.reshape(-1, 1, 1, 1)).astype(np.float32), np.arange(16))
    report = engine.fit(x, y, sample_weight=np.ones(16, np.float32), validation=None, seed=1)
    assert report.epochs[-1].loss < report.epochs[0].loss
    found = engine.infer(x, frozenset({Need.PROBABILITIES, Need.EMBEDDINGS}))
    assert found.probabilities is not None
    assert found.embeddings is not None
    assert (found.probabilities.shape, found.embeddings.shape) == ((16, 2), (16, 128))


@pytest.mark.parametrize(("model", "shape"), [("bilstm", (8, 8, 1)), ("resnet50", (7,)), ("vggish", (7,))])
def test_samples_of_another_rank_are_refused_in_a_sentence(model: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ParameterError, match=f"model: {model} cannot be built for samples of shape .*{shape[0]}.* found "):
        make(model, shape)


@pytest.mark.parametrize(
    ("model", "params", "message"),
    [
        ("dense", {"units": []}, "units: received \\[\\]; .* at least 1 item"),
        ("dense", {"units": [16, 0]}, "units: received .* greater than or equal to 1"),
        ("dense", {"activation": "rely"}, "activation: received 'rely'; .*'relu'"),
        ("softmax", {"dropout": 0.5}, "no parameter 'dropout'; it takes: l2"),
        ("softmax", {"l2": -1}, "l2: received -1; .* greater than or equal to 0"),
        ("bilstm", {"vocabulary": 0}, "vocabulary: received 0"),
        ("resnet50", {"blocks": [3, 4.5]}, "blocks: received .* valid integer"),
        ("resnet50", {"momentum": 1.0}, "momentum: received 1.0; .* less than 1"),
    ],
)
def test_a_wrong_parameter_is_named(model: str, params: dict[str, Any], message: str) -> None:
    (problem,) = models_keras.models.problems(model, params)
    assert re.search(message, problem)
