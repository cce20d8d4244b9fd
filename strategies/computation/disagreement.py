"""How far passes with dropout, or the members of a committee, disagree about each sample: what BALD and its kin build upon."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from utils.blocks import blocks
from utils.entropy import entropy

FLOOR = np.float32(1e-30)
"""Stands for a probability or a ratio of 0 under a logarithm: small enough to change no sum in single precision."""
OF_ALL_PASSES = 1 << 20
"""Numbers of a block that holds all passes; what is computed from it one pass at a time is smaller."""


def mean_divergence(passes: NDArray[np.float32]) -> NDArray[np.float32]:
    """(m,) (1/K) Σ_k KL(p_k ‖ p̄) in nats of `passes` (K, m, C), p̄ the mean over the passes, with 0 ln 0 = 0; never negative.

    It equals H(p̄) − (1/K) Σ_k H(p_k), the mutual information of the label and the pass, but is exact to some 1e-7 where the
    passes nearly agree: the logarithms are those of p_k / p̄, near 0 there, and not of the entropies. O(K·m·C), in blocks.
    """
    count, samples, classes = passes.shape
    divergence = np.empty(samples, dtype=np.float32)
    for rows in blocks(samples, classes * count, OF_ALL_PASSES):
        block = passes[:, rows]
        inverse = 1 / np.maximum(block.mean(axis=0), FLOOR)
        total, ratio = np.zeros_like(inverse), np.empty_like(inverse)
        for member in block:
            np.multiply(member, inverse, out=ratio)
            np.maximum(ratio, FLOOR, out=ratio)
            np.log(ratio, out=ratio)
            ratio *= member
            total += ratio
        divergence[rows] = total.sum(axis=1) / count
    return np.maximum(divergence, 0, out=divergence)


def vote_entropy(members: NDArray[np.float32]) -> NDArray[np.float32]:
    """(m,) entropy in nats of the votes of `members` (K, m, C), each for its most probable class, of equal ones the lower.

    NaN where a probability is NaN or infinite. O(K·m·C), in blocks.
    """
    count, samples, classes = members.shape
    disagreement = np.empty(samples, dtype=np.float32)
    for rows in blocks(samples, classes * count, OF_ALL_PASSES):
        block = members[:, rows]
        votes = block.argmax(axis=2) + np.arange(block.shape[1]) * classes
        shares = np.bincount(votes.ravel(), minlength=block.shape[1] * classes).astype(np.float32) / count
        finite = np.isfinite(np.einsum("kic->i", block))
        disagreement[rows] = np.where(finite, entropy(shares.reshape(-1, classes)), np.nan)
    return disagreement
