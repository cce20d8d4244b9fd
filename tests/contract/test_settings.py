"""What each of `TrainingSettings` does, on both backends: against NumPy where training can be written out, else as a law."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.contract.test_engines import ALL, IN_KERAS, MODELS, NO_DROPOUT, make, same, samples, softmax, train
from utils.errors import ParameterError
from utils.judgement import Judgement
from utils.learning_engine import Epoch, Need, TrainingSettings
from utils.rows import Rows

WHOLE = TrainingSettings(num_epochs=3, batch_size=30, learning_rate=0.02)
"""One batch an epoch, so that the order of samples does not matter."""
of_each_backend = pytest.mark.parametrize("backend", ["keras", "tf"])
every_model = pytest.mark.parametrize("model", MODELS)


def outputs_of(logits: np.ndarray) -> np.ndarray:
    """(n, C) softmax, or (n, 1) sigmoid."""
    return softmax(logits) if logits.shape[1] > 1 else 1 / (1 + np.exp(-logits))


def gradient_of(settings: TrainingSettings, p: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(n, C) derivative of each sample's loss by its logits."""
    if settings.loss == "cross_entropy":
        return p - targets
    by_output = 2 * (p - targets) / p.shape[1]
    if p.shape[1] == 1:
        return by_output * p * (1 - p)
    return p * (by_output - (by_output * p).sum(axis=1, keepdims=True))


