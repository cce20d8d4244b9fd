"""The regression engines against plain double loops in float64, and their laws on pools where the answer is known."""

import math
import tracemalloc

import numpy as np
import pytest

from strategies.base import strategies
from strategies.computation.greedy_sampling import moments
from utils.inference import Inference
from utils.pool_view import PoolView

GREEDY = ["gsx", "gsy", "igs"]
VARIANCE = {"mc_variance": "stochastic", "qbc_variance": "committee"}
greedy = pytest.mark.parametrize("name", GREEDY)
variance = pytest.mark.parametrize("name", VARIANCE)


def view_of(features, predictions, labelled_features=None, targets=None, **arrays):
    features, predictions = (np.asarray(values, np.float32) for values in (features, predictions))
    labelled = features[:0] if labelled_features is None else np.asarray(labelled_features, np.float32)
    targets = predictions[:0] if targets is None else np.asarray(targets)
    of_pool = Inference(features=features, predictions=predictions, **arrays)
    ids = np.arange(100, 100 + len(features))
    return PoolView(ids, np.arange(len(labelled)), targets, 1, 1, of_pool, Inference(features=labelled))


def any_view(m=40, labelled=7, width=3, targets=1, seed=0):
    """Coordinates of very different scales, one of them constant."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(m + labelled, width)) * 10.0 ** np.arange(width) + 5
    features[:, width - 1] = 0.1
    outputs = rng.normal(size=(m + labelled, targets)) * 100.0 ** np.arange(targets)
    return view_of(features[:m], outputs[:m], features[m:], outputs[m:].astype(np.float32))


def select(name, view, n, seed=0):
    return strategies.get(name)().select(view, n, np.random.default_rng(seed))


def deviations(rows):
    """Of each column, 0 where it does not vary."""
    result = []
    for column in zip(*rows, strict=True):
        centre = sum(column) / len(column)
        varies = any(value != column[0] for value in column)
        result.append(math.sqrt(sum((value - centre) ** 2 for value in column) / len(column)) if varies else 0.0)
    return result


def distance(one, other, scales):
    return math.sqrt(sum(((a - b) / scale) ** 2 for a, b, scale in zip(one, other, scales, strict=True) if scale))


def middle(rows, scales):
    """The row nearest the mean."""
    centre = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    return min(range(len(rows)), key=lambda row: distance(rows[row], centre, scales))


def expected(name, view, n):
    """The picks, by distances of single numbers."""
    features, labelled = view.features.astype(float).tolist(), view.labelled_features.astype(float).tolist()
    predictions, targets = view.predictions.astype(float).tolist(), view.labels.astype(float).tolist()
    input_scales = deviations(features + labelled)
    output_scales = [of_targets or of_predictions for of_targets, of_predictions in zip(
        deviations(targets) if targets else deviations(predictions), deviations(predictions), strict=True
    )]  # fmt: skip
    known, picks = list(zip(labelled, targets, strict=True)), []
    if not known:
        picks.append(middle(predictions, output_scales) if name == "gsy" else middle(features, input_scales))
        known.append((features[picks[0]], predictions[picks[0]]))
    while len(picks) < n:
        best, farthest = -1.0, None
        for row in set(range(len(features))) - set(picks):
            nearest = math.inf
            for inputs, outputs in known:
                apart_in_inputs = 1.0 if name == "gsy" else distance(features[row], inputs, input_scales)
                apart_in_outputs = 1.0 if name == "gsx" else distance(predictions[row], outputs, output_scales)
                nearest = min(nearest, apart_in_inputs * apart_in_outputs)
            if nearest > best:
                best, farthest = nearest, row
        picks.append(farthest)
        known.append((features[farthest], predictions[farthest]))
    return picks


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("labelled", "targets"), [(7, 1), (7, 3), (1, 1), (0, 1), (0, 2)])
@greedy
def test_greedy_sampling_against_a_double_loop(name, labelled, targets, seed):
    view = any_view(labelled=labelled, targets=targets, seed=seed)
    assert (select(name, view, 25).ids - 100).tolist() == expected(name, view, 25)


@greedy
def test_a_pool_of_many_blocks_and_more_than_one_front_against_numpy(name):
    """Plain arrays of all distances; more labelled samples than are measured against at once."""
    view = any_view(m=3000, labelled=300, width=9, seed=5)
    scales = np.array(deviations(np.concatenate([view.features, view.labelled_features]).astype(float).tolist()))[:-1]
    inputs, known = view.features[:, :-1] / scales, view.labelled_features[:, :-1] / scales
    inputs, known = ([np.append(known, inputs, axis=0)], [np.append(view.labels, view.predictions, axis=0)])
    points, outputs = inputs[0], known[0] / view.labels.std()
    apart = 1.0
    if name != "gsy":
        apart = apart * np.sqrt(((points[:, np.newaxis].astype(np.float32) - points.astype(np.float32)) ** 2).sum(axis=2))
    if name != "gsx":
        apart = apart * np.abs(outputs - outputs.T)
    nearest, picks, scores = apart[300:, :300].min(axis=1), [], []
    for _ in range(60):
        picks.append(int(nearest.argmax()))
        scores.append(nearest.max())
        nearest = np.minimum(nearest, apart[300:, 300 + picks[-1]])
    selection = select(name, view, 60)
    assert (selection.ids - 100).tolist() == picks
    np.testing.assert_allclose(selection.scores, scores, rtol=1e-4)


@pytest.mark.parametrize("labelled", [0, 5])
@greedy
def test_scores_fall_and_reach_zero_where_only_copies_are_left(name, labelled):
    view = any_view(m=8, labelled=labelled)
    doubled = view_of(*(np.tile(values, (2, 1)) for values in (view.features, view.predictions)),
                      view.labelled_features, view.labels)  # fmt: skip
    selection = select(name, doubled, 16)
    assert (np.diff(selection.scores) <= 0).all()
    assert (selection.scores[:8] > 0).all()
    assert (selection.scores[8:] == 0).all()
    assert sorted((selection.ids[:8] - 100) % 8) == list(range(8))


@greedy
def test_copies_of_the_best_are_picked_evenly(name):
    corner = view_of([[0.0, 1], [9, 1], [9, 1], [9, 1], [1, 1]], [[0.0], [9], [9], [9], [1]], [[0.5, 1]], [[0.5]])
    counts = np.bincount([select(name, corner, 1, seed).ids[0] - 100 for seed in range(600)], minlength=5)
    assert counts[[0, 4]].sum() == 0
    assert abs(counts[1:4] - 200).max() < 60


def test_igs_takes_the_smallest_product_not_the_product_of_the_smallest():
    """Nearest in input is not nearest in output: the products of A are 1·9 and 9·1, of B 2·4 and 8·6."""
    labelled, targets = [[0.0], [10.0]], [[0.0], [10.0]]
    view = view_of([[1.0], [2.0]], [[9.0], [4.0]], labelled, targets)
    assert select("igs", view, 1).ids == [100]
    nearest = {row: min(abs(x - 0), abs(x - 10)) * min(abs(y - 0), abs(y - 10)) for row, x, y in [(100, 1, 9), (101, 2, 4)]}
    assert max(nearest, key=nearest.get) == 101


def test_a_pick_counts_with_its_predicted_output():
    view = view_of(np.zeros((4, 1)), [[10.0], [9.9], [-8.0], [4.9]], [[0.0], [0.0]], [[0.0], [1.0]])
    assert select("gsy", view, 3).ids.tolist() == [100, 102, 103]


def test_integer_targets_of_one_dimension():
    flat = view_of([[0.0], [1.0]], [[3.0], [9.0]], [[0.0], [0.0]], np.array([2, 4]))
    selection = select("gsy", flat, 2)
    assert selection.ids.tolist() == [101, 100]
    assert selection.scores.tolist() == [5, 1]


def test_the_mean_and_deviation_are_those_of_all_rows():
    rng = np.random.default_rng(0)
    points = (rng.normal(size=(30_000, 10)) * 3 + 1000).astype(np.float32)
    points[:, 4] = 0.1
    mean, deviation = moments(points[:100], points[100:])
    np.testing.assert_allclose(mean, points.mean(axis=0, dtype=np.float64))
    assert deviation[4] == np.inf
    np.testing.assert_allclose(np.delete(deviation, 4), np.delete(points.std(axis=0, dtype=np.float64), 4), rtol=1e-9)


@greedy
def test_memory_does_not_grow_with_the_pool_times_the_labelled(name):
    view = any_view(m=20_000, labelled=2_000, width=4)
    select(name, any_view(), 3)
    tracemalloc.start()
    try:
        select(name, view, 10)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8e6  # all distances would take 320e6


@pytest.mark.parametrize("targets", [1, 3])
@variance
def test_variance_against_a_double_loop(name, targets):
    rng = np.random.default_rng(1)
    scales = 10.0 ** np.arange(targets)
    passes = (rng.normal(size=(6, 50, targets)) * scales + 1000).astype(np.float32)
    labels = (rng.normal(size=(9, targets)) * scales).astype(np.float32)
    view = view_of(np.zeros((50, 1)), np.zeros((50, targets)), np.zeros((9, 1)), labels, **{VARIANCE[name]: passes})
    weights = [1 / scale**2 for scale in deviations(labels.astype(float).tolist())] if targets > 1 else [1.0]
    spread = [deviations(passes[:, row].astype(float).tolist()) for row in range(50)]
    sums = [sum(weight * scale**2 for weight, scale in zip(weights, row, strict=True)) for row in spread]
    np.testing.assert_allclose(strategies.get(name)().score(view, rng), sums, rtol=1e-4)


@pytest.mark.parametrize("labels", [np.empty((0, 2), np.float32), np.array([[1, 2], [1, 4]], np.float32)])
@variance
def test_a_target_that_does_not_vary_over_the_labelled_counts_in_its_own_units(name, labels):
    passes = np.array([[[0, 0]], [[2, 4]]], np.float32)
    view = view_of([[0.0]], [[0.0, 0.0]], np.zeros((len(labels), 1)), labels, **{VARIANCE[name]: passes})
    assert strategies.get(name)().score(view, np.random.default_rng(0)) == [1 + 4]


@pytest.mark.parametrize("count", [1, 7])
@variance
def test_where_all_agree_every_score_is_exactly_zero(name, count):
    rng = np.random.default_rng(0)
    passes = np.repeat(rng.normal(size=(1, 30, 2)) * 1000, count, axis=0).astype(np.float32)
    view = view_of(np.zeros((30, 1)), np.zeros((30, 2)), **{VARIANCE[name]: passes})
    selections = [select(name, view, 5, seed) for seed in range(40)]
    assert all((selection.scores == 0).all() for selection in selections)
    assert len(np.unique([selection.ids for selection in selections])) > 25
