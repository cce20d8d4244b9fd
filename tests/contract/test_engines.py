"""What every learning engine promises (utils/learning_engine.py), held against each architecture of each backend.

An architecture is named with its backend, such as "tf-dense". What single settings do is in test_settings.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import models_keras
import models_tf
from utils import reading
from utils.errors import DamagedRunError, DataError, DivergenceError
from utils.learning_engine import LearningEngine, Need, Sampling, TrainingSettings
from utils.rows import Rows

BACKENDS: dict[str, Any] = {"keras": models_keras, "tf": models_tf}
MODELS = [f"{backend}-{name}" for backend, package in BACKENDS.items() for name in package.models.names()]
SHAPES: dict[str, tuple[int, ...]] = {
    "bilstm": (5,),
    "cnn": (8, 8, 1),
    "dense": (7,),
    "resnet50": (12, 10, 1),
    "softmax": (6, 5),
    "vggish": (12, 10, 2),
}
"""Small input shapes; a new architecture needs a row here."""
SMALL: dict[str, dict[str, Any]] = {
    "bilstm": {"vocabulary": 12, "embedding_units": 5, "lstm_units": 4, "hidden_units": 6},
    "cnn": {"filters": [4], "embedding_units": 6},
    "dense": {"units": [8, 6], "dropout": 0.2},
    "resnet50": {"blocks": [1], "filters": 3, "dropout": 0.2},
    "softmax": {},
    "vggish": {"filters": [3, 4], "embedding_units": 6, "hidden_units": 5},
}
EMBEDDING_UNITS = dict.fromkeys(SHAPES, 6) | {"resnet50": 12, "softmax": 30}
WORDS = {"bilstm"}
"""Architectures that are fed word numbers, below the `vocabulary` of their row."""
NO_DROPOUT: dict[str, dict[str, Any]] = {
    model: {} if model.endswith("softmax") else {"dropout": 0.0} for model in MODELS
}  # fmt: skip
SETTINGS = TrainingSettings(num_epochs=3, batch_size=8, learning_rate=0.01)
ALL = frozenset({
    Need.PROBABILITIES, Need.EMBEDDINGS, Need.LAST_INPUTS, Need.HEAD, Need.STOCHASTIC, Need.AUGMENTED,
})  # fmt: skip
_engines: dict[Any, LearningEngine] = {}


class Twice:
    """Two copies: the sample itself, and the sample with each value scaled down at random, which keeps words in their range."""

    def copies(self, block: np.ndarray, seed: int) -> np.ndarray:
        factors = np.random.default_rng(seed).random(block.shape[1:], dtype=np.float32)
        return np.stack([block, block * factors])


def make(model: str, outputs: int = 3, settings: TrainingSettings = SETTINGS, **params: Any) -> Any:
    """An engine, built once per worker for each set of arguments."""
    key = (model, outputs, settings, str(params))
    if key not in _engines:
        backend, name = model.split("-")
        chosen: Mapping[str, Any] = SMALL[name] | params
        how = settings, Sampling(passes=4, augmenter=Twice()), 1
        _engines[key], _ = BACKENDS[backend].make_engine(name, SHAPES[name], outputs, chosen, *how)
    return _engines[key]


def samples(model: str, count: int = 30, classes: int = 3) -> tuple[Rows, np.ndarray]:
    """Noise with the class in its mean; of words, those of the class."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % classes
    name = model.split("-")[1]
    of_class = labels.reshape(-1, *[1] * len(SHAPES[name]))
    shape = count, *SHAPES[name]
    values = rng.integers(0, 4, shape) + 4 * of_class if name in WORDS else rng.normal(size=shape) + of_class
    return Rows(values.astype(np.float32), np.arange(count)), labels


def train(engine: LearningEngine, x: Rows, y: np.ndarray, **options: Any) -> Any:
    weight = options.pop("sample_weight", np.ones(len(y), np.float32))
    return engine.fit(x, y, sample_weight=weight, **{"validation": None, "seed": 1} | options)


