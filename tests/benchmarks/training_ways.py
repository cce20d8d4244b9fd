"""One way to train, in a process of its own, told what to do by lines on standard input.

`python -m tests.benchmarks.training_ways WAY` answers each line, the name of a case, with one line of JSON: the seconds and
the last loss of as many epochs as the case says; an empty answer comes first, when all is imported. The first answer for a
case includes building, tracing and compiling.
Deterministic operations and XLA exclude each other (MaxPoolGrad has no deterministic XLA kernel), hence the processes.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

CLASSES = 10
_RATE = 0.0005
_SEED = 1


@dataclass(frozen=True)
class Way:
    """How an epoch runs."""

    text: str
    loop: str
    """"arrays" or "pipeline" for Keras's `fit`, "engine" for the loop of models_keras/base_model.py."""
    xla: bool = False
    deterministic: bool = False


@dataclass(frozen=True)
class Case:
    """What is trained."""

    model: str
    shape: tuple[int, int, int]
    batch: int
    samples: int
    epochs: int
    """Per measurement."""


WAYS = {
    "arrays": Way("Keras fit, arrays", "arrays"),
    "arrays-xla": Way("Keras fit, arrays", "arrays", xla=True),
    "pipeline": Way("Keras fit, cached tf.data", "pipeline"),
    "pipeline-xla": Way("Keras fit, cached tf.data", "pipeline", xla=True),
    "loop": Way("tf.function loop (the engine's way)", "engine"),
    "loop-xla": Way("tf.function loop", "engine", xla=True),
    "engine": Way("the engine as it runs", "engine", deterministic=True),
}
CASES = {
    "vggish": Case("vggish", (60, 41, 2), batch=64, samples=1_000, epochs=1),
    "cnn": Case("cnn", (8, 8, 1), batch=32, samples=300, epochs=30),
}


def main(name: str) -> None:
    """Sets the process up for the way `name` and answers until standard input ends."""
    way = WAYS[name]
    _set_up(way)
    _tell({})
    prepared: dict[str, Callable[[], float]] = {}
    for line in sys.stdin:
        case = CASES[line.strip()]
        begun = time.perf_counter()
        if first := case.model not in prepared:
            prepared[case.model] = _engine(way, case) if way.loop == "engine" else _keras_fit(way, case)
        loss = prepared[case.model]()
        answer = {"seconds": time.perf_counter() - begun, "loss": loss}
        if first:
            answer["multiply_adds"] = multiply_adds(case)
        _tell(answer)


def _tell(answer: dict[str, float]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _set_up(way: Way) -> None:
    """The engine's own set-up where it runs as it is; otherwise the same without deterministic operations."""
    from models_keras import device

    threads = len(os.sched_getaffinity(0))
    if way.deterministic:
        device.set_up(threads)
    else:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(min(threads, 2))


def _samples(case: Case) -> tuple[Any, Any, Any]:
    """(n, …) features, (n,) labels, (n,) weights."""
    rng = np.random.default_rng(_SEED)
    x = rng.standard_normal((case.samples, *case.shape), dtype=np.float32)
    return x, rng.integers(0, CLASSES, case.samples), rng.uniform(0.5, 1.5, case.samples).astype(np.float32)


def _build(case: Case) -> keras.Model:
    from models_keras import models

    return models.get(case.model)(case.shape, CLASSES)


def _keras_fit(way: Way, case: Case) -> Callable[[], float]:
    import keras
    import tensorflow as tf

    from models_keras.head import LOGITS

    whole = _build(case)
    model = keras.Model(whole.inputs, whole.get_layer(LOGITS).output)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(_RATE), loss, jit_compile=way.xla)
    x, y, weight = _samples(case)
    if way.loop == "pipeline":
        data = tf.data.Dataset.from_tensor_slices((x, y, weight)).cache().shuffle(case.samples).batch(case.batch)
        options: dict[str, Any] = {"x": data.prefetch(tf.data.AUTOTUNE)}
    else:
        options = {"x": x, "y": y, "sample_weight": weight, "batch_size": case.batch}
    return lambda: float(model.fit(**options, epochs=case.epochs, verbose=0).history["loss"][-1])


def _engine(way: Way, case: Case) -> Callable[[], float]:
    from models_keras import models
    from models_keras.base_model import BaseModel
    from utils.learning_engine import Sampling, TrainingSettings
    from utils.rows import Rows

    settings = TrainingSettings(case.epochs, case.batch, _RATE)
    engine = (_compiled() if way.xla else BaseModel)(models.get(case.model), case.shape, CLASSES, {}, settings, Sampling())
    engine.reset(_SEED)
    x, y, weight = _samples(case)
    rows, seeds = Rows(x, np.arange(case.samples)), itertools.count(_SEED)
    return lambda: engine.fit(rows, y, sample_weight=weight, validation=None, seed=next(seeds)).epochs[-1].loss


def _compiled() -> Any:
    """The engine with each training step compiled by XLA; the loop around the steps stays TensorFlow's."""
    import tensorflow as tf

    from models_keras.base_model import BaseModel

    class CompiledSteps(BaseModel):
        def _trace(self, input_shape: tuple[int, ...]) -> None:
            samples, labels = tf.TensorSpec([None, *input_shape], tf.float32), tf.TensorSpec([None], tf.int64)
            signature = [samples, labels, tf.TensorSpec([None], tf.float32)]
            self._step = tf.function(super()._train_batch, input_signature=signature, jit_compile=True)
            super()._trace(input_shape)

        def _train_batch(self, x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
            return self._step(x, y, weight)

    return CompiledSteps


def multiply_adds(case: Case) -> int:
    """Multiply-adds of training on one sample: those of the convolutions and dense layers, forward once and backward twice."""
    from keras import layers

    total = 0
    for layer in _build(case).layers:
        if isinstance(layer, layers.Conv2D):
            total += prod(layer.kernel.shape) * prod(layer.output.shape[1:3])
        elif isinstance(layer, layers.Dense):
            total += prod(layer.kernel.shape)
    return 3 * total


if __name__ == "__main__":
    main(sys.argv[1])
