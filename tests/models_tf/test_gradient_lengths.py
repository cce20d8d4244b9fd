"""Gradient lengths in closed form on what the engines of both backends infer, against autodiff of the last layer."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import models_keras
import models_tf
from strategies.base import strategies
from tests.models_tf.small import PLAIN, make, samples
from utils.inference import Inference
from utils.pool_view import PoolView

EMPTY = np.empty(0, np.int64)


def gradients(tf: ModuleType, found: Inference, sample: int, label: int, outputs: int) -> NDArray[np.float64]:
    """(e + 1, outputs) of the cross-entropy of one sample with that label, kernel over bias."""
    assert found.head is not None
    assert found.last_inputs is not None
    head = tf.Variable(found.head[:, -outputs:])
    with tf.GradientTape() as tape:
        logits = tf.constant(found.last_inputs[sample : sample + 1]) @ head[:-1] + head[-1]
        if outputs == 1:
            loss = tf.nn.sigmoid_cross_entropy_with_logits(tf.constant([[float(label)]]), logits)
        else:
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits([label], logits)
    return np.asarray(tape.gradient(loss, head), dtype=np.float64)


@pytest.mark.parametrize("outputs", [3, 1])
@pytest.mark.parametrize("model", ["vggish", "dense", "bilstm", "softmax"])
@pytest.mark.parametrize("backend", [models_keras, models_tf], ids=["keras", "tf"])
def test_egl_and_ecg_are_what_autodiff_says(tf: ModuleType, backend: Any, model: str, outputs: int) -> None:
    classes = max(outputs, 2)
    engine, (x, _) = make(model, outputs, backend=backend), samples(model, 8, classes)
    engine.reset(1)
    found = engine.infer(x, PLAIN)
    view = PoolView(np.arange(8), EMPTY, EMPTY, classes, 1, found, single_output=outputs == 1)
    egl, ecg = np.zeros(8), np.zeros(8)
    for sample, probabilities in enumerate(found.probabilities):
        for label, probability in enumerate(probabilities):
            egl[sample] += probability * np.linalg.norm(gradients(tf, found, sample, label, outputs))
        if outputs > 1:
            of_own = gradients(tf, found, sample, int(probabilities.argmax()), outputs)[:-1]
            ecg[sample] = probabilities @ np.linalg.norm(of_own, axis=0)
    rng = np.random.default_rng(0)
    np.testing.assert_allclose(strategies.get("egl")().score(view, rng), egl, rtol=1e-5)
    if outputs > 1:
        np.testing.assert_allclose(strategies.get("ecg")().score(view, rng), ecg, rtol=1e-5)
