"""Which labelled samples are trained on again, by hand and against a loop over the classes."""

import math

import numpy as np
import pytest

from strategies.composition.history import History
from utils.inference import Inference
from utils.learning_engine import Need
from utils.pool_view import PoolView

IDS = np.array([10, 11, 12, 13, 14, 15, 16])
LABELS = np.array([0, 0, 0, 0, 1, 1, 1])
PROBABILITIES = np.array(
    [[0.9, 0.1], [0.6, 0.4], [0.8, 0.2], [0.3, 0.7], [0.45, 0.55], [0.1, 0.9], [0.9, 0.1]], np.float32
)  # 13 and 16 are predicted wrong; by entropy 11 > 12 > 10, and 14 > 15


NOBODY = np.empty(0, np.int64)


def rng(seed=0):
    return np.random.default_rng(seed)


def view(ids, labels, probabilities):
    nothing = np.empty(0, np.int64)
    inferred = Inference(probabilities)
    return PoolView(nothing, ids.copy(), labels.copy(), 3, 1, labelled_inference=inferred)


@pytest.mark.parametrize("mode", ["certain", "var"])
@pytest.mark.parametrize(
    ("keep", "expected"),
    [(1.0, [10, 11, 12, 14, 15]), (0.67, [11, 12, 14]), (0.5, [11, 14]), (0.01, [11, 14])],
)
def test_of_each_class_the_least_certain_share_of_the_right_ones(mode, keep, expected):
    assert History(mode, 3, keep).choose(view(IDS, LABELS, PROBABILITIES), NOBODY, rng()).tolist() == expected


def by_loop(keep, labels, probabilities):
    kept = []
    for label in set(labels.tolist()):
        right = [i for i in range(len(labels)) if labels[i] == label == max(range(3), key=lambda c, i=i: probabilities[i][c])]
        right.sort(key=lambda i: sum(p * math.log(p) for p in probabilities[i].tolist()))
        kept += right[: max(1, math.floor(keep * len(right)))] if right else []
    return sorted(kept)


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.75])
def test_against_a_loop(keep):
    labels, probabilities = rng(3).integers(0, 3, 200), rng(4).dirichlet([1, 1, 1], 200).astype(np.float32)
    chosen = History("certain", 0, keep).choose(view(np.arange(200), labels, probabilities), NOBODY, rng())
    assert chosen.tolist() == by_loop(keep, labels, probabilities)


def test_twenty_nine_percent_of_a_hundred_is_twenty_nine():
    probabilities = np.repeat(np.array([[0.9, 0.1]], np.float32), 100, axis=0)
    chosen = History("certain", 0, 0.29).choose(view(np.arange(100), np.zeros(100, np.int64), probabilities), NOBODY, rng())
    assert len(chosen) == 29


@pytest.mark.parametrize(
    ("mode", "labelled", "expected"),
    [("certain", 101, True), ("certain", 100, False), ("var", 101, True), ("all", 101, False), ("no", 101, False)],
)
def test_needs_probabilities_only_above_the_threshold(mode, labelled, expected):
    assert History(mode, 100, 0.5).needs(labelled) == (frozenset({Need.PROBABILITIES}) if expected else frozenset())


@pytest.mark.parametrize("mode", ["all", "certain", "var"])
def test_without_a_selection_all_history_is_trained_on(mode):
    assert History(mode, 100, 0.5).choose(view(IDS, LABELS, None), NOBODY, rng()).tolist() == IDS.tolist()


@pytest.mark.parametrize("mode", ["all", "certain", "var"])
def test_probabilities_that_another_part_asked_for_select_nothing(mode):
    assert History(mode, 100, 0.5).choose(view(IDS, LABELS, PROBABILITIES), NOBODY, rng()).tolist() == IDS.tolist()


@pytest.mark.parametrize("probabilities", [None, PROBABILITIES])
def test_no_history(probabilities):
    assert len(History("no", 0, 0.5).choose(view(IDS, LABELS, probabilities), NOBODY, rng())) == 0


def test_when_all_are_wrong_nothing_is_kept():
    wrong = view(IDS, 1 - LABELS, np.eye(2, dtype=np.float32)[LABELS])
    assert len(History("certain", 0, 0.5).choose(wrong, NOBODY, rng())) == 0


def test_what_is_held_out_counts_in_no_share():
    chosen = History("certain", 3, 0.5).choose(view(IDS, LABELS, PROBABILITIES), np.array([11, 14]), rng())
    assert chosen.tolist() == [12, 15]
    whole = History("all", 3, 0.5).choose(view(IDS, LABELS, None), np.array([11]), rng())
    assert whole.tolist() == [10, 12, 13, 14, 15, 16]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("highest_entropy", [11, 14]), ("lowest_entropy", [10, 15]), ("misclassified", [13, 16])],
)
def test_the_other_parts_of_history(rule, expected):
    assert History("certain", 3, 0.5, rule).choose(view(IDS, LABELS, PROBABILITIES), NOBODY, rng()).tolist() == expected


def test_what_is_held_out_is_no_history_whatever_the_rule():
    for rule in ("highest_entropy", "lowest_entropy", "random", "misclassified"):
        chosen = History("certain", 3, 1.0, rule).choose(view(IDS, LABELS, PROBABILITIES), np.array([10, 13, 16]), rng())
        assert not set(chosen.tolist()) & {10, 13, 16}


def test_at_random_every_rightly_predicted_sample_of_a_class_is_kept_as_often():
    kept = [History("certain", 3, 0.34, "random").choose(view(IDS, LABELS, PROBABILITIES), NOBODY, rng(s)) for s in range(600)]
    counts = np.bincount(np.concatenate(kept), minlength=17)[10:]
    assert counts[[3, 6]].tolist() == [0, 0]
    assert abs(counts[[0, 1, 2]] - 200).max() < 60  # five standard deviations of a binomial of 600 draws at 1/3
    assert abs(counts[[4, 5]] - 300).max() < 62


def test_density_peaks_keep_the_middle_of_each_class():
    places = rng(1).normal(size=(60, 2)).astype(np.float32) + 20 * (np.arange(60) % 2)[:, np.newaxis]
    labels, probabilities = np.arange(60) % 2, np.eye(2, dtype=np.float32)[np.arange(60) % 2]
    inferred = Inference(probabilities, places.astype(np.float32))
    whole = PoolView(NOBODY, np.arange(60), labels, 2, 1, labelled_inference=inferred)
    history = History("certain", 0, 0.01, "density_peaks")
    assert history.needs(60) == {Need.PROBABILITIES, Need.EMBEDDINGS}
    chosen = history.choose(whole, NOBODY, rng())
    assert sorted(labels[chosen]) == [0, 1]
    for sample in chosen:
        others = places[labels == labels[sample]]
        assert np.linalg.norm(places[sample] - others.mean(axis=0)) < 1.0