def same(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> str:
    return request.param


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(model: str) -> None:
    engine = make(model)
    engine.reset(1)
    first = engine.get_weights()
    engine.reset(2)
    assert not same(first, engine.get_weights())
    engine.reset(1)
    assert same(first, engine.get_weights())


def test_a_round_is_the_same_whatever_went_before(model: str) -> None:
    engine, (x, y) = make(model), samples(model)
    engine.reset(1)
    alone = train(engine, x, y), engine.get_weights()
    for seed in (2, 3):
        engine.reset(seed)
        train(engine, Rows(x.features, x.ids[:17]), y[:17], seed=seed)
    engine.reset(1)
    after_others = train(engine, x, y), engine.get_weights()
    assert alone[0] == after_others[0]
    assert same(alone[1], after_others[1])


def test_nothing_is_traced_after_the_first_round(model: str) -> None:
    engine, (x, y) = make(model), samples(model)
    for count in (30, 17, 9, 1):
        train(engine, Rows(x.features, x.ids[:count]), y[:count])
        engine.infer(Rows(x.features, x.ids[:count]), ALL)
    assert engine._train.experimental_get_tracing_count() == 1
    assert engine._infer.experimental_get_tracing_count() == 1
    assert engine._pass.experimental_get_tracing_count() == int(Need.STOCHASTIC in engine.provides)


def test_another_seed_draws_other_batches_and_dropout(model: str) -> None:
    engine, (x, y) = make(model), samples(model)
    results = []
    for seed in (1, 2):
        engine.reset(1)
        train(engine, x, y, seed=seed)
        results.append(engine.get_weights())
    assert not same(*results)


@pytest.mark.parametrize(("outputs", "classes"), [(3, 3), (1, 2)], ids=["softmax", "sigmoid"])
def test_inference_has_its_shapes_and_no_sample_depends_on_the_others(model: str, outputs: int, classes: int) -> None:
    engine, (x, _) = make(model, outputs), samples(model, 300, classes)
    engine.reset(1)
    whole = engine.infer(x, ALL)
    assert whole.probabilities is not None
    assert whole.embeddings is not None
    assert whole.probabilities.shape == (300, classes)
    assert whole.embeddings.shape == (300, EMBEDDING_UNITS[model.split("-")[1]])
    assert whole.probabilities.dtype == whole.embeddings.dtype == np.float32
    np.testing.assert_allclose(whole.probabilities.sum(axis=1), 1, atol=1e-6)
    part = engine.infer(Rows(x.features, np.array([299, 7])), ALL)
    for name, values in part.of_samples().items():
        np.testing.assert_array_equal(values, whole.of_samples()[name][[299, 7]])


@pytest.mark.parametrize(("outputs", "classes"), [(3, 3), (1, 2)], ids=["softmax", "sigmoid"])
def test_the_head_on_its_inputs_gives_the_probabilities(model: str, outputs: int, classes: int) -> None:
    engine, (x, _) = make(model, outputs), samples(model, 20, classes)
    engine.reset(1)
    found = engine.infer(x, ALL)
    assert found.head is not None
    assert found.last_inputs is not None
    logits = found.last_inputs @ found.head[:-1] + found.head[-1]
    np.testing.assert_allclose(softmax(logits), found.probabilities, atol=1e-6)


def softmax(logits: np.ndarray) -> np.ndarray:
    return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)


def under_masks(engine: Any, x: np.ndarray, masks: list[np.ndarray]) -> np.ndarray:
    """(n, C) logits, what goes through each dropout layer multiplied by its mask."""
    if hasattr(engine, "_model"):
        import keras

        layers = engine._model.layers[:-1]
        first = next(number for number, layer in enumerate(layers) if isinstance(layer, keras.layers.Dropout))
        x, layers = keras.Model(engine._model.input, layers[first].input)(x), layers[first:]
    else:
        layers = engine._network.layers
    for layer in layers:
        x = x * masks.pop(0) if type(layer).__name__ == "Dropout" else layer(x)
    return np.asarray(x)


@pytest.mark.parametrize("model", [model for model in MODELS if NO_DROPOUT[model]])
def test_passes_with_dropout_share_their_masks_and_equal_the_model_under_those_masks(model: str) -> None:
    engine, (x, _) = make(model), samples(model, 20)
    engine.reset(1)
    first, again, other = (engine.infer(x, ALL, seed).stochastic for seed in (1, 1, 2))
    assert first is not None
    assert first.shape == (4, 20, 3)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first[0], first[1])
    twice = engine.infer(Rows(x.features, np.repeat(x.ids, 2)), ALL, 1).stochastic
    np.testing.assert_array_equal(twice[:, ::2], first)
    np.testing.assert_array_equal(twice[:, 1::2], first)
    masks = [np.asarray(mask)[2] for mask in engine._dropout_passes.masks(1)]
    np.testing.assert_allclose(first[2], softmax(under_masks(engine, x.take(), masks)), atol=1e-6)


def test_a_model_without_dropout_offers_no_passes(model: str) -> None:
    assert (Need.STOCHASTIC in make(model).provides) == bool(NO_DROPOUT[model])
    assert Need.STOCHASTIC not in make(model, **NO_DROPOUT[model]).provides