def loss_of(settings: TrainingSettings, p: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(n,) each sample's loss."""
    if settings.loss == "mse":
        return ((p - targets) ** 2).mean(axis=1)
    terms = targets * np.log(p)
    return -(terms if p.shape[1] > 1 else terms + (1 - targets) * np.log(1 - p)).sum(axis=1)


def descend(settings: TrainingSettings, gradients: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """How far each step of the optimiser goes down."""
    first = second = np.float64(0)
    for step, gradient in enumerate(gradients, start=1):
        if settings.optimizer == "rmsprop":
            second = 0.9 * second + 0.1 * gradient**2
            yield 0.02 * gradient / np.sqrt(second + 1e-7)
        else:
            first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
            yield 0.02 * math.sqrt(1 - 0.999**step) / (1 - 0.9**step) * first / (np.sqrt(second) + 1e-7)


@of_each_backend
@pytest.mark.parametrize("outputs", [3, 1], ids=["softmax", "sigmoid"])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize(("loss", "optimizer"), [("mse", "adam"), ("cross_entropy", "rmsprop"), ("mse", "rmsprop")])
def test_epochs_of_a_linear_model_are_those_of_numpy(
    backend: str, outputs: int, smoothing: float, loss: Any, optimizer: Any
) -> None:
    model, classes = f"{backend}-softmax", max(outputs, 2)
    settings = replace(WHOLE, loss=loss, optimizer=optimizer, label_smoothing=smoothing)
    engine, (x, y) = make(model, outputs, settings), samples(model, classes=classes)
    weight = np.linspace(0.5, 2, 30).astype(np.float32)
    engine.reset(1)
    parameters = np.concatenate([engine.get_weights()[0], engine.get_weights()[1][np.newaxis]]).astype(np.float64)
    report = train(engine, x, y, sample_weight=weight, validation=(x, y))
    ones = np.concatenate([x.take().reshape(30, -1), np.ones((30, 1))], axis=1)
    targets = np.eye(classes)[y][:, -outputs:] * (1 - smoothing) + smoothing / classes

    def measured() -> tuple[np.ndarray, float]:
        p = outputs_of(ones @ parameters)
        return p, float(((p.argmax(axis=1) if outputs > 1 else p[:, 0] > 0.5) == y).mean())

    def gradients() -> Iterator[np.ndarray]:
        while True:
            p, _ = measured()
            yield ones.T @ (weight[:, np.newaxis] * gradient_of(settings, p, targets)) / 30

    steps = descend(settings, gradients())
    for epoch in report.epochs:
        p, accuracy = measured()
        assert epoch.loss == pytest.approx((weight * loss_of(settings, p, targets)).mean(), rel=1e-4)
        assert epoch.metric == pytest.approx(accuracy)
        parameters = parameters - next(steps)
        p, accuracy = measured()
        assert epoch.valid_loss == pytest.approx(loss_of(settings, p, np.eye(classes)[y][:, -outputs:]).mean(), rel=1e-4)
        assert epoch.valid_metric == pytest.approx(accuracy)


@of_each_backend
@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_the_validation_of_an_epoch_is_the_judgement_of_its_weights(backend: str, loss: Any) -> None:
    settings = replace(WHOLE, loss=loss, label_smoothing=0.3, keep="last")
    engine, (x, y) = make(f"{backend}-dense", settings=settings, l2=0.1), samples(f"{backend}-dense")
    engine.reset(1)
    epoch = train(engine, x, y, validation=(x, y)).epochs[-1]
    found = Judgement.of(engine.infer(x, frozenset({Need.PROBABILITIES})), y, loss)
    assert (epoch.valid_metric, epoch.valid_loss) == (found.metric, pytest.approx(found.loss, rel=1e-6))


@of_each_backend
@pytest.mark.parametrize("clip_norm", [0.1, 1e9], ids=["clipped", "longer"])
def test_gradients_are_scaled_down_to_their_norm_over_all_variables(backend: str, clip_norm: float) -> None:
    """The first step of RMSprop, whose ε makes it shorter where the gradient is small."""
    model = f"{backend}-softmax"
    engine, (x, y) = (
        make(model, settings=replace(WHOLE, num_epochs=1, optimizer="rmsprop", clip_norm=clip_norm)),
        samples(model),
    )
    engine.reset(1)
    before = np.concatenate([engine.get_weights()[0], engine.get_weights()[1][np.newaxis]]).astype(np.float64)
    train(engine, x, y)
    after = np.concatenate([engine.get_weights()[0], engine.get_weights()[1][np.newaxis]])
    ones = np.concatenate([x.take().reshape(30, -1), np.ones((30, 1))], axis=1)
    gradient = ones.T @ (softmax(ones @ before) - np.eye(3)[y]) / 30
    norm = np.sqrt((gradient**2).sum())
    assert 0.1 < norm < 1e9
    gradient *= min(1, clip_norm / norm)
    expected = before - 0.02 * gradient / np.sqrt(0.1 * gradient**2 + 1e-7)
    np.testing.assert_allclose(after, expected, atol=1e-5)


@of_each_backend
def test_the_metric_of_an_epoch_is_the_mean_over_its_samples_not_its_batches(backend: str) -> None:
    engine, (x, y) = make(f"{backend}-softmax", settings=TrainingSettings(1, 4, 1e-12)), samples(f"{backend}-softmax", 30)
    engine.reset(1)
    said = engine.infer(x, ALL).probabilities.argmax(axis=1)
    assert train(engine, x, y).epochs[0].metric == pytest.approx((said == y).mean())


@of_each_backend
def test_the_last_epoch_can_be_kept_and_validation_then_stops_nothing(backend: str) -> None:
    model = f"{backend}-dense"
    (x, y), reports, weights = samples(model), [], []
    for settings in (replace(WHOLE, num_epochs=9, keep="last", early_stopping=1), replace(WHOLE, num_epochs=9)):
        engine = make(model, settings=settings)
        engine.reset(1)
        validation = (x, (y + 1) % 3) if settings.keep == "last" else None
        reports.append(train(engine, x, y, validation=validation))
        weights.append(engine.get_weights())
    assert same(*weights)
    assert [len(report.epochs) for report in reports] == [9, 9]
    assert reports[0].kept_epoch == 8
    assert reports[0].valid_metric == reports[0].epochs[8].valid_metric


@of_each_backend
@pytest.mark.parametrize("monitor", ["accuracy", "loss"])
def test_the_best_epoch_is_the_one_that_is_monitored(backend: str, monitor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, (x, y) = (
        make(f"{backend}-softmax", settings=replace(WHOLE, num_epochs=4, monitor=monitor)),
        samples(f"{backend}-softmax"),
    )
    validated = iter([Judgement(0.5, 0.9), Judgement(0.7, 0.4), Judgement(0.6, 0.3), Judgement(0.6, 0.3)])
    monkeypatch.setattr(engine, "_validated", lambda x, y, ids: next(validated))
    report = train(engine, x, y, validation=(x, y))
    assert report.kept_epoch == {"accuracy": 1, "loss": 2}[monitor]
    assert [(epoch.valid_loss, epoch.valid_metric) for epoch in report.epochs][1] == (0.4, 0.7)


def layers_of(engine: Any) -> list[tuple[str, np.ndarray]]:
    """Each array of weights with the name of its layer."""
    if hasattr(engine, "_model"):
        names = [layer.name for layer in engine._model.layers for _ in layer.weights]
    else:
        names = [layer for layer, _, _ in engine._network.weights()]
    return list(zip(names, engine.get_weights(), strict=True))


FROZEN = {"vggish": ("norm_1", "conv_1", "conv_2", "norm_2", "embedding"), "bilstm": ("words", "lstm"), "dense": ("hidden_1",)}


@of_each_backend
@pytest.mark.parametrize("name", list(FROZEN))
def test_frozen_layers_keep_their_weights_and_the_others_learn(backend: str, name: str) -> None:
    engine = make(f"{backend}-{name}", settings=replace(WHOLE, frozen=FROZEN[name]))
    engine.reset(1)
    before = layers_of(engine)
    train(engine, *samples(f"{backend}-{name}"))
    for (layer, old), (_, new) in zip(before, layers_of(engine), strict=True):
        assert np.array_equal(old, new) == (layer in FROZEN[name]), layer


@every_model
def test_a_frozen_extractor_is_all_up_to_the_embedding(model: str) -> None:
    engine = make(model, settings=replace(WHOLE, frozen="extractor"))
    engine.reset(1)
    before = layers_of(engine)
    train(engine, *samples(model))
    changed = {layer for (layer, old), (_, new) in zip(before, layers_of(engine), strict=True) if not np.array_equal(old, new)}
    assert changed == ({"norm_3", "hidden", "logits"} if model.endswith("vggish") else {"logits"})


@of_each_backend
def test_freezing_changes_nothing_of_untrained_weights(backend: str) -> None:
    weights = []
    for frozen in ((), "extractor"):
        engine = make(f"{backend}-vggish", settings=replace(WHOLE, frozen=frozen))
        engine.reset(1)
        weights.append(engine.get_weights())
    assert same(*weights)


@pytest.mark.parametrize(
    "model", [f"{backend}-{name}" for backend in ("keras", "tf") for name in ("vggish", "dense", "bilstm")]
)
def test_what_rests_is_computed_once_and_changes_nothing(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    results, frozen = [], replace(WHOLE, batch_size=7, frozen="extractor")
    for learning_rate in (0.02, 0.020000001):  # another key of the same engine
        engine, (x, y) = (
            make(model, settings=replace(frozen, learning_rate=learning_rate), **NO_DROPOUT[model]),
            samples(model, 140),
        )
        engine.reset(1)
        before, rest, calls = engine._resting, engine._rest, []
        monkeypatch.setattr(engine, "_rest", rest and (lambda block, rest=rest, calls=calls: calls.append(1) or rest(block)))
        results.append((before, train(engine, x, y, validation=(x, y)), engine.get_weights()))
        assert len(calls) == (4 if before else 0)  # two blocks of training, two of validation
        for module in ("models_keras.trainee", "models_tf.network"):
            monkeypatch.setattr(f"{module}.computed_once", lambda size, resting: 0)
    assert results[0][0]
    assert not results[1][0]
    for one, other in zip(results[0][2], results[1][2], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
    for one, other in zip(results[0][1].epochs, results[1][1].epochs, strict=True):
        assert (one.valid_loss, one.valid_metric) == pytest.approx((other.valid_loss, other.valid_metric), rel=1e-3)


@of_each_backend
def test_a_frozen_dropout_layer_does_nothing_in_training(backend: str) -> None:
    model, results = f"{backend}-dense", []
    for settings in (replace(WHOLE, frozen=("dropout_1", "dropout_2")), WHOLE):
        engine = make(model, settings=settings, dropout=0.4 if settings.frozen else 0.0)
        assert (Need.STOCHASTIC in engine.provides) == bool(settings.frozen)
        engine.reset(1)
        engine.set_weights([np.full_like(array, 0.1) for array in engine.get_weights()])
        train(engine, *samples(model))
        results.append(engine.get_weights())
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@of_each_backend
@pytest.mark.parametrize(
    ("frozen", "message"),
    [
        (("conv_9",), "frozen: vggish has no layer 'conv_9'; did you mean conv_.*; its layers: norm_1, conv_1, .*hidden$"),
        (("logits",), "frozen: the last layer of vggish, logits, must be trained; leave it out"),
    ],
)
def test_what_cannot_be_frozen_is_refused(backend: str, frozen: tuple[str, ...], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make(f"{backend}-vggish", settings=replace(WHOLE, frozen=frozen))


REGRESSION = TrainingSettings(num_epochs=200, batch_size=10, learning_rate=0.02, regression=True)
IN_REGRESSION = frozenset({Need.PREDICTIONS, Need.EMBEDDINGS, Need.LAST_INPUTS, Need.HEAD, Need.STOCHASTIC, Need.AUGMENTED})


def line(model: str, count: int = 60) -> tuple[Rows, np.ndarray]:
    """Noise, and targets of about 1,000 ± 50 that are a line of it."""
    x, _ = samples(model, count, 1)
    slope = np.random.default_rng(1).normal(size=x.take()[0].size)
    return x, (1000 + 10 * x.take().reshape(count, -1) @ slope).astype(np.float32)


@of_each_backend
def test_regression_learns_a_line_in_the_units_of_its_targets(backend: str) -> None:
    engine, (x, y) = make(f"{backend}-softmax", 1, REGRESSION), line(f"{backend}-softmax")
    engine.reset(1)
    report = train(engine, x, y, validation=(x, y))
    predictions = engine.infer(x, IN_REGRESSION).predictions
    assert predictions.shape == (60, 1)
    errors = predictions[:, 0].astype(np.float64) - y
    assert np.abs(errors).mean() < 0.02 * y.std()
    kept = report.epochs[report.kept_epoch]
    assert kept.valid_metric == report.valid_metric == pytest.approx(np.abs(errors).mean(), rel=1e-4)
    assert kept.valid_loss == pytest.approx((errors**2).mean(), rel=1e-4)
    assert kept.valid_loss == min(epoch.valid_loss for epoch in report.epochs)
    assert report.epochs[0].loss > 100 * report.epochs[-1].loss


@of_each_backend
def test_losses_and_errors_of_an_epoch_are_in_the_units_of_the_targets(backend: str) -> None:
    settings = TrainingSettings(1, 60, 1e-12, regression=True)
    engine, (x, y) = make(f"{backend}-softmax", 1, settings), line(f"{backend}-softmax")
    engine.reset(1)
    weight = np.linspace(0.5, 2, 60).astype(np.float32)
    (epoch,) = train(engine, x, y, sample_weight=weight).epochs
    errors = engine.infer(x, IN_REGRESSION).predictions[:, 0].astype(np.float64) - y
    assert epoch == Epoch(
        loss=pytest.approx((weight * errors**2).mean(), rel=1e-4), metric=pytest.approx(np.abs(errors).mean(), rel=1e-4)
    )


@every_model
def test_in_regression_it_infers_predictions_and_their_head(model: str) -> None:
    engine, (x, y) = make(model, 1, replace(REGRESSION, num_epochs=1)), samples(model)
    engine.reset(1)
    train(engine, x, (5 + 2 * y).astype(np.float32))
    assert engine.provides == IN_REGRESSION - (set() if NO_DROPOUT[model] else {Need.STOCHASTIC})
    found = engine.infer(x, engine.provides, 5)
    assert found.probabilities is None
    assert found.head.shape == (found.last_inputs.shape[1] + 1, 1)
    np.testing.assert_allclose(found.last_inputs @ found.head[:-1] + found.head[-1], found.predictions, rtol=1e-4)
    assert found.augmented.shape == (2, 30, 1)
    np.testing.assert_allclose(found.augmented[0], found.predictions, rtol=1e-5)
    if NO_DROPOUT[model]:
        assert found.stochastic.shape == (4, 30, 1)
        assert np.abs(found.stochastic.mean() - 7) < 4


@of_each_backend
def test_the_scale_is_that_of_the_targets_and_a_weight_like_others(backend: str, tmp_path: Path) -> None:
    settings = replace(REGRESSION, num_epochs=1)
    engine, (x, y) = make(f"{backend}-dense", 1, settings), line(f"{backend}-dense", 30)
    engine.reset(1)
    assert engine._get_scale() == (0, 1)
    train(engine, x, y)
    scale = engine._get_scale()
    assert scale == pytest.approx((y.mean(), y.std()), rel=1e-5)
    engine.save_weights(tmp_path / "a.weights.h5")
    train(engine, x, 3 * y)
    assert engine._get_scale() == pytest.approx((3 * y.mean(), 3 * y.std()), rel=1e-5)
    after = engine.infer(x, IN_REGRESSION).predictions
    engine.load_weights(tmp_path / "a.weights.h5")
    assert engine._get_scale() == scale
    train(engine, x, 3 * y)
    np.testing.assert_array_equal(engine.infer(x, IN_REGRESSION).predictions, after)


STILL = replace(REGRESSION, num_epochs=1, learning_rate=1e-12)
"""Steps too small to be seen: what changes is the scale alone."""


@every_model
def test_another_scale_leaves_predictions_as_they_were(model: str) -> None:
    learning, still = (make(model, 1, settings, **NO_DROPOUT[model]) for settings in (replace(REGRESSION, num_epochs=5), STILL))
    x, y = line(model, 30)
    learning.reset(1)
    train(learning, x, y)
    still.set_weights(learning.get_weights())
    # statistics of batch normalisation move even where nothing else does: they are set back
    statistics = [number for number, (layer, _) in enumerate(layers_of(still)) if "norm" in layer]
    before = still.infer(x, IN_REGRESSION).predictions
    train(still, x, 3 * y + 70)
    weights = still.get_weights()
    for number in statistics:
        weights[number] = learning.get_weights()[number]
    still.set_weights(weights)
    assert still._get_scale() == pytest.approx((3 * y.mean() + 70, 3 * y.std()), rel=1e-5)
    assert np.ptp(before) > 0.1
    np.testing.assert_allclose(still.infer(x, IN_REGRESSION).predictions, before, rtol=1e-5)


@of_each_backend
def test_an_untrained_network_is_not_made_to_say_0_in_the_unit_of_the_targets(backend: str) -> None:
    model = f"{backend}-softmax"
    engine, (x, y) = make(model, 1, STILL), line(model)
    engine.reset(1)
    logits = engine.infer(x, IN_REGRESSION).predictions.astype(np.float64)
    train(engine, x, y)
    np.testing.assert_allclose(engine.infer(x, IN_REGRESSION).predictions, y.mean() + y.std() * logits, rtol=1e-5)


@of_each_backend
def test_pretrained_weights_without_a_scale_keep_saying_what_they_said(backend: str) -> None:
    model = f"{backend}-softmax"
    engine, (x, y) = make(model, 1, STILL), line(model)
    engine.reset(1)
    kernel, bias, *scale = engine.get_weights()
    engine.set_weights([10 * kernel, bias + 900, *scale])
    before = engine.infer(x, IN_REGRESSION).predictions
    train(engine, x, y)
    assert engine._get_scale()[0] == pytest.approx(y.mean(), rel=1e-5)
    np.testing.assert_allclose(engine.infer(x, IN_REGRESSION).predictions, before, rtol=1e-5)


@of_each_backend
def test_a_run_that_starts_from_one_label_learns_from_those_that_follow(backend: str) -> None:
    model = f"{backend}-softmax"
    engine, (x, y) = make(model, 1, REGRESSION), line(model, 41)
    engine.reset(1)
    train(engine, Rows(x.features, x.ids[:1]), y[:1])
    assert engine._get_scale() == (pytest.approx(y[0]), 1)
    train(engine, x, y)
    errors = engine.infer(x, IN_REGRESSION).predictions[:, 0].astype(np.float64) - y
    assert np.abs(errors).mean() < 0.05 * y.std()


@of_each_backend
def test_equal_targets_are_predicted_as_they_are(backend: str) -> None:
    model = f"{backend}-softmax"
    engine, (x, _) = make(model, 1, replace(REGRESSION, num_epochs=1)), samples(model)
    engine.reset(1)
    train(engine, x, np.full(30, 0.1, np.float32))
    assert engine._get_scale() == (pytest.approx(0.1), 1)


@pytest.mark.parametrize("model", IN_KERAS)
def test_what_is_exported_predicts_in_the_units_of_the_targets(model: str, tmp_path: Path) -> None:
    import keras

    engine, (x, y) = make(model, 1, replace(REGRESSION, num_epochs=1)), samples(model)
    engine.reset(1)
    train(engine, x, (500 + 20 * y).astype(np.float32))
    engine.export(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_allclose(loaded.predict(x.take(), verbose=0), engine.infer(x, IN_REGRESSION).predictions, rtol=1e-5)
