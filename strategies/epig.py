"""Uncertainty whose removal would make the predictions for other samples surer."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from strategies.base import SelectionStrategy, strategies
from strategies.computation.disagreement import FLOOR
from utils.blocks import blocks
from utils.learning_engine import Need
from utils.pool_view import PoolView

_SMALLEST = np.float32(1e-15)
"""Stands for a ratio of 0, so that a product of two of them has a logarithm."""


@strategies.register("epig")
class ExpectedPredictiveInformationGain(SelectionStrategy):
    """(1/T) Σ_t I(y; y_t) in nats: what a sample's label is expected to tell about the labels of T other samples.

    With p_k, q_k the probabilities of the sample and of a target in pass k with dropout, p̄ and q̄ their means,
    I = Σ_c Σ_d p̄_c q̄_d R_cd ln R_cd, R_cd = (1/K) Σ_k (p_kc / p̄_c)(q_kd / q̄_d); R is 1 where the two are independent.
    The targets are drawn from the unlabelled samples, never from the labelled ones: all of them where there are fewer. For a
    target itself y_t is another draw of its label.
    Passes (K, m, C). O(T·m·C²·K), the logarithms O(T·m·C²), in blocks: for hundreds of classes take few targets.
    """

    needs = frozenset({Need.STOCHASTIC})
    reference = "Bickford Smith et al. 2023, Prediction-oriented Bayesian active learning, arXiv 2304.08151"

    def __init__(self, *, num_targets: Annotated[int, Field(ge=1)] = 100) -> None:
        """`num_targets` is T."""
        self._num_targets = num_targets

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) at least 0."""
        from threadpoolctl import threadpool_limits

        passes = view.stochastic
        _, samples, classes = passes.shape
        targets = np.sort(rng.choice(samples, min(self._num_targets, samples), replace=False))
        ratios, means = _ratios(passes.take(targets, axis=1))
        weights = means.ravel() / np.float32(len(targets))
        gains = np.empty(samples, dtype=np.float32)
        with threadpool_limits(1, user_api="blas"):
            for rows in blocks(samples, classes * len(weights)):
                gains[rows] = _gains(passes[:, rows], ratios, weights)
        return np.maximum(gains, 0, out=gains)


def _ratios(passes: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(K, b·C) p_k / p̄ of `passes` (K, b, C), and (b, C) the mean p̄."""
    means = np.maximum(passes.mean(axis=0), FLOOR)
    return np.maximum(passes / means, _SMALLEST).reshape(len(passes), -1), means


def _gains(passes: NDArray[np.float32], ratios: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """(b,) the score of each sample of `passes` (K, b, C); `ratios` (K, T·C) and `weights` q̄ / T (T·C,) are the targets'."""
    own, means = _ratios(passes)
    own = own.T / np.float32(len(own))
    gains = np.zeros(len(own), dtype=np.float32)
    for part in blocks(len(weights), len(own)):
        joint = own @ ratios[:, part]
        logarithms = np.log(joint)
        logarithms *= joint
        gains += np.einsum("ij,j->i", logarithms, weights[part])
    return np.einsum("ic,ic->i", gains.reshape(means.shape), means)
