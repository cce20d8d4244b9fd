"""The layers, each against numbers computed with NumPy."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest


def built(layer: Any, shape: tuple[int, ...], seed: int = 0) -> Any:
    """`layer` for samples of `shape`, with untrained weights."""
    layer.build(shape)
    for variable, value in layer.initial(np.random.default_rng(seed)):
        variable.assign(value)
    return layer


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_batch_normalisation_moves_its_statistics_with_its_momentum(layers: ModuleType) -> None:
    layer = built(layers.BatchNorm("norm", 0.8), (2, 3))
    x = np.random.default_rng(1).normal(2, 3, (5, 2, 3)).astype(np.float32)
    mean, variance = x.mean(axis=(0, 1)), x.var(axis=(0, 1))
    np.testing.assert_allclose(layer(x), x / np.sqrt(1.001), rtol=1e-5)
    np.testing.assert_allclose(layer(x, np.array([1, 2])), (x - mean) / np.sqrt(variance + 0.001), atol=1e-5)
    np.testing.assert_allclose(layer.weights["moving_mean"], 0.2 * mean, rtol=1e-5)
    np.testing.assert_allclose(layer.weights["moving_variance"], 0.8 + 0.2 * variance, rtol=1e-5)


def test_dropout_keeps_its_share_scaled_up_and_depends_on_its_seed_alone(layers: ModuleType) -> None:
    layer, x = layers.Dropout("dropout", 0.25), np.ones((200, 50), np.float32)
    first, again, other = (layer(x, np.array([3, step])).numpy() for step in (1, 1, 2))
    assert set(np.unique(first)) == {np.float32(0), np.float32(1 / 0.75)}
    assert first.mean() == pytest.approx(1, abs=0.02)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(layer(x), x)


def test_an_lstm_reads_in_both_directions(lstm: ModuleType) -> None:
    layer = built(lstm.BidirectionalLSTM("lstm", 3), (4, 2))
    x = np.random.default_rng(1).normal(size=(5, 4, 2)).astype(np.float32)
    expected = []
    for direction in ("forward", "backward"):
        kernel, recurrent, bias = (
            layer.weights[f"{direction}_{name}"].numpy() for name in ("kernel", "recurrent_kernel", "bias")
        )
        hidden, cell, states = np.zeros((5, 3)), np.zeros((5, 3)), []
        for step in range(4) if direction == "forward" else reversed(range(4)):
            gate, forget, candidate, output = np.split(x[:, step] @ kernel + hidden @ recurrent + bias, 4, axis=1)
            cell = sigmoid(forget) * cell + sigmoid(gate) * np.tanh(candidate)
            hidden = sigmoid(output) * np.tanh(cell)
            states.append(hidden)
        expected.append(np.stack(states if direction == "forward" else states[::-1], axis=1))
    np.testing.assert_allclose(layer(x), np.concatenate(expected, axis=2), atol=1e-6)


def test_untrained_weights_are_drawn_as_in_keras(layers: ModuleType, lstm: ModuleType) -> None:
    dense = built(layers.Dense("dense", 300), (200,)).weights
    limit = np.sqrt(6 / 500)
    assert np.abs(dense["kernel"]).max() == pytest.approx(limit, rel=1e-3)
    assert np.std(dense["kernel"]) == pytest.approx(limit / np.sqrt(3), rel=0.02)
    assert not np.any(dense["bias"])
    kernel = built(layers.Conv2D("conv", 40, 3, "same"), (8, 8, 30)).weights["kernel"]
    assert np.abs(kernel).max() == pytest.approx(np.sqrt(6 / (9 * 70)), rel=1e-3)
    words = built(layers.Embedding("words", 100, 60), (4,)).weights["embeddings"]
    assert np.abs(words).max() == pytest.approx(0.05, rel=1e-3)
    read = built(lstm.BidirectionalLSTM("lstm", 4), (4, 2)).weights
    recurrent = read["backward_recurrent_kernel"].numpy()
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(4), atol=1e-6)
    np.testing.assert_array_equal(read["forward_bias"], [0] * 4 + [1] * 4 + [0] * 8)


def test_an_orthogonal_matrix_may_be_tall_or_wide(lstm: ModuleType) -> None:
    rng = np.random.default_rng(0)
    np.testing.assert_allclose(
        lstm.orthogonal((3, 7), rng) @ lstm.orthogonal((3, 7), np.random.default_rng(0)).T, np.eye(3), atol=1e-6
    )
    tall = lstm.orthogonal((7, 3), rng)
    np.testing.assert_allclose(tall.T @ tall, np.eye(3), atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "arguments", "shape", "message"),
    [
        ("Dense", (3,), (4, 2), r"layer a needs an input of 1 dimension\(s\), received \(4, 2\)"),
        ("MaxPool2D", (2,), (1, 9, 3), r"layer a pools squares of 2 × 2, received only \(1, 9, 3\)"),
        ("Conv2D", (4, 3, "valid"), (2, 9, 3), r"layer a with kernels of 3 × 3 received only \(2, 9, 3\)"),
        ("GlobalMaxPool1D", (), (4,), r"layer a needs an input of 2 dimension\(s\), received \(4,\)"),
    ],
)
def test_samples_that_do_not_fit_are_refused(
    layers: ModuleType, kind: str, arguments: tuple[Any, ...], shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(layers, kind)("a", *arguments).build(shape)