def test_augmented_copies_are_inferred_like_samples_and_named_by_their_seed(model: str) -> None:
    engine, (x, _) = make(model), samples(model, 140)
    engine.reset(1)
    found = engine.infer(x, ALL, 5)
    assert found.augmented is not None
    assert found.augmented.shape == (2, 140, 3)
    np.testing.assert_allclose(found.augmented[0], found.probabilities, atol=1e-6)
    scaled = Rows(Twice().copies(x.take(), 5)[1], x.ids)
    np.testing.assert_allclose(found.augmented[1], engine.infer(scaled, ALL).probabilities, atol=1e-5)


def test_only_what_was_asked_for_comes_back(model: str) -> None:
    engine, (x, _) = make(model), samples(model)
    only = engine.infer(x, frozenset({Need.EMBEDDINGS}))
    assert only.probabilities is None
    assert only.embeddings is not None


def test_it_learns(model: str) -> None:
    engine, (x, y) = make(model, settings=TrainingSettings(60, 8, 0.02), **NO_DROPOUT[model]), samples(model)
    engine.reset(1)
    before = train(engine, x, y).epochs
    probabilities = engine.infer(x, ALL).probabilities
    assert probabilities is not None
    assert before[-1].loss < before[0].loss / 2
    assert (probabilities.argmax(axis=1) == y).mean() > 0.9


def adam_of_whole_gradients(learning_rate: float) -> Any:
    """Keras' Adam; on TensorFlow it would square each part of a word's gradient by itself where the word stands in it twice."""
    import keras
    import tensorflow as tf

    class Adam(keras.optimizers.Adam):
        def apply(self, grads: Any, trainable_variables: Any = None) -> Any:
            return super().apply([tf.convert_to_tensor(gradient) for gradient in grads], trainable_variables)

    return Adam(learning_rate)


IN_KERAS = [model for model in MODELS if model.startswith("keras")]


@pytest.mark.parametrize("model", IN_KERAS)
def test_one_step_equals_keras_own_step(model: str) -> None:
    import keras

    settings = TrainingSettings(num_epochs=1, batch_size=30, learning_rate=0.01)
    engine, (x, y) = make(model, settings=settings, **NO_DROPOUT[model]), samples(model)
    weight = np.linspace(0.5, 2, 30).astype(np.float32)
    engine.reset(3)
    reference = keras.Model.from_config(engine._model.get_config())
    reference.set_weights(engine.get_weights())
    reference.compile(adam_of_whole_gradients(0.01), "sparse_categorical_crossentropy", jit_compile=False)
    loss = reference.train_on_batch(x.take(), y, sample_weight=weight)
    report = train(engine, x, y, sample_weight=weight)
    assert report.epochs[0].loss == pytest.approx(float(loss), rel=1e-5)
    for variable, other in zip(engine._model.weights, reference.get_weights(), strict=True):
        if not (model == "keras-vggish" and "bias" in variable.path):
            np.testing.assert_allclose(variable.numpy(), other, atol=1e-5)


# The gradient of a bias before batch normalisation is zero but for rounding, and Adam makes a full step of its sign.


def test_with_a_validation_part_it_ends_with_the_best_epoch(model: str) -> None:
    engine, (x, y) = make(model, settings=TrainingSettings(8, 8, 0.05)), samples(model)
    engine.reset(1)
    validation = Rows(x.features, x.ids[20:]), y[20:]
    report = train(engine, Rows(x.features, x.ids[:20]), y[:20], validation=validation)
    ranks = [(epoch.valid_metric, -epoch.valid_loss) for epoch in report.epochs]
    assert ranks[report.kept_epoch] == max(ranks)
    probabilities = engine.infer(validation[0], ALL).probabilities
    assert probabilities is not None
    assert (probabilities.argmax(axis=1) == validation[1]).mean() == pytest.approx(report.valid_metric)


def test_early_stopping_ends_after_its_patience(model: str) -> None:
    engine, (x, y) = make(model, settings=TrainingSettings(50, 8, 0.05, early_stopping=2)), samples(model)
    engine.reset(1)
    report = train(engine, x, y, validation=(x, (y + 1) % 3))
    assert len(report.epochs) == report.kept_epoch + 3 < 50


