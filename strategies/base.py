"""What every selection engine is: a pure function of the view of a round, the budget and a random generator.

To add one, write a file beside this one: a class with the decorator `@strategies.register("name")`, a docstring with its
formula, shapes and source, `needs`, and `score` (or `pick`, when picks depend on one another). It is then a valid
`framework_type`, stands in `--help`, and falls under the tests that hold all engines to the same laws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from utils.errors import DivergenceError
from utils.explanation import Explanation
from utils.inference import Array
from utils.learning_engine import Need
from utils.pool_view import PoolView
from utils.registry import Registry
from utils.top import top

__all__ = ["CLASSIFICATION", "REGRESSION", "Positions", "Scores", "Selection", "SelectionStrategy", "strategies", "top"]

Positions = NDArray[np.intp]
"""Rows of a view: indices into `view.unlabelled` and the arrays that go with it."""
Scores = NDArray[np.float32]

CLASSIFICATION = frozenset({"multiclass", "binary"})
REGRESSION = frozenset({"regression"})


_LARGEST = 1e18
"""Length of a vector of which distances can still be squared in single precision."""


@dataclass(frozen=True)
class Selection:
    """The picks of a round, best first."""

    ids: NDArray[np.int64]
    """(k,) distinct ids of unlabelled samples."""
    scores: Scores
    """(k,) the score of each at the moment it was picked, larger = asked first; NaN where there is none."""


class SelectionStrategy:
    """A selection engine. It keeps no state between calls and touches no file, clock or global."""

    needs: frozenset[Need] = frozenset()
    """What the learning engine must infer for it, on the unlabelled samples."""
    checks_itself: ClassVar[frozenset[Need]] = frozenset()
    """Of these, what the engine checks for NaN itself, where it reads but a few rows; `select` checks the others."""
    needs_labelled: ClassVar[bool] = False
    """Whether it wants the same on the labelled samples too."""
    needs_validation: ClassVar[bool] = False
    """Whether it wants the same on the validation samples, and their labels."""
    rowwise: ClassVar[bool] = False
    """Whether the score of a sample depends on that sample alone, so that a large pool can be scored part by part."""
    tasks: ClassVar[frozenset[str]] = CLASSIFICATION
    """The tasks it is for, of "multiclass", "binary" and "regression"."""
    pseudo_label: ClassVar[bool] = False
    """Whether it comes with pseudo-labels, as the founding `entropy_pl` does."""
    reference: ClassVar[str] = ""
    """Where the formula comes from."""

    def score(self, view: PoolView, rng: np.random.Generator) -> Scores:
        """(m,) how much each unlabelled sample is worth; larger = ask first."""
        raise NotImplementedError(f"{type(self).__name__} must define score, or pick")

    def pick(self, view: PoolView, n: int, rng: np.random.Generator) -> tuple[Positions, Scores]:
        """(n,) distinct rows of the view, best first, and the score of each; 1 ≤ n ≤ m.

        Those of the highest `score`, ties broken by `rng`, unless an engine whose picks depend on one another defines it.
        """
        scores = self.scores(view, rng)
        rows = top(scores, n, rng)
        return rows, scores[rows]

    def scores(self, view: PoolView, rng: np.random.Generator) -> Scores:
        """(m,) what `score` says, in single precision.

        Raises:
            DivergenceError: a score is NaN or infinite; names the first bad sample.
            ValueError: there is not one for each sample.
        """
        with np.errstate(invalid="ignore", over="ignore"):
            scores = np.asarray(self.score(view, rng), dtype=np.float32)
        if scores.shape != view.unlabelled.shape:
            expected, name = view.unlabelled.shape, type(self).__name__
            raise ValueError(
                f"{name}.score: expected one score for each unlabelled sample, {expected}, received {scores.shape}"
            )
        check_scores(scores, view.unlabelled)
        return scores

    def explain(self, view: PoolView, n: int, rng: np.random.Generator) -> Explanation:
        """What can be drawn of how the engine would choose `n` samples; nothing unless an engine defines it."""
        return Explanation()

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        """The `n` samples to label next, or all that are left.

        Raises:
            DivergenceError: a value that the engine needs, or a score, is NaN or infinite; names the first bad sample.
        """
        if not self.rowwise:
            for ids, inference in ((view.unlabelled, view.inference), (view.labelled, view.labelled_inference)):
                for name in inference.of_samples():
                    if Need(name) in self.needs - self.checks_itself:
                        check_finite(name, getattr(inference, name), ids)
        n = min(n, len(view.unlabelled))
        if n <= 0:
            return Selection(view.unlabelled[:0], np.empty(0, dtype=np.float32))
        rows, scores = self.pick(view, n, rng)
        check_scores(scores, view.unlabelled[rows])
        return Selection(view.unlabelled[rows], scores.astype(np.float32, copy=False))


def check_scores(scores: Scores, ids: NDArray[np.int64]) -> None:
    """Raises DivergenceError, naming the first bad sample of `ids` (m,), when one of `scores` (m,) is NaN or infinite."""
    finite = np.isfinite(scores)
    if not finite.all():
        raise DivergenceError(f"the score of sample {ids[int(np.argmin(finite))]} is NaN or infinite: {_ADVICE}")


def check_finite(name: str, values: Array, ids: NDArray[np.int64]) -> None:
    """Raises DivergenceError, naming the first bad of the samples `ids` (m,): a value is NaN, infinite, or too large to square.

    Args:
        name: of the values.
        values: (m, …), or (K, m, …) as in `Inference`.
        ids: of the samples.
    """
    rows = values.reshape(-1, values.shape[-1])
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.einsum("ij,ij->i", rows, rows)
    if (squares < _LARGEST**2).all():
        return
    by_sample = values if values.ndim == 2 else values.swapaxes(0, 1)
    for sample, of_sample in zip(ids.tolist(), by_sample, strict=True):
        if not np.isfinite(of_sample).all():
            raise DivergenceError(f"the {name} of sample {sample} are NaN or infinite: {_ADVICE}")
        if np.abs(of_sample).max() > _LARGEST / len(of_sample):
            raise DivergenceError(f"the {name} of sample {sample} are as large as {np.abs(of_sample).max():.0e}: {_ADVICE}")


_ADVICE = "the model diverged; lower learning_rate, or look at that sample"

strategies: Registry[type[SelectionStrategy]] = Registry(
    "selection engine", "strategies", "active_learning.strategies", leave_out=("base",)
)
