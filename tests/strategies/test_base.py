"""How the best are picked, and what an engine that breaks the contract is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from strategies.base import Selection, SelectionStrategy, top
from utils.errors import DivergenceError
from utils.inference import Inference
from utils.learning_engine import Need
from utils.pool_view import PoolView

EMPTY = np.empty(0, np.int64)


def rng(seed=0):
    return np.random.default_rng(seed)


@settings(deadline=None)
@given(hnp.arrays(np.float32, st.integers(0, 60), elements=st.sampled_from([-1.0, 0.0, 0.5, 0.75, 2.0])), st.integers(0, 70))
def test_top_is_a_sort(scores, n):
    positions = top(scores, n, rng())
    assert len(set(positions.tolist())) == len(positions) == min(n, len(scores))
    np.testing.assert_array_equal(scores[positions], np.sort(scores)[::-1][:n])


@pytest.mark.parametrize("scores", [[1, 1, 1, 1], [2, 1, 1, 1, 1, 0], [5, 5, 5, 5, 0]])
def test_each_of_the_ties_comes_first_as_often(scores):
    scores = np.array(scores, np.float32)
    tied = np.flatnonzero(scores == np.unique(scores)[-1 if (scores == scores.max()).sum() > 1 else -2])
    drawn = [next(position for position in top(scores, 3, rng(seed)) if position in tied) for seed in range(800)]
    counts = [drawn.count(position) for position in tied]
    assert sum(counts) == 800
    assert max(abs(count - 200) for count in counts) < 62  # five standard deviations


def scoring(values):
    class Engine(SelectionStrategy):
        def score(self, view, rng):
            return np.array(values, np.float32)

    return Engine()


def test_ids_and_scores_best_first():
    view = PoolView(np.array([7, 3, 9]), EMPTY, EMPTY, 2, 1, Inference())
    selection = scoring([0.9, 0.1, 0.5]).select(view, 2, rng())
    assert isinstance(selection, Selection)
    assert (selection.ids.tolist(), selection.scores.tolist()) == ([3, 9], [np.float32(0.9), 0.5])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_no_number_names_the_sample(bad):
    view = PoolView(np.array([3, 7, 9]), EMPTY, EMPTY, 2, 1, Inference())
    with pytest.raises(DivergenceError, match=r"the score of sample 7 is NaN or infinite: the model diverged; lower"):
        scoring([0.1, bad, bad]).select(view, 1, rng())


@pytest.mark.parametrize("where", ["inference", "labelled_inference"])
def test_an_engine_that_picks_by_itself_never_sees_what_is_not_finite(where):
    class Engine(SelectionStrategy):
        needs = frozenset({Need.EMBEDDINGS})

        def pick(self, view, n, rng):
            return np.arange(n), np.zeros(n, np.float32)

    parts = {name: Inference(embeddings=np.zeros((2, 3), np.float32)) for name in ("inference", "labelled_inference")}
    parts[where].embeddings[1, 2] = np.inf
    view = PoolView(np.array([3, 7]), np.array([4, 8]), np.array([0, 1]), 2, 1, **parts)
    bad = {"inference": 7, "labelled_inference": 8}[where]
    with pytest.raises(DivergenceError, match=rf"the embeddings of sample {bad} are NaN or infinite: the model diverged"):
        Engine().select(view, 1, rng())


def test_an_engine_without_a_score_is_told_what_to_define():
    class Nothing(SelectionStrategy):
        pass

    view = PoolView(np.array([7]), EMPTY, EMPTY, 2, 1)
    with pytest.raises(NotImplementedError, match=r"Nothing must define score, or pick"):
        Nothing().select(view, 1, rng())


def test_a_score_too_few_is_refused():
    view = PoolView(np.array([3, 7, 9]), EMPTY, EMPTY, 2, 1, Inference())
    message = r"Engine\.score: expected one score for each unlabelled sample, \(3,\), received \(2,\)"
    with pytest.raises(ValueError, match=message):
        scoring([0.1, 0.2]).select(view, 1, rng())
