"""BALD for a whole batch: picks that do not tell the same twice."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from strategies.base import Positions, Scores, SelectionStrategy, strategies
from strategies.computation.configurations import RESOLUTION, Configurations
from strategies.computation.disagreement import mean_divergence
from utils.blocks import blocks
from utils.learning_engine import Need
from utils.pool_view import PoolView
from utils.top import top

_GROUPS = (32, 128)
"""Numbers of merged configurations that bound a gain from above, coarse to fine."""
_LEADERS = 64
"""Samples whose gain is computed first: the best of them tells which others can be passed over."""


@strategies.register("batchbald")
class BatchBald(SelectionStrategy):
    """Greedily the sample that adds most to I(y_1, …, y_b; k), the joint mutual information of the labels and the pass.

    A label y_i has the probabilities p_ki (C,) in pass k of K with dropout, the same masks for the whole pool; given the pass
    the labels are independent. What sample i adds is the mean over the configurations s of the labels picked so far of
    I_s(y_i; k) in nats, the mutual information under the posterior of the passes given s. All C^b configurations count while
    there are at most `num_configurations`; of more a weighted sample of that size, smaller once little is left to learn (see
    Configurations). The score is what the pick added when it was picked. There are ln K nats to learn; when no sample adds
    more than 1e-6, which single precision cannot tell from 0, the rest are those of the largest `bald`, ties at random, with
    a score of 0.

    Passes (K, m, C). A gain costs O(S·C·K) for S configurations, at worst for each of m samples and B picks; see _Search for
    how few are computed. Memory O(m) and blocks.

    Deviation from the paper: there the configurations are drawn afresh for each pick, each as probable as any other.
    """

    needs = frozenset({Need.STOCHASTIC})
    reference = "Kirsch, van Amersfoort and Gal 2019, BatchBALD, arXiv 1906.08158"

    def __init__(self, *, num_configurations: Annotated[int, Field(ge=1, le=1_000_000)] = 1000) -> None:
        """`num_configurations` is how many configurations of labels there are at most."""
        self._num_configurations = num_configurations

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) rows, best first, and (n,) the nats that each added; see SelectionStrategy."""
        from threadpoolctl import threadpool_limits

        information = mean_divergence(view.stochastic)
        with threadpool_limits(1, user_api="blas"):
            rows, gains = self._greedy(view.stochastic, information, n, rng)
        rest = np.setdiff1d(np.arange(len(information)), rows)
        filled = rest[top(information[rest], n - len(rows), rng)]
        scores = np.zeros(n, dtype=np.float32)
        scores[: len(rows)] = gains
        return np.concatenate([np.array(rows, dtype=np.intp), filled]), scores

    def _greedy(
        self, passes: NDArray[np.float32], information: NDArray[np.float32], n: int, rng: np.random.Generator
    ) -> tuple[list[int], list[float]]:
        """At most `n` rows, each of which added more than nothing, and what it added."""
        search, configurations = _Search(passes, information), Configurations.empty(len(passes))
        rows, gains = list[int](), list[float]()
        while len(rows) < n:
            row, gain = search.next(rng)
            if gain <= RESOLUTION:
                break
            rows.append(row)
            gains.append(gain)
            configurations = configurations.after(passes[:, row], self._num_configurations, rng)
            search.update(configurations, rng)
        return rows, gains


class _Search:
    """Finds the sample of the largest gain by computing few of them.

    Each sample has an upper bound. A gain only falls as picks are added, so what it was for earlier picks is one; few merged
    configurations give a tighter one. Only samples whose bound reaches the best gain known are looked at more closely.
    (Where configurations are drawn, a gain can rise by what the draw is off; this is passed over.)
    """

    def __init__(self, passes: NDArray[np.float32], information: NDArray[np.float32]) -> None:
        """`passes` (K, m, C); before the first pick the gains are `information` (m,)."""
        self._passes = passes
        self._bounds = information.copy()
        self._known = np.ones(len(information), dtype=np.bool_)
        self._levels: list[Configurations] = []

    def update(self, configurations: Configurations, rng: np.random.Generator) -> None:
        """After a pick: gains are by these configurations now, and all bounds but upper ones."""
        merged = [configurations.merged(groups, rng) for groups in _GROUPS if 2 * groups <= len(configurations.weights)]
        self._levels = [*merged, configurations]
        self._known[:] = False

    def next(self, rng: np.random.Generator) -> tuple[int, float]:
        """The sample of the largest gain, ties at random, and that gain; it does not come again."""
        for level in self._levels:
            self._know(self._leaders(), self._levels[-1])
            hopeful = np.flatnonzero(~self._known & (self._bounds >= self._best()))
            if level is self._levels[-1]:
                self._know(hopeful, level)
            else:
                self._tighten(hopeful, level)
        leader = int(rng.choice(np.flatnonzero(self._known & (self._bounds == self._best()))))
        gain = float(self._bounds[leader])
        self._bounds[leader] = -np.inf
        return leader, gain

    def _best(self) -> np.float32:
        return self._bounds[self._known].max()

    def _leaders(self) -> NDArray[np.intp]:
        unknown = np.where(self._known, -np.inf, self._bounds)
        leaders = np.argpartition(unknown, max(0, len(unknown) - _LEADERS))[-_LEADERS:]
        return leaders[unknown[leaders] > -np.inf]

    def _know(self, rows: NDArray[np.intp], configurations: Configurations) -> None:
        self._tighten(rows, configurations)
        self._known[rows] = True

    def _tighten(self, rows: NDArray[np.intp], level: Configurations) -> None:
        """Lowers the bounds of `rows`; where these are most, of all, since to gather them would take longer."""
        count, samples, classes = self._passes.shape
        most = 2 * len(rows) >= samples
        for part in blocks(samples if most else len(rows), count * classes):
            block = part if most else rows[part]
            passes = self._passes[:, block] if most else self._passes.take(rows[part], axis=1)
            self._bounds[block] = np.minimum(self._bounds[block], level.gains(passes))
