"""What every learning engine promises (utils/learning_engine.py), held against each architecture on TensorFlow."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import models_tf
from tests.models_tf.small import (
    ALL,
    NO_DROPOUT,
    PLAIN,
    SHAPES,
    WITH_DROPOUT,
    Twice,
    make,
    same,
    samples,
    train,
)
from utils.errors import DivergenceError, ParameterError
from utils.learning_engine import Need, TrainingSettings
from utils.rows import Rows

every_model = pytest.mark.parametrize("model", list(SHAPES))
every_model_with_dropout = pytest.mark.parametrize("model", WITH_DROPOUT)


def test_every_architecture_has_its_small_size_here() -> None:
    assert models_tf.models.names() == list(SHAPES)


def test_nothing_of_keras_is_imported() -> None:
    for file in Path(models_tf.__file__).parent.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        imported += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        assert not [name for name in imported if "keras" in name]
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "keras"]


@every_model
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(model: str) -> None:
    engine, weights = make(model), []
    for seed in (1, 2, 1):
        engine.reset(seed)
        weights.append(engine.get_weights())
    assert same(weights[0], weights[2])
    assert not same(weights[0], weights[1])


@every_model
def test_a_round_is_the_same_whatever_went_before(model: str) -> None:
    engine, (x, y), results = make(model), samples(model), []
    for others in ((), (2, 3)):
        for seed in others:
            engine.reset(seed)
            train(engine, Rows(x.features, x.ids[:17]), y[:17], seed=seed)
            engine.infer(x, ALL & engine.provides, seed)
        engine.reset(1)
        results.append((train(engine, x, y), engine.get_weights()))
    assert results[0][0] == results[1][0]
    assert same(results[0][1], results[1][1])


@every_model
def test_another_seed_draws_other_batches_and_dropout(model: str) -> None:
    engine, (x, y), results = make(model), samples(model), []
    for seed in (1, 2):
        engine.reset(1)
        train(engine, x, y, seed=seed)
        results.append(engine.get_weights())
    assert not same(*results)


@every_model
def test_nothing_is_traced_after_the_first_round(model: str) -> None:
    engine, (x, y) = make(model), samples(model)
    for count in (30, 17, 9, 1):
        part = Rows(x.features, x.ids[:count])
        train(engine, part, y[:count])
        engine.infer(part, ALL & engine.provides)
    assert engine._train.experimental_get_tracing_count() == 1
    assert engine._infer.experimental_get_tracing_count() == 1
    assert engine._pass.experimental_get_tracing_count() == (model in WITH_DROPOUT)


@every_model
@pytest.mark.parametrize(("outputs", "classes"), [(3, 3), (1, 2)], ids=["softmax", "sigmoid"])
def test_no_sample_depends_on_the_others_and_the_head_gives_the_probabilities(model: str, outputs: int, classes: int) -> None:
    engine, (x, _) = make(model, outputs), samples(model, 300, classes)
    engine.reset(1)
    whole = engine.infer(x, ALL & engine.provides)
    part = engine.infer(Rows(x.features, np.array([299, 7])), ALL & engine.provides)
    for name, values in part.of_samples().items():
        np.testing.assert_array_equal(values, whole.of_samples()[name][[299, 7]])
        assert values.dtype == np.float32
    assert whole.probabilities.shape == (300, classes)
    logits = np.exp(whole.last_inputs @ whole.head[:-1] + whole.head[-1])
    np.testing.assert_allclose(logits / logits.sum(axis=1, keepdims=True), whole.probabilities, atol=1e-6)


@every_model_with_dropout
def test_passes_with_dropout_share_their_masks_and_equal_the_model_under_those_masks(
    tf: ModuleType, layers: ModuleType, model: str
) -> None:
    engine, (x, _) = make(model), samples(model, 20)
    engine.reset(1)
    first, again, other = (engine.infer(x, ALL, seed).stochastic for seed in (1, 1, 2))
    assert first.shape == (4, 20, 3)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first[0], first[1])
    twice = engine.infer(Rows(x.features, np.repeat(x.ids, 2)), ALL, 1).stochastic
    np.testing.assert_array_equal(twice[:, ::2], first)
    np.testing.assert_array_equal(twice[:, 1::2], first)
    masks = iter([mask.numpy()[2] for mask in engine._dropout_passes.masks(1)])
    values = tf.constant(x.take())
    for layer in engine._network.layers:
        values = values * next(masks) if isinstance(layer, layers.Dropout) else layer(values)
    np.testing.assert_allclose(first[2], tf.nn.softmax(values), atol=1e-6)


@every_model
def test_what_it_provides(model: str) -> None:
    assert (Need.STOCHASTIC in make(model).provides) == (model in WITH_DROPOUT)
    assert Need.STOCHASTIC not in make(model, **NO_DROPOUT[model]).provides
    assert PLAIN | {Need.AUGMENTED} <= make(model).provides


@every_model
def test_augmented_copies_are_inferred_like_samples(model: str) -> None:
    engine, (x, _) = make(model), samples(model, 140)
    engine.reset(1)
    found = engine.infer(x, frozenset({Need.AUGMENTED}), 5)
    assert found.probabilities is None
    for copy, received in zip(Twice().copies(x.take(), 5), found.augmented, strict=True):
        expected = engine.infer(Rows(copy, x.ids), PLAIN).probabilities
        np.testing.assert_allclose(received, expected, atol=1e-6)


@every_model
def test_it_learns(model: str) -> None:
    engine, (x, y) = make(model, settings=TrainingSettings(60, 8, 0.03), **NO_DROPOUT[model]), samples(model)
    engine.reset(1)
    epochs = train(engine, x, y).epochs
    assert epochs[-1].loss < 0.7 * epochs[0].loss
    assert (engine.infer(x, PLAIN).probabilities.argmax(axis=1) == y).mean() > 0.85


@every_model
def test_with_a_validation_part_it_ends_with_the_best_epoch(model: str) -> None:
    engine, (x, y) = make(model, settings=TrainingSettings(8, 8, 0.05)), samples(model)
    engine.reset(1)
    validation = Rows(x.features, x.ids[20:]), y[20:]
    report = train(engine, Rows(x.features, x.ids[:20]), y[:20], validation=validation)
    ranks = [(epoch.valid_metric, -epoch.valid_loss) for epoch in report.epochs]
    assert ranks[report.kept_epoch] == max(ranks)
    probabilities = engine.infer(validation[0], PLAIN).probabilities
    assert (probabilities.argmax(axis=1) == validation[1]).mean() == pytest.approx(report.valid_metric)


@every_model
def test_early_stopping_ends_after_its_patience(model: str) -> None:
    engine, (x, y) = make(model, settings=TrainingSettings(50, 8, 0.05, early_stopping=2)), samples(model)
    engine.reset(1)
    report = train(engine, x, y, validation=(x, (y + 1) % 3))
    assert len(report.epochs) == report.kept_epoch + 3 < 50


@every_model
def test_a_loss_that_is_not_finite_names_epoch_batch_and_samples(model: str) -> None:
    engine, (x, y) = make(model), samples(model)
    engine.reset(1)
    weight = np.ones(30, np.float32)
    weight[4] = np.nan
    message = r"training loss became nan in epoch 1, batch \d \(samples .*\b14\b.*\): lower learning_rate"
    with pytest.raises(DivergenceError, match=message):
        train(engine, Rows(np.repeat(x.features, 2, axis=0), x.ids + 10), y, sample_weight=weight)


@every_model
def test_an_output_that_is_not_finite_names_the_first_bad_sample(model: str) -> None:
    engine, (x, _) = make(model), samples(model)
    engine.reset(1)
    weights = engine.get_weights()
    weights[-1][0] = np.nan
    engine.set_weights(weights)
    with pytest.raises(DivergenceError, match="output for sample 9 is NaN or infinite"):
        engine.infer(Rows(x.features, np.array([9, 4])), PLAIN)


def test_sample_weights_of_zero_leave_a_sample_out_of_the_gradient() -> None:
    engine, (x, y), results = make("dense", settings=TrainingSettings(1, 30, 0.01), **NO_DROPOUT["dense"]), samples("dense"), []
    weight = np.ones(30, np.float32)
    weight[:5] = 0
    for labels in (y, np.where(np.arange(30) < 5, (y + 1) % 3, y)):
        engine.reset(1)
        train(engine, x, labels, sample_weight=weight)
        results.append(engine.get_weights())
    assert same(*results)


def test_weights_are_copies() -> None:
    engine = make("softmax")
    engine.reset(1)
    weights = engine.get_weights()
    weights[0][:] = 7
    assert not np.any(engine.get_weights()[0] == 7)


def test_another_number_of_threads_is_refused_once_tensorflow_runs() -> None:
    from models_tf.device import set_up

    set_up(1)
    make("softmax").reset(1)
    with pytest.raises(ParameterError, match="threads: received 3, but TensorFlow already runs in this process with 1"):
        set_up(3)


def test_a_log_for_tensorboard_holds_every_number_of_every_round(tf: ModuleType, tmp_path: Path) -> None:
    from tensorflow.core.util import event_pb2

    rounds = [
        {"round": number, "seconds": {"train": 2.0}, "stats": {"round": number, "eval_acc": 0.5, "threshold": None}}
        for number in (0, 1)
    ]
    models_tf.write_tensorboard(tmp_path, rounds)
    (path,) = tmp_path.iterdir()
    events = [event_pb2.Event.FromString(record.numpy()) for record in tf.data.TFRecordDataset(str(path))][1:]
    values = [
        (event.step, event.wall_time, [(value.tag, value.simple_value) for value in event.summary.value]) for event in events
    ]
    assert values == [(0, 2.0, [("eval_acc", 0.5)]), (1, 4.0, [("eval_acc", 0.5)])]