def test_weights_survive_a_file_and_the_same_weights_give_the_same_bytes(model: str, tmp_path: Path) -> None:
    engine = make(model)
    engine.reset(5)
    train(engine, *samples(model))
    weights = engine.get_weights()
    for name in ("a", "b"):
        engine.save_weights(tmp_path / f"{name}.weights.h5")
    assert reading.sha256_of(tmp_path / "a.weights.h5") == reading.sha256_of(tmp_path / "b.weights.h5")
    engine.reset(6)
    engine.load_weights(tmp_path / "a.weights.h5")
    assert same(weights, engine.get_weights())
    assert {path.name for path in tmp_path.iterdir()} == {"a.weights.h5", "b.weights.h5"}


def test_weights_of_another_architecture_are_refused_by_name(tmp_path: Path) -> None:
    make("keras-cnn").save_weights(tmp_path / "cnn.weights.h5")
    with pytest.raises(DamagedRunError, match=r"cnn\.weights\.h5: not the weights of a vggish"):
        make("keras-vggish").load_weights(tmp_path / "cnn.weights.h5")


@pytest.mark.parametrize("model", IN_KERAS)
def test_the_exported_model_gives_the_same_probabilities(model: str, tmp_path: Path) -> None:
    import keras

    engine, (x, _) = make(model), samples(model)
    engine.reset(1)
    engine.export(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_allclose(loaded.predict(x.take(), verbose=0), engine.infer(x, ALL).probabilities, atol=1e-5)


def test_a_loss_that_is_not_finite_names_epoch_batch_and_samples(model: str) -> None:
    engine, (x, y) = make(model), samples(model)
    engine.reset(1)
    weight = np.ones(30, np.float32)
    weight[4] = np.nan
    message = r"training loss became nan in epoch 1, batch \d \(samples .*\b14\b.*\): lower learning_rate"
    with pytest.raises(DivergenceError, match=message):
        train(engine, Rows(np.repeat(x.features, 2, axis=0), x.ids + 10), y, sample_weight=weight)


def test_an_output_that_is_not_finite_names_the_first_bad_sample(model: str) -> None:
    engine, (x, _) = make(model), samples(model)
    engine.reset(1)
    weights = engine.get_weights()
    weights[-1][0] = np.nan
    engine.set_weights(weights)
    with pytest.raises(DivergenceError, match="output for sample 9 is NaN or infinite"):
        engine.infer(Rows(x.features, np.array([9, 4])), ALL)


def test_weights_are_copies(model: str) -> None:
    engine = make(model)
    engine.reset(1)
    weights = engine.get_weights()
    weights[0][:] = 7
    assert not np.any(engine.get_weights()[0] == 7)


@pytest.mark.parametrize("model", ["keras-bilstm", "tf-bilstm"])
def test_numbers_of_unknown_words_are_refused_naming_the_sample(model: str) -> None:
    engine, (x, y) = make(model), samples(model)
    values = x.features.copy()
    values[[4, 7], 2] = 12
    message = "sample 4 holds a word whose number is not in 0 to 11: set model_params vocabulary"
    with pytest.raises(DataError, match=message):
        engine.infer(Rows(values, x.ids), ALL)
    with pytest.raises(DataError, match=message):
        train(engine, Rows(values, x.ids), y)


@pytest.mark.parametrize("model", ["keras-cnn", "tf-cnn"])
def test_sample_weights_of_zero_leave_a_sample_out_of_the_gradient(model: str) -> None:
    settings = TrainingSettings(num_epochs=1, batch_size=30, learning_rate=0.01)
    engine, (x, y) = make(model, settings=settings, dropout=0.0), samples(model)
    weight = np.ones(30, np.float32)
    weight[:5] = 0
    results = []
    for labels in (y, np.where(np.arange(30) < 5, (y + 1) % 3, y)):
        engine.reset(1)
        train(engine, x, labels, sample_weight=weight)
        results.append(engine.get_weights())
    assert same(*results)


def test_the_founding_model_has_its_layers() -> None:
    engine, _ = models_keras.make_engine("vggish", (60, 41, 2), 10, {}, SETTINGS, Sampling(), 1)
    kinds = [type(layer).__name__ for layer in engine._model.layers]
    assert kinds == [
        "InputLayer", "BatchNormalization", "Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "BatchNormalization", "Dropout",
        "Flatten", "Dense", "BatchNormalization", "Dropout", "Dense", "Dense", "Activation",
    ]  # fmt: skip
    weights = engine.get_weights()
    kernels = [3 * 3 * 2 * 64 + 64, 3 * 3 * 64 * 128 + 128, 15 * 10 * 128 * 128 + 128, 128 * 32 + 32, 32 * 10 + 10]
    assert sum(array.size for array in weights) == sum(kernels) + 4 * (2 + 128 + 128)
