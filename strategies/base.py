"""What every selection engine is: a pure function of the view of a round, the budget and a random generator.

To add one, write a file beside this one: a class with the decorator `@strategies.register("name")`, a docstring with its
formula, shapes and source, `needs`, and `score` (or `select`, when picks depend on one another). It is then a valid
`framework_type`, stands in `--help`, and falls under the tests that hold all engines to the same laws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from utils.errors import DivergenceError
from utils.learning_engine import Need
from utils.pool_view import PoolView
from utils.registry import Registry


@dataclass(frozen=True)
class Selection:
    """The picks of a round, best first."""

    ids: NDArray[np.int64]
    """(k,) distinct ids of unlabelled samples."""
    scores: NDArray[np.float32]
    """(k,) the score of each at the moment it was picked, larger = asked first; NaN where there is none."""


class SelectionStrategy:
    """A selection engine. It keeps no state between calls and touches no file, clock or global."""

    needs: ClassVar[frozenset[Need]] = frozenset()
    """What the learning engine must infer for it, on the unlabelled samples."""
    needs_labelled: ClassVar[bool] = False
    """Whether it wants the same on the labelled samples too."""
    pseudo_label: ClassVar[bool] = False
    """Whether it comes with pseudo-labels, as the founding `entropy_pl` does."""
    reference: ClassVar[str] = ""
    """Where the formula comes from."""

    def score(self, view: PoolView, rng: np.random.Generator) -> NDArray[np.float32]:
        """(m,) how much each unlabelled sample is worth; larger = ask first."""
        raise NotImplementedError(f"{type(self).__name__} must define score, or select")

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        """The `n` samples to label next, or all that are left: those of the highest score, ties broken by `rng`.

        Raises:
            DivergenceError: a score is NaN or infinite.
        """
        scores = self.score(view, rng)
        if not np.isfinite(scores).all():
            bad = int(view.unlabelled[np.flatnonzero(~np.isfinite(scores))[0]])
            raise DivergenceError(f"{type(self).__name__} gave sample {bad} a score that is NaN or infinite")
        positions = top(scores, n, rng)
        return Selection(view.unlabelled[positions], scores[positions])


def top(scores: NDArray[np.float32], n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Positions of the `n` largest of `scores` (m,), largest first, ties in random order; O(m + n log n)."""
    n = min(n, len(scores))
    if n == 0:
        return np.empty(0, dtype=np.intp)
    threshold = np.partition(scores, len(scores) - n)[len(scores) - n]
    above = np.flatnonzero(scores > threshold)
    ties = rng.permutation(np.flatnonzero(scores == threshold))[: n - len(above)]
    above = rng.permutation(above)
    above = above[np.argsort(-scores[above], kind="stable")]
    return np.concatenate([above, ties])


strategies: Registry[type[SelectionStrategy]] = Registry("selection engine", "strategies", "active_learning.strategies")
