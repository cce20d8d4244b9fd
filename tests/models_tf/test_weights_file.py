"""Weights from elsewhere into the networks of both backends: from our engines, and from models of plain Keras."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import h5py
import numpy as np
import pytest

import models_keras
import models_tf
from tests.models_tf.small import PARAMS, SHAPES, make, samples, train
from utils.errors import DataError
from utils.learning_engine import Need, TrainingSettings

every_model = pytest.mark.parametrize("model", list(SHAPES))


@pytest.fixture(autouse=True)
def _set_up(tf: ModuleType) -> None:
    """All here needs TensorFlow on one thread."""


def in_keras(model: str, **params: Any) -> Any:
    return models_keras.models.get(model)(SHAPES[model], 3, **PARAMS[model] | params)


def in_tensorflow(model: str, **params: Any) -> Any:
    return models_tf.models.get(model)(SHAPES[model], 3, **PARAMS[model] | params)


def of_plain_keras(model: str) -> Any:
    """The same layers under the names that Keras makes up, once for each model of a process, and with softmax in the last."""
    import keras
    from keras import layers

    bilstm = [
        layers.Embedding(12, 5), layers.Bidirectional(layers.LSTM(4, return_sequences=True)), layers.GlobalMaxPooling1D(),
        layers.Dense(6, activation="relu"), layers.Dropout(0.5),
    ]  # fmt: skip
    vggish = [
        layers.BatchNormalization(), layers.Conv2D(3, 3, padding="same", activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(4, 3, padding="same", activation="relu"), layers.MaxPooling2D(2), layers.BatchNormalization(),
        layers.Dropout(0.5), layers.Flatten(), layers.Dense(6, activation="relu"), layers.BatchNormalization(),
        layers.Dense(5, activation="relu"),
    ]  # fmt: skip
    chains = {"bilstm": bilstm, "vggish": vggish}
    return keras.Sequential([keras.Input(SHAPES[model]), *chains[model], layers.Dense(3, activation="softmax")])


def vary(variables: list[Any]) -> None:
    """Random values of all weights, moving statistics among them: variances must not be negative."""
    rng = np.random.default_rng(1)
    for variable in variables:
        variable.assign(
            rng.uniform(0.1, 1, variable.shape).astype(np.float32) * rng.choice([-1, 1]) ** (len(variable.shape) > 1)
        )


def probabilities(network: Any, x: np.ndarray) -> np.ndarray:
    """Of a network on either backend."""
    import tensorflow

    found = network(x) if isinstance(network, tensorflow.Module) and hasattr(network, "shapes") else network(x, training=False)
    return np.asarray(tensorflow.nn.softmax(found[0]) if isinstance(found, tuple) else found)


def read_into(network: Any, path: Path) -> None:
    from models_keras import weights_file as of_keras
    from models_tf import weights_file as of_tensorflow
    from models_tf.network import Network

    reader: Any = of_tensorflow if isinstance(network, Network) else of_keras
    reader.read_pretrained(path, network)


@every_model
def test_layers_have_the_same_names_on_both_backends(model: str) -> None:
    of_keras = [layer.name for layer in in_keras(model).layers]
    assert of_keras == ["x", *(layer.name for layer in in_tensorflow(model).layers), "probabilities"]


@pytest.mark.parametrize("model", [*SHAPES, "resnet50"])
def test_the_same_weights_give_the_same_bytes_however_many_models_were_built_before(model: str, tmp_path: Path) -> None:
    shape, params = SHAPES.get(model, (12, 12, 1)), PARAMS.get(model, {"blocks": [1, 2], "filters": 2})
    for name in ("a", "b"):
        built = models_keras.models.get(model)(shape, 3, **params)
        vary(built.weights)
        built.save_weights(tmp_path / f"{name}.weights.h5")
    assert (tmp_path / "a.weights.h5").read_bytes() == (tmp_path / "b.weights.h5").read_bytes()


@every_model
@pytest.mark.parametrize("kind", [".keras", ".weights.h5"])
def test_weights_saved_on_keras_are_read_on_both(model: str, kind: str, tmp_path: Path) -> None:
    source, x, path = in_keras(model), samples(model)[0].take(), tmp_path / f"a{kind}"
    vary(source.weights)
    if kind == ".keras":
        source.save(path)
    else:
        source.save_weights(path)
    for network in (in_tensorflow(model), in_keras(model)):
        read_into(network, path)
        np.testing.assert_allclose(probabilities(network, x), probabilities(source, x), atol=1e-6)


@every_model
def test_weights_saved_on_tensorflow_are_read_on_both(model: str, tmp_path: Path) -> None:
    from models_tf import weights_file

    source, x, path = in_tensorflow(model), samples(model)[0].take(), tmp_path / "a.weights.h5"
    vary([variable for _, _, variable in source.weights()])
    weights_file.write(path, source)
    for network in (in_tensorflow(model), in_keras(model)):
        read_into(network, path)
        np.testing.assert_allclose(probabilities(network, x), probabilities(source, x), atol=1e-6)


@pytest.mark.parametrize("model", ["bilstm", "vggish"])
@pytest.mark.parametrize("save", ["save", "save_weights"])
def test_weights_of_a_trained_model_of_plain_keras_are_read_on_both(model: str, save: str, tmp_path: Path) -> None:
    x, y = samples(model)
    for _ in range(2):
        source = of_plain_keras(model)
    source.compile("adam", "sparse_categorical_crossentropy")
    source.fit(x.take(), y, shuffle=False, verbose=0)
    vary(source.weights)
    path = tmp_path / ("a.keras" if save == "save" else "a.weights.h5")
    getattr(source, save)(path)
    for network in (in_tensorflow(model), in_keras(model)):
        read_into(network, path)
        np.testing.assert_allclose(probabilities(network, x.take()), probabilities(source, x.take()), atol=1e-6)


def test_a_model_with_a_lambda_layer_is_read_for_its_weights_and_its_code_left_alone(tmp_path: Path) -> None:
    import keras

    layers = [keras.Input((5,)), keras.layers.Lambda(lambda x: x), keras.layers.Dense(3)]
    source, x = keras.Sequential(layers), samples("softmax")[0].take()
    source.save(tmp_path / "a.keras")
    with pytest.raises(ValueError, match="Lambda"):
        keras.saving.load_model(tmp_path / "a.keras")
    for network in (in_tensorflow("softmax"), in_keras("softmax")):
        read_into(network, tmp_path / "a.keras")
        expected = keras.ops.softmax(source(x))
        np.testing.assert_allclose(probabilities(network, x), expected, atol=1e-6)


@pytest.mark.parametrize("build", [in_keras, in_tensorflow])
@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"filters": [3, 5]},
            r"layer conv_2.*: kernel must be float32 of shape \(3, 3, 3, 4\), received float32 of \(3, 3, 3, 5\)",
        ),
        ({"hidden_units": 4}, r"layer hidden.*: kernel must be float32 of shape \(6, 5\), received float32 of \(6, 4\)"),
    ],
)
def test_weights_of_another_architecture_are_refused_and_none_is_set(
    build: Callable[..., Any], params: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path, network = tmp_path / "a.keras", build("vggish")
    in_keras("vggish", **params).save(path)
    variables = network.weights if build is in_keras else [variable for _, _, variable in network.weights()]
    before = [np.asarray(variable) for variable in variables]
    with pytest.raises(DataError, match=rf"{re.escape(str(path))}: not the weights of a vggish: {message}.*same model_params"):
        read_into(network, path)
    for one, other in zip(before, variables, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("build", [in_keras, in_tensorflow])
def test_weights_for_other_classes_are_refused(build: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    models_keras.models.get("dense")(SHAPES["dense"], 4, **PARAMS["dense"]).save_weights(path)
    with pytest.raises(
        DataError, match=r"layer logits.*: kernel must be float32 of shape \(6, 3\), received float32 of \(6, 4\)"
    ):
        read_into(build("dense"), path)


def test_weights_of_doubles_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    in_keras("softmax").save_weights(path)
    with h5py.File(path, "a") as file:
        kernel = file["layers/dense/vars/0"][:].astype(np.float64)
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = kernel
    for network in (in_tensorflow("softmax"), in_keras("softmax")):
        with pytest.raises(DataError, match=r"layer logits.*: kernel must be float32 .* received float64"):
            read_into(network, path)


def test_the_scale_of_a_regression_is_one_of_the_weights(tmp_path: Path) -> None:
    settings = TrainingSettings(num_epochs=1, batch_size=8, learning_rate=0.01, regression=True)
    x, y = samples("dense")
    engines = {
        "a.weights.h5": (make("dense", 1, settings), make("dense", 1, settings, backend=models_keras)._model),
        "b.weights.h5": (make("dense", 1, settings, backend=models_keras), make("dense", 1, settings)._network),
    }
    predictions = frozenset({Need.PREDICTIONS})
    for name, (source, target) in engines.items():
        source.reset(1)
        train(source, x, (100 + 7 * y).astype(np.float32))
        expected = source.infer(x, predictions).predictions
        source.save_weights(tmp_path / name)
        read_into(target, tmp_path / name)
        other = next(engine for engine, _ in engines.values() if engine is not source)
        assert np.ptp(expected) > 1
        np.testing.assert_allclose(other.infer(x, predictions).predictions, expected, rtol=1e-6)


@pytest.mark.parametrize("save", ["save", "save_weights"])
def test_a_regression_of_plain_keras_is_read_in_the_unit_of_its_targets(save: str, tmp_path: Path) -> None:
    import keras

    settings = TrainingSettings(num_epochs=1, batch_size=8, learning_rate=0.01, regression=True)
    source = keras.Sequential([keras.Input(SHAPES["softmax"]), keras.layers.Dense(1)])
    source.layers[-1].bias.assign([900.0])
    path = tmp_path / ("a.keras" if save == "save" else "a.weights.h5")
    getattr(source, save)(path)
    x, _ = samples("softmax")
    for backend in (models_tf, models_keras):
        engine = make("softmax", 1, settings, backend=backend)
        engine.reset(1)
        engine._set_scale(5.0, 2.0)
        engine.load_pretrained(path)
        assert engine._get_scale() == (0, 1)
        predictions = engine.infer(x, frozenset({Need.PREDICTIONS})).predictions
        np.testing.assert_allclose(predictions, source(x.take()), rtol=1e-5)
