"""Made-up pools like those of a half-trained model: a mixture of Gaussians as embeddings, a linear head, all that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.inference import Inference
from utils.pool_view import PoolView

Array = NDArray[np.float32]

SIZE = 128
"""Of an embedding, and of the features."""
CLASSES, LABELLED, PICKS = 10, 200, 200
PASSES, COPIES, MEMBERS = 20, 8, 5
_COMPONENTS = 40
_APART = 0.35
"""Deviation of the components' centres, in units of the deviation within one."""
_DROPOUT = 0.5
_VALIDATION = 1_000


@dataclass(frozen=True)
class Mixture:
    """Where samples come from; component k belongs to class k modulo C."""

    centres: Array
    """(components, d)"""
    head: Array
    """(d + 1, C)"""

    def embeddings(self, n: int, rng: np.random.Generator) -> tuple[Array, NDArray[np.int64]]:
        """(n, d) embeddings and (n,) classes."""
        components = rng.integers(len(self.centres), size=n)
        noise = rng.standard_normal((n, self.centres.shape[1]), dtype=np.float32)
        noise += self.centres[components]
        return noise, components % self.head.shape[1]

    def probabilities(self, embeddings: Array, head: Array | None = None) -> Array:
        """(n, C) by the head, or by another."""
        head = self.head if head is None else head
        return softmax(embeddings @ head[:-1] + head[-1])


def mixture(classes: int, rng: np.random.Generator) -> Mixture:
    """Overlapping components, and the head that the centres of the classes give."""
    centres = _APART * rng.standard_normal((_COMPONENTS, SIZE), dtype=np.float32)
    of_classes = np.stack([centres[label::classes].mean(axis=0) for label in range(classes)])
    head = np.zeros((SIZE + 1, classes), dtype=np.float32)
    head[:-1] = of_classes.T
    head[-1] = -(of_classes**2).sum(axis=1) / 2
    return Mixture(centres, head)


def softmax(logits: Array) -> Array:
    """(n, C) → (n, C)."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def classification_view(n: int, classes: int = CLASSES, seed: int = 0) -> PoolView:
    """Everything that an engine for classes can ask for, of `n` unlabelled samples."""
    rng = np.random.default_rng(seed)
    source = mixture(classes, rng)
    (pool, _), (labelled, labels), (validation, truth) = (_infer(source, count, rng) for count in (n, LABELLED, _VALIDATION))
    known = {"validation_labels": truth, "validation_inference": validation, "single_output": classes == 2}
    return _view(pool, labelled, labels, classes, **known)


def regression_view(n: int, seed: int = 0) -> PoolView:
    """The same for one target: the features times a vector, predicted with some noise."""
    rng = np.random.default_rng(seed)
    source = mixture(CLASSES, rng)
    weights = rng.standard_normal((SIZE, 1), dtype=np.float32)

    def infer(count: int) -> Inference:
        features = source.embeddings(count, rng)[0]
        predictions = features @ weights
        passes = predictions + rng.standard_normal((PASSES, count, 1), dtype=np.float32)
        members = predictions + rng.standard_normal((MEMBERS, count, 1), dtype=np.float32)
        return Inference(embeddings=features, features=features, predictions=predictions, stochastic=passes, committee=members)

    pool, labelled = infer(n), infer(LABELLED)
    return _view(pool, labelled, labelled.predictions + rng.standard_normal((LABELLED, 1), dtype=np.float32), 1)


def _view(pool: Inference, labelled: Inference, labels: NDArray[Any], classes: int, **known: Any) -> PoolView:
    m, count = len(pool.features), len(labels)
    return PoolView(np.arange(count, count + m), np.arange(count), labels, classes, 1, pool, labelled, **known)


def _infer(source: Mixture, n: int, rng: np.random.Generator) -> tuple[Inference, NDArray[np.int64]]:
    embeddings, labels = source.embeddings(n, rng)
    masks = (rng.random((PASSES, SIZE)) >= _DROPOUT).astype(np.float32) / (1 - _DROPOUT)
    moved = (embeddings + 0.3 * rng.standard_normal(embeddings.shape, dtype=np.float32) for _ in range(COPIES))
    heads = (source.head * (1 + 0.2 * rng.standard_normal(source.head.shape, dtype=np.float32)) for _ in range(MEMBERS))
    inference = Inference(
        probabilities=source.probabilities(embeddings),
        embeddings=embeddings,
        last_inputs=embeddings,
        head=source.head,
        stochastic=np.stack([source.probabilities(embeddings * mask) for mask in masks]),
        augmented=np.stack([source.probabilities(copies) for copies in moved]),
        committee=np.stack([source.probabilities(embeddings, head) for head in heads]),
        features=embeddings,
    )
    return inference, labels
