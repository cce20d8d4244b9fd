"""What a run asks for in each round: an initial selection, then its engine, over all of the pool or over candidates from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from strategies.base import Scores, Selection, SelectionStrategy, strategies
from strategies.composition.history import History, HistoryRule
from strategies.composition.initial import choose_initial
from strategies.composition.pseudo_labels import PseudoLabels
from utils.best import Best
from utils.explanation import Explanation
from utils.inference import Inference
from utils.labelling import Labelling
from utils.learning_engine import Need
from utils.observer import Observer
from utils.pool import Pool
from utils.pool_view import PoolView
from utils.seeds import rng_for
from utils.sharded_scoring import ShardedScoring

DRAWN_OF = 50_000
"""Samples; of more labelled or unlabelled ones the pictures show so many, drawn at random."""
DRAWN_BYTES = 2**30
"""Of the embeddings of labelled or unlabelled samples; of more bytes the pictures show as many samples as fit."""
_ALWAYS_DRAWN = 1_000
"""Samples, whatever they take."""
SCORED_AT_ONCE = 65_536
"""Samples; a larger pool is inferred and scored part by part where the engine allows it, and only the scores are kept."""


@dataclass(frozen=True)
class QuerySettings:
    """The parameters of the same names, each a single value; see hparams.py."""

    framework_type: str
    strategy_params: dict[str, Any]
    initial_selection: Literal["random", "stratified", "kmeans", "typiclust"]
    initial_space: Literal["raw", "embedded"]
    labeled_percent: float
    num_select_per_round: int
    candidate_pool: int | None
    num_members: int
    hist_sel_mode: Literal["all", "certain", "var", "no"]
    sel_threshold: int
    hist_keep: float
    hist_rule: HistoryRule
    pseudo_label: bool
    decay_threshold: float
    decay_rate: float
    threads: int


class Query:
    """One run's way to choose what is labelled, pseudo-labelled and trained on again; keeps nothing between rounds."""

    def __init__(
        self, settings: QuerySettings, observer: Observer, num_classes: int, *, single_output: bool, seed: int
    ) -> None:
        """`single_output` for one sigmoid output; `seed` of the run."""
        self.settings, self.observer, self.seed = settings, observer, seed
        self.num_classes, self.single_output = num_classes, single_output
        self.sharded: ShardedScoring | None = None
        """Where a large pool is scored, but for its first part; None: all of it here."""
        self.strategy = strategies.get(settings.framework_type)(**settings.strategy_params)
        self.history = History(settings.hist_sel_mode, settings.sel_threshold, settings.hist_keep, settings.hist_rule)
        enabled = settings.pseudo_label or self.strategy.pseudo_label
        self.pseudo_labels = PseudoLabels(enabled, settings.decay_threshold, settings.decay_rate)

    @property
    def initial_needs(self) -> frozenset[Need]:
        """What the initial selection reads of the samples."""
        if self.settings.initial_selection not in {"kmeans", "typiclust"}:
            return frozenset()
        return frozenset({Need.EMBEDDINGS if self.settings.initial_space == "embedded" else Need.FEATURES})

    @property
    def members(self) -> int:
        """Rounds whose last weights a next round asks for."""
        return self.settings.num_members if Need.COMMITTEE in self.strategy.needs else 1

    def start(self, pool: Pool, labels: NDArray[np.int64], reset: Callable[[], None]) -> tuple[PoolView, Selection]:
        """Round 0: the view of it, and the samples labelled at the start.

        Args:
            pool: with nothing labelled.
            labels: (N,) class index of every sample of the data set, for "stratified" alone.
            reset: sets the untrained weights of the run, whose embeddings the selection may ask for.
        """
        if self.initial_needs:
            reset()
        view = self._view(0, pool.unlabelled, pool, self.observer.infer(pool.unlabelled, self.initial_needs, 0))
        rng, settings = rng_for(self.seed, "initial"), self.settings
        with self._pinned_threads(bool(self.initial_needs)):
            chosen = choose_initial(
                settings.initial_selection, settings.labeled_percent, view, labels, rng, settings.initial_space
            )
        return view, chosen

    def given(self, ids: NDArray[np.int64]) -> tuple[PoolView, Selection]:
        """Round 0 where the samples `ids` (g,) came with labels: nothing else is labelled at the start."""
        none = ids[:0]
        view = PoolView(ids, none, none, self.num_classes, 0, single_output=self.single_output)
        return view, Selection(ids, np.full(len(ids), np.nan, dtype=np.float32))

    def next_best(self, view: PoolView, pool: Pool, n: int) -> NDArray[np.int64]:
        """(k,) k ≤ n, the samples still unlabelled that would be asked for next, the most wanted first.

        Args:
            view: of the round, in which samples were just labelled.
            pool: as it stands after that.
            n: how many are wanted.
        """
        left, rng = pool.unlabelled, rng_for(self.seed, "ahead", view.round_number)
        n = min(n, len(left))
        rows = np.flatnonzero(np.isin(view.unlabelled, left))
        if n == 0:
            return left[:0]
        if view.round_number == 0 or len(rows) < n or (self.strategy.needs and not view.inference.of_samples()):
            return rng.permutation(left)[:n]
        rest = replace(view, unlabelled=view.unlabelled[rows], inference=view.inference.take(rows))
        with self._pinned_threads(not self.strategy.rowwise):
            return self.strategy.select(rest, n, rng).ids

    def ask(
        self, number: int, labelling: Labelling, n: int, weights: Callable[[], Sequence[Path]]
    ) -> tuple[PoolView, Selection]:
        """Round `number` > 0: the view of it, and the `n` samples to label next.

        Args:
            number: of the round.
            labelling: as it stands before the round.
            n: the budget.
            weights: finds those of the last rounds, for engines that ask a committee.

        Raises:
            DivergenceError: a value that the engine needs is NaN or infinite.
        """
        pool, members = labelling.pool, weights() if Need.COMMITTEE in self.strategy.needs else ()
        rng = rng_for(self.seed, "strategy", number)
        candidates = self._candidates(number, pool, n)
        needs = self.strategy.needs | self.pseudo_labels.needs(number)
        scored_alone = self.strategy.rowwise and type(self.strategy).pick is SelectionStrategy.pick
        in_parts = scored_alone and not self.pseudo_labels.needs(number) and Need.COMMITTEE not in needs
        if in_parts and len(candidates) > SCORED_AT_ONCE:
            return self._ask_in_parts(number, pool, candidates, n, rng)
        inference = self.observer.infer(candidates, needs, number, members)
        view = self._view(number, candidates, pool, inference)
        if self.strategy.needs_validation and labelling.validation is not None:
            ids, labels = labelling.validation
            of_validation = self.observer.infer(ids, self.strategy.needs, number, members)
            view = replace(view, validation_labels=labels, validation_inference=of_validation)
        with self._pinned_threads(not self.strategy.rowwise):
            return view, self.strategy.select(view, n, rng)

    def look_ahead(self, number: int, pool: Pool) -> PoolView:
        """The view of a round `number` that would follow, with what its pictures need: embeddings and what the model says."""
        needs = frozenset({self.observer.answer, Need.EMBEDDINGS}) | (self.strategy.needs & {Need.FEATURES})
        ids, known = (
            self._drawn(of_pool, needs - {self.observer.answer}, number) for of_pool in (pool.unlabelled, pool.labelled)
        )
        left, labelled = self.observer.infer(ids, needs, number), self.observer.infer(known, needs - {Need.FEATURES}, number)
        return PoolView(ids, known, self._labels(pool.labels_of(known)), self.num_classes, number, left, labelled)

    def _labels(self, labels: NDArray[Any]) -> NDArray[Any]:
        """(l,) class indices, or (l, 1) targets in regression."""
        return labels if self.num_classes else labels[:, np.newaxis]

    def _drawn(self, ids: NDArray[np.int64], needs: frozenset[Need], number: int) -> NDArray[np.int64]:
        """Those of `ids` that the pictures show, which take `needs` of each."""
        most = DRAWN_OF
        if len(ids) > _ALWAYS_DRAWN:
            of_one = self.observer.infer(ids[:1], needs, number).of_samples().values()
            most = min(DRAWN_OF, max(_ALWAYS_DRAWN, DRAWN_BYTES // max(1, sum(values.nbytes for values in of_one))))
        if len(ids) <= most:
            return ids
        return np.sort(rng_for(self.seed, "pictures").choice(ids, most, replace=False))

    def explain(self, view: PoolView) -> Explanation:
        """What can be drawn of how the engine would choose from `view`, made by `look_ahead`."""
        n, rng = min(self.settings.num_select_per_round, len(view.unlabelled)), rng_for(self.seed, "explain")
        with self._pinned_threads(not self.strategy.rowwise):
            return self.strategy.explain(view, n, rng)

    def part_scores(self, whole: PoolView, part: slice, rng: np.random.Generator) -> Scores:
        """(k,) the scores of those samples of `whole` that `part` holds, with the engine's present weights.

        Raises:
            DivergenceError: a score is NaN or infinite; names the first bad sample.
        """
        ids = whole.unlabelled[part]
        inference = self.observer.infer(ids, self.strategy.needs, whole.round_number)
        return self.strategy.scores(replace(whole, unlabelled=ids, inference=inference), rng)

    def _ask_in_parts(
        self, number: int, pool: Pool, candidates: NDArray[np.int64], n: int, rng: np.random.Generator
    ) -> tuple[PoolView, Selection]:
        whole, best, before = self._view(number, candidates, pool, Inference()), Best(n), rng.bit_generator.state
        first, *others = (
            slice(start, min(start + SCORED_AT_ONCE, len(candidates))) for start in range(0, len(candidates), SCORED_AT_ONCE)
        )
        best.add(_positions(first), self.part_scores(whole, first, rng))
        # scores that draw from the generator depend on what was drawn before them: they are made here, in order
        if self.sharded and rng.bit_generator.state == before and self.sharded.room():
            for found in self.sharded.candidates(whole, others, n):
                best.add(*found)
        else:
            for part in others:
                best.add(_positions(part), self.part_scores(whole, part, rng))
        rows, scores = best.pick(rng)
        return whole, Selection(candidates[rows], scores)

    def _candidates(self, number: int, pool: Pool, n: int) -> NDArray[np.int64]:
        """The unlabelled samples that are looked at: all, or `candidate_pool` of them at random, never fewer than `n`."""
        unlabelled, wanted = pool.unlabelled, self.settings.candidate_pool
        if wanted is None or max(wanted, n) >= len(unlabelled):
            return unlabelled
        return np.sort(rng_for(self.seed, "candidates", number).choice(unlabelled, max(wanted, n), replace=False))

    def _view(self, number: int, unlabelled: NDArray[np.int64], pool: Pool, inference: Inference) -> PoolView:
        of_strategy = self.strategy.needs if number and self.strategy.needs_labelled else frozenset()
        needs = of_strategy | (self.history.needs(len(pool.labelled)) if number else frozenset())
        of_labelled = self.observer.infer(pool.labelled, needs, number)
        known = pool.labelled, self._labels(pool.labels), self.num_classes, number, inference, of_labelled
        return PoolView(unlabelled, *known, single_output=self.single_output)

    def _pinned_threads(self, needed: bool) -> AbstractContextManager[Any]:
        """Linear algebra on as many threads as the run names: its bits may depend on them."""
        if not needed:
            return nullcontext()
        from threadpoolctl import threadpool_limits

        return threadpool_limits(self.settings.threads)


def _positions(part: slice) -> NDArray[np.intp]:
    return np.arange(part.start, part.stop)
