"""One way to train, in a process of its own, told what to do by lines on standard input.

`python -m tests.benchmarks.training_ways WAY` answers each line, the name of a case, with one line of JSON: the seconds and
the last loss of as many epochs as the case says; an empty answer comes first, when all is imported. The first answer for a
case includes building, tracing and compiling.
Deterministic operations and XLA exclude each other (MaxPoolGrad has no deterministic XLA kernel), hence the processes.
"""

from __future__ import annotations

import importlib
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

_ENGINES = "models_keras", "models_tf"
WORDS = 3_000
"""The vocabulary of the models for texts, their default."""
_RATE = 0.0005
_SEED = 1


@dataclass(frozen=True)
class Way:
    """How an epoch runs."""

    text: str
    loop: str
    """"arrays" or "pipeline" for Keras's `fit`; "models_keras" or "models_tf" for that engine's own loop."""
    xla: bool = False
    deterministic: bool = False


@dataclass(frozen=True)
class Case:
    """What is trained."""

    model: str
    shape: tuple[int, ...]
    outputs: int
    """Classes, or 1 for one sigmoid output."""
    batch: int
    samples: int
    epochs: int
    """Per measurement."""
    words: bool = False
    """Whether a sample is a row of word numbers."""


WAYS = {
    "arrays": Way("Keras fit, arrays", "arrays"),
    "arrays-xla": Way("Keras fit, arrays", "arrays", xla=True),
    "pipeline": Way("Keras fit, cached tf.data", "pipeline"),
    "pipeline-xla": Way("Keras fit, cached tf.data", "pipeline", xla=True),
    "loop": Way("tf.function loop (models_keras' way)", "models_keras"),
    "loop-xla": Way("tf.function loop", "models_keras", xla=True),
    "keras-engine": Way("models_keras as it runs", "models_keras", deterministic=True),
    "tf-engine": Way("models_tf as it runs", "models_tf", deterministic=True),
}
CASES = {
    "vggish": Case("vggish", (60, 41, 2), 10, batch=64, samples=1_000, epochs=1),
    "bilstm": Case("bilstm", (150,), 1, batch=256, samples=1_024, epochs=1, words=True),
    "cnn": Case("cnn", (8, 8, 1), 10, batch=32, samples=300, epochs=30),
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
            prepared[case.model] = _engine(way, case) if way.loop in _ENGINES else _keras_fit(way, case)
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
    device = importlib.import_module(f"{way.loop if way.loop in _ENGINES else 'models_keras'}.device")
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
    shape = case.samples, *case.shape
    x = rng.integers(0, WORDS, shape).astype(np.float32) if case.words else rng.standard_normal(shape, dtype=np.float32)
    return x, rng.integers(0, max(2, case.outputs), case.samples), rng.uniform(0.5, 1.5, case.samples).astype(np.float32)


def _build(case: Case) -> keras.Model:
    from models_keras import models

    return models.get(case.model)(case.shape, case.outputs)


def _keras_fit(way: Way, case: Case) -> Callable[[], float]:
    import keras
    import tensorflow as tf

    from models_keras.head import LOGITS

    whole = _build(case)
    model = keras.Model(whole.inputs, whole.get_layer(LOGITS).output)
    cross_entropy = keras.losses.BinaryCrossentropy if case.outputs == 1 else keras.losses.SparseCategoricalCrossentropy
    loss = cross_entropy(from_logits=True)
    model.compile(keras.optimizers.Adam(_RATE), loss, jit_compile=way.xla)
    x, y, weight = _samples(case)
    if way.loop == "pipeline":
        data = tf.data.Dataset.from_tensor_slices((x, y, weight)).cache().shuffle(case.samples).batch(case.batch)
        options: dict[str, Any] = {"x": data.prefetch(tf.data.AUTOTUNE)}
    else:
        options = {"x": x, "y": y, "sample_weight": weight, "batch_size": case.batch}
    return lambda: float(model.fit(**options, epochs=case.epochs, verbose=0).history["loss"][-1])


def _engine(way: Way, case: Case) -> Callable[[], float]:
    from utils.learning_engine import Sampling, TrainingSettings
    from utils.rows import Rows

    settings = TrainingSettings(case.epochs, case.batch, _RATE)
    build = importlib.import_module(way.loop).models.get(case.model)
    kind = _compiled() if way.xla else importlib.import_module(f"{way.loop}.base_model").BaseModel
    engine = kind(build, case.shape, case.outputs, {}, settings, Sampling())
    engine.reset(_SEED)
    x, y, weight = _samples(case)
    rows, seeds = Rows(x, np.arange(case.samples)), itertools.count(_SEED)
    return lambda: engine.fit(rows, y, sample_weight=weight, validation=None, seed=next(seeds)).epochs[-1].loss


def _compiled() -> Any:
    """The Keras engine with each training step compiled by XLA; the loop around the steps stays TensorFlow's."""
    import tensorflow as tf

    from models_keras.base_model import BaseModel
    from models_keras.tensorflow_steps import TensorFlowTraining

    class CompiledSteps(TensorFlowTraining):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.step = tf.function(self.step, jit_compile=True)

    class CompiledModel(BaseModel):
        training_steps = CompiledSteps

    return CompiledModel


def multiply_adds(case: Case) -> int:
    """Of training on one sample: those of convolutions, LSTMs and dense layers, forward once and backward twice."""
    from keras import layers

    total = 0
    for layer in _build(case).layers:
        if isinstance(layer, layers.Conv2D):
            total += prod(layer.kernel.shape) * prod(layer.output.shape[1:3])
        elif isinstance(layer, layers.Dense):
            total += prod(layer.kernel.shape)
        elif isinstance(layer, layers.Bidirectional):
            kernels = [weight for weight in layer.weights if "kernel" in weight.name]
            total += layer.input.shape[1] * sum(prod(kernel.shape) for kernel in kernels)
    return 3 * total


if __name__ == "__main__":
    main(sys.argv[1])
