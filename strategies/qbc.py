"""Query by committee: where its members disagree."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from strategies.base import SelectionStrategy, strategies
from strategies.computation.disagreement import mean_divergence, vote_entropy
from utils.learning_engine import Need
from utils.pool_view import PoolView


@strategies.register("qbc")
class QueryByCommittee(SelectionStrategy):
    """Vote entropy −Σ_c (V_c/K) ln(V_c/K), or the mean of KL(p_k ‖ p̄), of a committee of K members, in nats.

    V_c is the number of members whose most probable class is c (ties: the lower), p_k (C,) the probabilities by member k, p̄
    their mean; 0 ln 0 = 0. The members are passes with dropout, or the weights of the last rounds. Their probabilities
    (K, m, C). O(K·m·C), in blocks. The mean KL over passes with dropout is what `bald` computes. With the
    weights of rounds there is one member in the first round, and all samples are alike.
    """

    needs = frozenset({Need.STOCHASTIC})
    rowwise = True
    reference = "Engelson and Dagan 1996 (vote entropy) and McCallum and Nigam 1998 (mean KL); after Seung et al. 1992"

    def __init__(
        self,
        *,
        measure: Literal["vote_entropy", "mean_kl"] = "vote_entropy",
        committee: Literal["dropout", "rounds"] = "dropout",
    ) -> None:
        """`measure`: of disagreement; `committee`: who its members are."""
        self._measure = measure
        self._committee = committee
        self.needs = frozenset({Need.STOCHASTIC if committee == "dropout" else Need.COMMITTEE})

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) in [0, min(ln C, ln K)] nats."""
        members = view.stochastic if self._committee == "dropout" else view.committee
        return vote_entropy(members) if self._measure == "vote_entropy" else mean_divergence(members)
