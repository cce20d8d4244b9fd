"""What is measured on the stop set, by hand and against its definition; and what the stop set is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from utils.errors import DamagedRunError
from utils.inference import Inference
from utils.learning_engine import Need
from utils.observer import Observer
from utils.stability import Stability, agreement

FEATURES = np.linspace(0, 1, 3000, dtype=np.float32)[:, np.newaxis]
TRAIN = np.array([2999, 0, 1500, 600])


class Says:
    """The one feature is the probability of class 1 of two; in regression, the prediction."""

    def __init__(self, provides=(Need.PROBABILITIES,)):
        self.provides, self.asked = frozenset(provides), []

    def infer(self, x, needs, seed):
        self.asked.append((x.ids.tolist(), needs))
        p = x.take()
        return Inference(probabilities=np.concatenate([1 - p, p], axis=1))


def stability_of(train=TRAIN, engine=None, seed=1):
    return Stability(Observer(engine or Says(), FEATURES, seed), train, seed)


def before(*predicted):
    return [{"stability": {"predicted": list(predicted), "entropy": 0.5}}]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: p_o = 0.7, p_e = 0.5 · 0.6 + 0.5 · 0.4 = 0.5
        ([1] * 25 + [0] * 25, [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15, 0.4),
        # three classes, p_o = 4/6, p_e = (2 · 3 + 2 · 2 + 2 · 1) / 36 = 1/3
        ([0, 0, 1, 1, 2, 2], [0, 0, 0, 1, 2, 1], 0.5),
        ([0, 1, 2], [0, 1, 2], 1.0),
        ([0, 1], [1, 0], -1.0),
        ([4, 4, 4], [4, 4, 4], 1.0),
        ([4, 4, 4], [5, 5, 5], 0.0),
        ([4, 4, 4], [4, 4, 5], 0.0),
        ([7], [7], 1.0),
    ],
)
@pytest.mark.filterwarnings("error")
def test_kappa_by_hand(before, after, expected):
    assert agreement(before, after) == pytest.approx(expected, abs=1e-12)


def test_predictions_for_another_stop_set_are_refused():
    with pytest.raises(DamagedRunError, match=r"holds predictions for 3 samples of the stop set, expected 4: it was altered"):
        stability_of().measure(before(0, 1, 1), None)


def test_class_numbers_of_any_size_agree_without_a_table_of_that_size():
    assert agreement([2**52, 1], [2**52, 1]) == 1


def test_a_round_by_hand():
    columns, kept = stability_of().measure(before(0, 1, 1, 1), None)
    p = FEATURES[[0, 600, 1500, 2999], 0].astype(float)
    entropies = [-sum(q * np.log(q) for q in (share, 1 - share) if q) for share in p]
    assert kept["stability"]["predicted"] == [0, 0, 1, 1]
    assert columns["stop_entropy"] == kept["stability"]["entropy"] == pytest.approx(np.mean(entropies), rel=1e-6)
    assert columns["stop_kappa"] == pytest.approx(0.5)  # p_o = 3/4, p_e = (1/4 + 3/4) / 2


@pytest.mark.parametrize("rounds", [[], [{"stats": {}}], [*before(0, 0, 1, 1), {"stats": {}}]], ids=["first", "older", "gap"])
def test_without_predictions_of_the_round_before_there_is_no_kappa(rounds):
    columns, kept = stability_of().measure(rounds, None)
    assert columns["stop_kappa"] is None
    assert columns["stop_entropy"] > 0
    assert len(kept["stability"]["predicted"]) == 4


@pytest.mark.parametrize(("threshold", "predicted"), [(None, [0, 0, 1, 1]), (0.2, [0, 1, 1, 1]), (0.9, [0, 0, 0, 1])])
def test_in_binary_tasks_the_threshold_of_the_round_decides(threshold, predicted):
    assert stability_of().measure([], threshold)[1]["stability"]["predicted"] == predicted


def test_a_small_training_part_is_the_stop_set():
    assert stability_of().stop_set.tolist() == [0, 600, 1500, 2999]


def test_of_a_large_one_a_thousand_are_drawn_once_by_the_seed():
    train = np.random.default_rng(0).permutation(3000)[:2000]
    first, again, other = stability_of(train), stability_of(train), stability_of(train, seed=2)
    assert len(np.unique(first.stop_set)) == 1000
    assert (np.diff(first.stop_set) > 0).all()
    assert np.isin(first.stop_set, train).all()
    assert (first.stop_set == again.stop_set).all()
    assert len(np.setdiff1d(first.stop_set, other.stop_set)) > 300
    assert len(stability_of(train[:1000]).stop_set) == 1000


def test_one_inference_a_round():
    engine = Says()
    stability_of(engine=engine).measure([], None)
    assert engine.asked == [([0, 600, 1500, 2999], frozenset({Need.PROBABILITIES}))]


def test_in_regression_nothing_is_measured():
    engine = Says([Need.PREDICTIONS])
    assert stability_of(engine=engine).measure([], None) == ({}, {})
    assert engine.asked == []


def test_an_engine_that_does_not_answer_is_told():
    stability = stability_of()
    stability._observer._engine.infer = lambda *_: Inference()
    with pytest.raises(ValueError, match="the engine gave no probabilities"):
        stability.measure([], None)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30))
def test_kappa_is_that_of_scikit_learn(pairs):
    before, after = zip(*pairs, strict=True)
    if len({*before, *after}) > 1:
        assert agreement(before, after) == pytest.approx(cohen_kappa_score(before, after), abs=1e-12)
    else:
        assert agreement(before, after) == 1
