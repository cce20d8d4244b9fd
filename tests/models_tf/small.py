"""Every architecture at a small size, with samples to feed it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import models_tf
from utils.learning_engine import LearningEngine, Need, Sampling, TrainingSettings
from utils.rows import Rows

SHAPES: dict[str, tuple[int, ...]] = {
    "bilstm": (7,), "cnn": (8, 8, 1), "dense": (4, 2), "softmax": (5,), "vggish": (12, 10, 2),
}  # fmt: skip
PARAMS: dict[str, dict[str, Any]] = {
    "bilstm": {"vocabulary": 12, "embedding_units": 5, "lstm_units": 4, "hidden_units": 6},
    "cnn": {"filters": [4], "embedding_units": 6},
    "dense": {"units": [7, 6], "dropout": 0.3, "l2": 0.02},
    "softmax": {"l2": 0.02},
    "vggish": {"filters": [3, 4], "embedding_units": 6, "hidden_units": 5},
}
WITH_DROPOUT = ["bilstm", "cnn", "dense", "vggish"]
NO_DROPOUT: dict[str, dict[str, Any]] = {name: {"dropout": 0.0} if name in WITH_DROPOUT else {} for name in SHAPES}
SETTINGS = TrainingSettings(num_epochs=3, batch_size=8, learning_rate=0.01)
ONE_STEP = TrainingSettings(num_epochs=1, batch_size=30, learning_rate=0.01)
PLAIN = frozenset({Need.PROBABILITIES, Need.EMBEDDINGS, Need.LAST_INPUTS, Need.HEAD})
ALL = PLAIN | {Need.AUGMENTED, Need.STOCHASTIC}
_engines: dict[str, LearningEngine] = {}


class Twice:
    """Two copies: the sample itself, and the sample in reverse."""

    def copies(self, block: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
        return np.stack([block, block[:, ::-1]])


def make(
    model: str, outputs: int = 3, settings: TrainingSettings = SETTINGS, *, backend: Any = models_tf, **params: Any
) -> Any:
    """An engine, built once per worker for each set of arguments."""
    key = f"{backend.__name__} {model} {outputs} {settings} {params}"
    if key not in _engines:
        how = settings, Sampling(passes=4, augmenter=Twice()), 1
        _engines[key], _ = backend.make_engine(model, SHAPES[model], outputs, PARAMS[model] | params, *how)
    return _engines[key]


def samples(model: str, count: int = 30, classes: int = 3) -> tuple[Rows, NDArray[np.int64]]:
    """Noise with the class in its mean; of words, mostly those of the class."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % classes
    of_class = labels.reshape(-1, *[1] * len(SHAPES[model]))
    shape = count, *SHAPES[model]
    values = rng.integers(0, 6, shape) + 3 * of_class if model == "bilstm" else rng.normal(size=shape) + of_class
    return Rows(values.astype(np.float32), np.arange(count)), labels


def train(engine: LearningEngine, x: Rows, y: NDArray[np.int64], **options: Any) -> Any:
    weight = options.pop("sample_weight", np.ones(len(y), np.float32))
    return engine.fit(x, y, sample_weight=weight, **{"validation": None, "seed": 1} | options)


def same(first: list[NDArray[Any]], second: list[NDArray[Any]]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
