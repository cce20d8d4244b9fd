"""What the picks of a batch may turn out to be: configurations of their labels, and what each of them would teach.

A configuration gives every pick so far a label. Behind it stands a posterior over the K passes with dropout: how far each pass
would be believed if these labels came. BatchBALD asks which further sample would teach most, averaged over configurations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.computation.disagreement import FLOOR
from utils.blocks import blocks

RESOLUTION = 1e-6
"""Nats that single precision cannot tell from 0: a posterior with less entropy has collapsed to one pass."""
_FEWEST = 64
"""Configurations that are drawn at least."""
_SWEEPS = 2
"""Of k-means after the first assignment."""


@dataclass(frozen=True)
class Configurations:
    """S weighted configurations of the labels of the picks so far; those after which one pass is certain are left out."""

    weights: NDArray[np.float32]
    """(S,) probability of each, π_s."""
    posteriors: NDArray[np.float32]
    """(S, K) probability of each pass, given that configuration."""
    drawn: bool = False
    """Whether they stand for more than were enumerated."""

    @classmethod
    def empty(cls, passes: int) -> Configurations:
        """Before the first pick: a single one, which leaves all passes equally probable."""
        return cls(np.ones(1, dtype=np.float32), np.full((1, passes), 1 / passes, dtype=np.float32))

    def gains(self, passes: NDArray[np.float32]) -> NDArray[np.float32]:
        """(b,) what the label of each sample of `passes` (K, b, C) would tell beyond the picks so far, in nats.

        Σ_s π_s I_s(y; k), the mutual information of the label and the pass under the posterior w_s, is with a_kc = p_kc / p̄_c
        and φ(a) = a ln a the gap Σ_c p̄_c Σ_s π_s (Σ_k w_sk φ(a_kc) − φ(Σ_k w_sk a_kc)), which single precision can tell from
        0 where the passes nearly agree. O(S·K·b·C), the logarithms O(S·b·C).
        """
        count, samples, classes = passes.shape
        mean = np.maximum(passes.mean(axis=0), FLOOR)
        ratios = np.maximum(passes / mean, FLOOR).reshape(count, -1)
        believed = np.einsum("s,sk->k", self.weights, self.posteriors)
        gap = np.einsum("k,kj->j", believed, ratios * np.log(ratios))
        for part in blocks(samples * classes, len(self.weights)):
            mixed = self.posteriors @ ratios[:, part]
            logarithms = np.log(mixed)
            logarithms *= mixed
            gap[part] -= np.einsum("s,sj->j", self.weights, logarithms)
        return np.einsum("ic,ic->i", gap.reshape(samples, classes), mean)

    def after(self, outcomes: NDArray[np.float32], limit: int, rng: np.random.Generator) -> Configurations:
        """The configurations with one more pick, whose label is distributed as `outcomes` (K, C) in the passes.

        All of them while there are at most `limit`. Of more, some are drawn, by one random number for all (systematic
        resampling), in proportion to π_s times the entropy of the posterior, the most that s can contribute to a gain; their
        weights make up for it, so that gains keep their expectation. As many are drawn as keep the error of each further gain
        small beside all that the passes could tell: `limit` times the share of ln K that is still to be learned.
        """
        joint = self.weights[:, np.newaxis] * (self.posteriors @ outcomes)
        entropies = np.empty_like(joint)
        for label, probabilities in enumerate(outcomes.T):
            entropies[:, label] = _entropies(self._given(probabilities))
        chosen = np.flatnonzero((joint > FLOOR) & (entropies > RESOLUTION))
        weights, information = joint.ravel()[chosen], (joint * entropies).ravel()[chosen]
        drawn = self.drawn or len(chosen) > limit
        size = min(limit, max(_FEWEST, int(limit * information.sum() / np.log(len(outcomes))))) if drawn else limit
        if len(chosen) > size:
            times, draws = _draw(information, size, rng)
            chosen, weights = chosen[draws], (weights[draws] / information[draws]) * times
        before, labels = np.divmod(chosen, outcomes.shape[1])
        given = self.posteriors[before] * outcomes[:, labels].T
        return Configurations(weights, given / given.sum(axis=1, keepdims=True), drawn)

    def _given(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """(S, K) the posteriors after one more label, of `probabilities` (K,) in the passes."""
        given = np.maximum(self.posteriors * probabilities, FLOOR)
        return given / given.sum(axis=1, keepdims=True)

    def merged(self, groups: int, rng: np.random.Generator) -> Configurations:
        """At most `groups` configurations in place of these, whose gains are never smaller.

        Neighbouring posteriors are replaced by their mean: mutual information is concave in the distribution of the pass, so
        the mean's is at least the mean of theirs. Neighbours by a few sweeps of k-means on √w (Hellinger's distance).
        """
        if len(self.weights) <= groups:
            return self
        roots = np.sqrt(self.posteriors)
        merged = Configurations(self.weights, self.posteriors[rng.choice(len(roots), groups, replace=False)])
        for _ in range(_SWEEPS + 1):
            nearest = (roots @ np.sqrt(merged.posteriors).T).argmax(axis=1)
            order = np.argsort(nearest, kind="stable")
            starts = np.flatnonzero(np.diff(nearest[order], prepend=-1))
            weights = np.add.reduceat(self.weights[order], starts)
            means = np.add.reduceat((self.weights[:, np.newaxis] * self.posteriors)[order], starts, axis=0)
            means /= weights[:, np.newaxis]
            merged = Configurations(weights, means)
        return merged


def _entropies(distributions: NDArray[np.float32]) -> NDArray[np.float32]:
    logarithms = np.log(distributions)
    return -np.einsum("sk,sk->s", distributions, logarithms)


def _draw(shares: NDArray[np.float32], size: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Draws `size` times in proportion to `shares`: how much of their sum each drawn one stands for, and which these are."""
    sums = np.cumsum(shares, dtype=np.float64)
    points = (rng.random() + np.arange(size)) * (sums[-1] / size)
    draws, times = np.unique(np.minimum(np.searchsorted(sums, points, side="right"), len(sums) - 1), return_counts=True)
    return (times * (sums[-1] / size)).astype(np.float32), draws
