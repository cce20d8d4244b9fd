"""The largest probabilities of each sample, at the speed of one pass over them.

NumPy's reductions over the last axis take as long for ten classes as for a hundred. Where there are few, a block is turned on
its side first, so that each operation runs over many samples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from utils.blocks import blocks

_FEW = 32
"""Classes up to which turning a block on its side pays."""


def largest(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) the largest of each row of `probabilities` (n, C); NaN where there is one."""
    samples, classes = probabilities.shape
    first = np.empty(samples, dtype=np.float32)
    for rows in blocks(samples, classes):
        block = probabilities[rows]
        first[rows] = np.ascontiguousarray(block.T).max(axis=0) if classes <= _FEW else block.max(axis=1)
    return first


def two_largest(probabilities: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(n,) the largest and (n,) the second largest of each row of `probabilities` (n, C); the second is 0 where C = 1.

    Both are NaN where the row holds one.
    """
    samples, classes = probabilities.shape
    first, second = np.empty(samples, dtype=np.float32), np.empty(samples, dtype=np.float32)
    two_of = _two_of_few if classes <= _FEW else _two_of_many
    for rows in blocks(samples, classes):
        first[rows], second[rows] = two_of(probabilities[rows])
    return first, second


def _two_of_few(block: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    columns = np.ascontiguousarray(block.T)
    first, second = columns[0].copy(), np.zeros_like(columns[0])
    for column in columns[1:]:
        np.maximum(second, np.minimum(first, column), out=second)
        np.maximum(first, column, out=first)
    return first, second


def _two_of_many(block: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rest, every = block.copy(), np.arange(len(block))
    highest = block.argmax(axis=1)
    first = block[every, highest]
    rest[every, highest] = np.where(np.isnan(first), first, 0)
    return first, rest.max(axis=1)
