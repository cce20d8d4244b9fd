"""The entropy of predicted distributions, in single precision and at the speed of one pass over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from utils.blocks import blocks

_TINY = np.finfo(np.float32).tiny


def entropy(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) −Σ_c p ln p in nats of the rows of `probabilities` (n, C), with 0 ln 0 = 0; in blocks of bounded size."""
    entropies = np.empty(len(probabilities), dtype=np.float32)
    for rows in blocks(*probabilities.shape):
        block = probabilities[rows]
        logarithms = np.maximum(block, _TINY)
        np.log(logarithms, out=logarithms)
        np.einsum("ij,ij->i", block, logarithms, out=entropies[rows])
    return np.negative(entropies, out=entropies)
