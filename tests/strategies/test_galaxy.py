"""GALAXY on lines that can be read off by eye, and pick by pick against its rule on random ones."""

import itertools

import numpy as np
import pytest

from strategies.base import strategies
from utils.inference import Inference
from utils.pool_view import PoolView


def select(unlabelled, labelled, labels, n, seed=0):
    """Rows picked, best first, and their scores."""
    unlabelled, labelled = np.asarray(unlabelled, np.float32), np.asarray(labelled, np.float32)
    labelled = labelled.reshape(-1, unlabelled.shape[1])
    view = PoolView(
        np.arange(len(unlabelled)), np.arange(1000, 1000 + len(labelled)), np.asarray(labels, np.int64),
        unlabelled.shape[1], 1, Inference(probabilities=unlabelled), Inference(probabilities=labelled),
    )  # fmt: skip
    selection = strategies.get("galaxy")().select(view, n, np.random.default_rng(seed))
    return selection.ids.tolist(), selection.scores


def line(*leads):
    """Two columns of probabilities, so that class 1 leads by each of `leads`."""
    leads = np.array(leads)
    return np.stack([(1 - leads) / 2, (1 + leads) / 2], axis=1)


def test_the_middle_of_the_shortest_stretch_between_two_classes():
    """Between labelled samples at −0.9, −0.3, 0.1 and 0.8 lie stretches of 5, 3 and 5; −0.1 is in the middle of the second."""
    labelled = line(-0.9, -0.3, 0.1, 0.8)
    unlabelled = line(-0.8, -0.7, -0.6, -0.5, -0.4, -0.2, -0.1, 0.0, 0.2, 0.3, 0.4, 0.5, 0.6)
    for seed in range(20):
        picked, scores = select(unlabelled, labelled, [0, 1, 0, 1], 1, seed)
        assert picked == [6]
        assert scores[0] == pytest.approx(-0.1)


def test_an_even_stretch_has_two_middles_that_come_as_often():
    picked = [select(line(-0.2, -0.1, 0.1, 0.2), line(-0.9, 0.9), [0, 1], 1, seed)[0][0] for seed in range(400)]
    assert set(picked) == {1, 2}
    assert abs(picked.count(1) - 200) < 50


def test_a_stretch_between_equal_labels_is_passed_over():
    """The stretch of one between two zeros is no boundary; the one of three is."""
    unlabelled = line(-0.8, -0.4, 0.0, 0.4)
    for seed in range(20):
        assert select(unlabelled, line(-0.9, -0.7, 0.9), [0, 0, 1], 1, seed)[0] == [2]


def test_picks_count_as_labelled_with_the_most_probable_class():
    """From the middle, predicted 1, the search goes on below it; then below that, or above the 0 that was found."""
    unlabelled = line(-0.4, -0.3, -0.2, 0.1, 0.2, 0.3, 0.4)
    for seed in range(20):
        picked = select(unlabelled, line(-0.9, 0.9), [0, 1], 3, seed)[0]
        assert picked == [3, 1, 2]


def test_without_a_stretch_the_picks_go_outward_from_where_the_class_begins_to_lead():
    unlabelled = line(-0.5, -0.2, 0.3, 0.9)
    for labelled, labels in [(np.empty((0, 2)), []), (line(-0.4), [0])]:
        picked, scores = select(unlabelled, labelled, labels, 1)
        assert picked == [1]
        assert scores[0] == pytest.approx(-0.2)


def test_the_most_probable_class_of_equal_ones_is_the_lower():
    """The pick in the middle leads by nothing and counts as 0, so that the boundary lies above it."""
    assert select(line(-0.4, -0.2, 0.0, 0.2, 0.4), line(-0.9, 0.9), [0, 1], 2, 1)[0] in ([2, 3], [2, 4])


def allowed(probabilities, labels, c):
    """What may be picked for class `c`: by the rule, written out. `labels` holds −1 for what is not labelled."""
    lead = [row[c] - max(np.delete(row, c)) for row in probabilities]
    order = sorted(range(len(lead)), key=lambda row: lead[row])
    known = [place for place, row in enumerate(order) if labels[row] >= 0]
    stretches = [
        order[one + 1 : other]
        for one, other in itertools.pairwise(known)
        if other > one + 1 and (labels[order[one]] == c) != (labels[order[other]] == c)
    ]
    if not stretches:
        free = [row for row in range(len(lead)) if labels[row] < 0]
        return {min(free, key=lambda row: abs(lead[row]))}
    shortest = min(len(stretch) for stretch in stretches)
    middles = [stretch[k] for stretch in stretches if len(stretch) == shortest for k in ((shortest - 1) // 2, shortest // 2)]
    return set(middles)


def follows(cycle, picked, probabilities, labels):
    """Whether each of `picked` is allowed when the classes take turns as in `cycle`."""
    labels = list(labels)
    for number, row in enumerate(picked):
        if row not in allowed(probabilities, labels, cycle[number % len(cycle)]):
            return False
        labels[row] = int(probabilities[row].argmax())
    return True


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("labelled", [0, 1, 6, 15])
def test_every_pick_follows_the_rule(labelled, seed):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(3), 40 + labelled).astype(np.float32)
    labels = rng.integers(0, 3, labelled)
    picked, scores = select(probabilities[:40], probabilities[40:], labels, 20, seed)
    state = [-1] * 40 + labels.tolist()
    assert any(follows(cycle, picked, probabilities, state) for cycle in itertools.permutations(range(3)))
    assert np.isfinite(scores).all()


def test_the_first_class_is_drawn():
    """Whatever the rule allows for any of the classes comes first by some seed."""
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(3), 66).astype(np.float32)
    labels = np.arange(6) % 3
    first = {select(probabilities[:60], probabilities[60:], labels, 1, seed)[0][0] for seed in range(60)}
    possible = set.union(*(allowed(probabilities, [-1] * 60 + labels.tolist(), c) for c in range(3)))
    assert first == possible


def test_with_nothing_labelled_no_labelled_inference_is_needed():
    probabilities = np.random.default_rng(0).dirichlet(np.ones(3), 10).astype(np.float32)
    empty = np.empty(0, np.int64)
    view = PoolView(np.arange(10), empty, empty, 3, 1, Inference(probabilities=probabilities))
    assert len(strategies.get("galaxy")().select(view, 4, np.random.default_rng(0)).ids) == 4
