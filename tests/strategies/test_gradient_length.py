"""Gradient lengths in closed form against TensorFlow's own gradients of the last layer, and against float64."""

import numpy as np
import pytest

from models_keras.device import set_up
from strategies.base import strategies
from utils.inference import Inference
from utils.pool_view import PoolView

SAMPLES = 12


def view_of(probabilities, inputs, single_output=False):
    empty, inference = np.empty(0, np.int64), Inference(probabilities=probabilities, last_inputs=inputs)
    classes = probabilities.shape[1]
    return PoolView(np.arange(len(inputs)), empty, empty, classes, 1, inference, single_output=single_output)


def score(name, view, **params):
    return strategies.get(name)(**params).score(view, np.random.default_rng(0))


class Model:
    """Dense (8, relu) → Dense (outputs), with the gradient of its last layer for every sample and label."""

    def __init__(self, outputs):
        set_up(1)
        import keras
        import tensorflow as tf

        keras.utils.set_random_seed(outputs)
        self.outputs = outputs
        self.last = keras.layers.Dense(outputs, bias_initializer="ones")
        hidden = keras.layers.Dense(8, activation="relu")
        samples = np.random.default_rng(1).normal(scale=2, size=(SAMPLES, 5)).astype(np.float32)
        self.inputs = hidden(samples)
        logits = self.last(self.inputs).numpy()
        one = tf.sigmoid(logits).numpy() if outputs == 1 else None
        self.probabilities = np.concatenate([1 - one, one], axis=1) if outputs == 1 else tf.nn.softmax(logits).numpy()

    def gradients(self, sample, label):
        """(e, outputs) of the kernel and (1, outputs) of the bias: of the cross-entropy of one sample with that label."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            logits = self.last(self.inputs[sample : sample + 1])
            if self.outputs == 1:
                loss = tf.nn.sigmoid_cross_entropy_with_logits(tf.constant([[float(label)]]), logits)
            else:
                loss = tf.nn.sparse_softmax_cross_entropy_with_logits([label], logits)
        kernel, bias = tape.gradient(loss, [self.last.kernel, self.last.bias])
        return kernel.numpy(), bias.numpy()[np.newaxis]

    def expected_length(self, *, bias, order=2):
        """(n,) Σ_c p_c ‖gradient for label c‖ in the norm of that order."""
        lengths = np.zeros(SAMPLES)
        for sample in range(SAMPLES):
            for label, probability in enumerate(self.probabilities[sample]):
                parts = self.gradients(sample, label)[: 2 if bias else 1]
                lengths[sample] += probability * np.linalg.norm(np.concatenate(parts).ravel(), order)
        return lengths

    def view(self):
        return view_of(self.probabilities, self.inputs.numpy(), single_output=self.outputs == 1)


@pytest.fixture(scope="module", params=[4, 2, 1], ids=["softmax", "two columns", "sigmoid"])
def model(request):
    return Model(request.param)


@pytest.mark.parametrize("bias", [True, False])
def test_egl_is_the_expected_length_of_the_gradient(model, bias):
    np.testing.assert_allclose(score("egl", model.view(), bias=bias), model.expected_length(bias=bias), atol=1e-5, rtol=1e-5)


def test_the_sum_of_absolute_values_is_another_length(model):
    difference = np.abs(score("egl", model.view()) - model.expected_length(bias=True, order=1))
    assert difference.max() > 0.1


def test_ecg_is_the_expected_length_per_column_for_the_predicted_label():
    model = Model(4)
    expected = np.zeros(SAMPLES)
    for sample, probabilities in enumerate(model.probabilities):
        kernel, _ = model.gradients(sample, int(probabilities.argmax()))
        expected[sample] = (probabilities * np.linalg.norm(kernel, axis=0)).sum()
    np.testing.assert_allclose(score("ecg", model.view()), expected, atol=1e-5, rtol=1e-5)


def test_ecg_takes_one_sigmoid_output_as_two_columns():
    model = Model(1)
    p, lengths = model.probabilities.astype(np.float64), np.linalg.norm(model.inputs.numpy(), axis=1)
    highest, lowest = p.max(axis=1), p.min(axis=1)
    np.testing.assert_allclose(score("ecg", model.view()), (highest * (1 - highest) + lowest**2) * lengths, rtol=1e-5)


def confident_rows():
    """Probabilities up to 1 − 1e-7, ties, certainty and evenness, for several numbers of classes."""
    rng = np.random.default_rng(0)
    for classes in (1, 2, 3, 10, 40):
        rest = rng.random((200, classes)) * 10.0 ** rng.integers(-8, 1, (200, 1))
        rest[np.arange(200), rng.integers(classes, size=200)] = 1
        rows = rest / rest.sum(axis=1, keepdims=True)
        half = np.zeros((1, classes))
        half[0, : min(2, classes)] = 1 / min(2, classes)
        yield np.concatenate([rows, np.eye(classes), np.full((1, classes), 1 / classes), half]).astype(np.float32)


@pytest.mark.parametrize("probabilities", list(confident_rows()), ids=lambda rows: f"{rows.shape[1]} classes")
def test_no_digits_are_lost_where_the_model_is_sure(probabilities):
    inputs = np.random.default_rng(1).normal(size=(len(probabilities), 6)).astype(np.float32)
    p, unit = probabilities.astype(np.float64), np.eye(probabilities.shape[1])
    squared = (inputs.astype(np.float64) ** 2).sum(axis=1)
    distances = np.stack([np.linalg.norm(p - unit[c], axis=1) for c in range(p.shape[1])], axis=1)
    predicted = unit[probabilities.argmax(axis=1)]
    view = view_of(probabilities, inputs)
    np.testing.assert_allclose(score("egl", view), (p * distances).sum(axis=1) * np.sqrt(squared + 1), rtol=2e-6, atol=1e-12)
    np.testing.assert_allclose(
        score("ecg", view), (p * np.abs(p - predicted)).sum(axis=1) * np.sqrt(squared), rtol=2e-6, atol=1e-12
    )


def test_without_inputs_the_bias_alone_counts():
    probabilities, nothing = np.array([[0.6, 0.4]], np.float32), np.zeros((1, 3), np.float32)
    view = view_of(probabilities, nothing)
    assert score("egl", view)[0] == pytest.approx(2 * 0.6 * 0.4 * np.sqrt(2))
    assert (score("egl", view, bias=False)[0], score("ecg", view)[0]) == (0, 0)


def test_bias_is_true_or_false():
    assert strategies.problems("egl", {"bias": False}) == []
    assert "bias" in strategies.problems("egl", {"bias": "no"})[0]
