"""Engines on passes with dropout, or on a committee, against their formulas in float64."""

import math

import numpy as np
import pytest

from strategies.base import strategies
from strategies.computation.configurations import Configurations
from utils.inference import Inference
from utils.pool_view import PoolView

EMPTY = np.empty(0, np.int64)


def view_of(passes, committee=None):
    passes = np.asarray(passes, np.float32)
    inference = Inference(stochastic=passes, committee=committee)
    return PoolView(np.arange(passes.shape[1]), EMPTY, EMPTY, passes.shape[2], 1, inference)


def score(name, view, seed=0, **params):
    return strategies.get(name)(**params).score(view, np.random.default_rng(seed))


def select(name, view, n, seed=0, **params):
    return strategies.get(name)(**params).select(view, n, np.random.default_rng(seed))


def some_passes(count=5, samples=40, classes=3, sharpness=0.4, seed=0):
    """Passes that differ; some samples are certain, some contradict themselves, some are the same in all passes."""
    rng = np.random.default_rng(seed)
    passes = rng.dirichlet(np.full(classes, sharpness), (count, samples))
    passes[:, 0] = np.eye(classes)[0]
    passes[:, 1] = np.eye(classes)[np.arange(count) % classes]
    passes[:, 2] = 1 / classes
    passes[:, 3] = passes[0, 3]
    return passes.astype(np.float32)


def entropy_of(p):
    return -sum(value * math.log(value) for value in p if value > 0)


def bald_of(passes):
    """(K, C) → nats."""
    passes = np.asarray(passes, np.float64)
    return entropy_of(passes.mean(axis=0)) - np.mean([entropy_of(p) for p in passes])


def divergence_of(members):
    """(K, C) → the mean KL divergence from their mean, term by term."""
    members = np.asarray(members, np.float64)
    mean = members.mean(axis=0)
    terms = [p * math.log(p / q) for member in members for p, q in zip(member, mean, strict=True) if p > 0]
    return sum(terms) / len(members)


def per_sample(function, passes):
    return [function(passes[:, sample]) for sample in range(passes.shape[1])]


@pytest.mark.parametrize(("count", "classes"), [(1, 3), (2, 2), (5, 3), (20, 10), (3, 1)])
def test_bald_against_its_formula(count, classes):
    passes = some_passes(count, classes=classes)
    scores = score("bald", view_of(passes))
    np.testing.assert_allclose(scores, per_sample(bald_of, passes), atol=1e-6)
    assert scores.min() >= 0
    assert scores.max() <= min(math.log(classes), math.log(count)) + 1e-6


def test_bald_of_nearly_equal_passes_is_right_to_the_last_digit_of_a_probability():
    rng = np.random.default_rng(0)
    passes = rng.dirichlet(np.full(4, 3.0), 50) * (1 + 1e-3 * rng.normal(size=(6, 50, 4)))
    passes = (passes / passes.sum(axis=2, keepdims=True)).astype(np.float32)
    expected = np.array(per_sample(bald_of, passes))
    assert expected.max() < 1e-6
    np.testing.assert_allclose(score("bald", view_of(passes)), expected, rtol=0, atol=np.finfo(np.float32).eps)


def test_power_bald_draws_in_proportion_to_a_power_of_the_score():
    """One of two samples, s² in the ratio a² : b²; five standard deviations of 2,000 draws are 0.06."""
    passes = some_passes(2, 6)[:, [1, 5]]
    one, other = per_sample(bald_of, passes)
    picked = [select("power_bald", view_of(passes), 1, seed, beta=2.0).ids[0] for seed in range(2000)]
    assert np.mean(np.array(picked) == 0) == pytest.approx(one**2 / (one**2 + other**2), abs=0.06)


def test_power_bald_nears_bald_as_its_power_grows_and_is_finite_at_0():
    view = view_of(some_passes())
    np.testing.assert_array_equal(select("power_bald", view, 12, beta=1e6).ids, select("bald", view, 12).ids)
    assert np.isfinite(score("power_bald", view)).all()
    assert "beta" in strategies.problems("power_bald", {"beta": 0.0})[0]


def test_vote_entropy_counts_votes_and_gives_a_tie_to_the_lower_class():
    members = some_passes(5, classes=3)
    members[0, 4] = [0.4, 0.4, 0.2]
    votes = [[int(np.argmax(member)) for member in members[:, sample]] for sample in range(members.shape[1])]
    expected = [entropy_of([row.count(c) / 5 for c in range(3)]) for row in votes]
    np.testing.assert_allclose(score("qbc", view_of(members)), expected, atol=1e-6)


@pytest.mark.parametrize("classes", [1, 2, 7])
def test_mean_divergence_of_a_committee(classes):
    members = some_passes(4, classes=classes)
    scores = score("qbc", view_of(members), measure="mean_kl")
    np.testing.assert_allclose(scores, per_sample(divergence_of, members), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("measure", ["vote_entropy", "mean_kl"])
def test_the_committee_is_dropout_or_the_last_rounds(measure):
    passes, members = some_passes(5, seed=1), some_passes(3, seed=2)
    view = view_of(passes, members)
    of_rounds = score("qbc", view, measure=measure, committee="rounds")
    np.testing.assert_array_equal(of_rounds, score("qbc", view_of(members), measure=measure))
    assert {need.name for need in strategies.get("qbc")(committee="rounds").needs} == {"COMMITTEE"}
    assert {need.name for need in strategies.get("qbc")().needs} == {"STOCHASTIC"}
    assert len(strategies.problems("qbc", {"measure": "kl", "committee": "members"})) == 2


def information_between(one, other):
    """(K, C) twice → I(y; y′) of two labels that are independent given the pass."""
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    joint = one.T @ other / len(one)
    of_independent = np.outer(one.mean(axis=0), other.mean(axis=0))
    return (joint[joint > 0] * np.log(joint[joint > 0] / of_independent[joint > 0])).sum()


@pytest.mark.parametrize(("count", "samples", "classes"), [(4, 12, 3), (5, 30, 2), (3, 6, 1), (6, 5, 9)])
def test_epig_against_a_loop_over_all_targets(count, samples, classes):
    passes = some_passes(count, samples, classes)
    expected = [np.mean([information_between(passes[:, i], passes[:, t]) for t in range(samples)]) for i in range(samples)]
    np.testing.assert_allclose(score("epig", view_of(passes)), expected, atol=1e-6)


def test_epig_of_so_many_classes_that_a_sample_takes_several_blocks():
    passes = np.random.default_rng(0).dirichlet(np.full(300, 0.05), (4, 8)).astype(np.float32)
    of_first = np.mean([information_between(passes[:, 0], passes[:, t]) for t in range(8)])
    assert score("epig", view_of(passes))[0] == pytest.approx(of_first, abs=1e-5)


def test_epig_draws_its_targets_without_replacement():
    """Only sample 0 tells anything, and only about itself: it scores where it is a target, which 2 of 6 are."""
    passes = np.full((2, 6, 2), 0.5)
    passes[:, 0] = np.eye(2)
    view = view_of(passes)
    scores = np.array([score("epig", view, seed, num_targets=2)[0] for seed in range(600)])
    assert np.unique(scores.round(6)).tolist() == pytest.approx([0, math.log(2) / 2], abs=1e-6)
    assert abs((scores > 0).sum() - 200) < 60
    assert score("epig", view, num_targets=100)[0] == pytest.approx(math.log(2) / 6)


def joint_information(passes):
    """(K, b, C) → I(y_1, …, y_b; k), by all C^b configurations."""
    passes = np.asarray(passes, np.float64)
    table = np.ones((len(passes), 1))
    for sample in range(passes.shape[1]):
        table = (table[:, :, np.newaxis] * passes[:, sample, np.newaxis]).reshape(len(passes), -1)
    given = np.mean([sum(entropy_of(p) for p in member) for member in passes])
    return entropy_of(table.mean(axis=0)) - given


def greedy(passes, n):
    """Rows and the joint information after each, by trying all samples in every step."""
    rows, reached = [], []
    for _ in range(n):
        gains = {i: joint_information(passes[:, [*rows, i]]) for i in range(passes.shape[1]) if i not in rows}
        rows.append(max(gains, key=gains.get))
        reached.append(gains[rows[-1]])
    return rows, reached


@pytest.mark.parametrize(("count", "classes", "n"), [(4, 3, 4), (6, 2, 6), (3, 5, 3), (8, 4, 4)])
@pytest.mark.parametrize("seed", range(3))
def test_batchbald_is_greedy_in_the_joint_information(count, classes, n, seed):
    passes = np.random.default_rng(seed).dirichlet(np.ones(classes), (count, 10)).astype(np.float32)
    selection = select("batchbald", view_of(passes), n)
    rows, reached = greedy(passes, n)
    np.testing.assert_array_equal(selection.ids, rows)
    np.testing.assert_allclose(np.cumsum(selection.scores), reached, atol=2e-5)


def test_batchbald_begins_with_the_largest_bald():
    for seed in range(10):
        passes = some_passes(7, 200, 4, seed=seed)
        view = view_of(passes)
        first = select("batchbald", view, 3)
        scores = score("bald", view)
        assert (first.ids[0], first.scores[0]) == (scores.argmax(), scores.max())


def test_batchbald_computes_few_gains_and_misses_none():
    """With 2,187 configurations for the eighth pick gains are bounded twice before any is computed."""
    passes = np.random.default_rng(0).dirichlet(np.full(3, 2.0), (6, 400)).astype(np.float32)
    selection = select("batchbald", view_of(passes), 8, num_configurations=3**7)
    configurations = Configurations.empty(6)
    for number, row in enumerate(selection.ids.tolist()):
        gains = configurations.gains(passes)
        gains[selection.ids[:number]] = -1
        assert row == gains.argmax()
        assert selection.scores[number] == pytest.approx(gains.max(), abs=1e-6)
        configurations = configurations.after(passes[:, row], 3**7, np.random.default_rng(0))


def test_batchbald_takes_no_two_samples_that_tell_the_same():
    """Two groups of equal samples: BALD takes the three of the one, BatchBALD one of each."""
    one, other = [[0.95, 0.05], [0.05, 0.95]] * 2, [[0.9, 0.1]] * 2 + [[0.1, 0.9]] * 2
    passes = np.array([one] * 3 + [other] * 3).transpose(1, 0, 2)
    assert sorted(select("bald", view_of(passes), 2).ids // 3) == [0, 0]
    assert sorted(select("batchbald", view_of(passes), 2).ids // 3) == [0, 1]


@pytest.mark.parametrize("seed", range(3))
def test_batchbald_with_fewer_configurations_comes_near(seed):
    """Of 3^7 configurations it may hold 100: what it says its picks tell, and what they do, are near the best there is."""
    passes = np.random.default_rng(seed).dirichlet(np.full(3, 0.7), (5, 30)).astype(np.float32)
    best = joint_information(passes[:, select("batchbald", view_of(passes), 7, num_configurations=3**7).ids])
    selection = select("batchbald", view_of(passes), 7, seed, num_configurations=100)
    told = joint_information(passes[:, selection.ids])
    assert told == pytest.approx(best, rel=0.02)
    assert selection.scores.sum() == pytest.approx(told, rel=0.05)


def test_what_drawn_configurations_tell_is_right_on_average():
    passes = np.random.default_rng(1).dirichlet(np.full(3, 2.0), (5, 6)).astype(np.float32)
    exact = drawn = Configurations.empty(5)
    for row in range(5):
        exact = exact.after(passes[:, row], 3**5, np.random.default_rng(0))
    found = []
    for seed in range(300):
        drawn, rng = Configurations.empty(5), np.random.default_rng(seed)
        for row in range(5):
            drawn = drawn.after(passes[:, row], 64, rng)
        found.append(drawn.gains(passes[:, 5:])[0])
    assert len(exact.weights) == 3**5
    assert np.mean(found) == pytest.approx(exact.gains(passes[:, 5:])[0], rel=0.02)


@pytest.mark.parametrize("groups", [1, 8, 32, 100])
def test_merged_configurations_never_tell_less(groups):
    passes = np.random.default_rng(2).dirichlet(np.full(3, 1.0), (6, 60)).astype(np.float32)
    configurations, rng = Configurations.empty(6), np.random.default_rng(0)
    for row in range(6):
        configurations = configurations.after(passes[:, row], 500, rng)
    merged = configurations.merged(groups, rng)
    assert len(merged.weights) <= groups
    assert merged.weights.sum() == pytest.approx(configurations.weights.sum(), rel=1e-5)
    assert (merged.gains(passes) >= configurations.gains(passes) - 1e-6).all()


def test_batchbald_fills_up_by_bald_when_nothing_is_left_to_learn():
    """Two passes that contradict each other about sample 3: its label tells all, and only BALD is left to go by."""
    unsure = [0.1, 0.4, 0.2, 0.5, 0.3, 0.0]
    passes = np.array([[[0.5 + u, 0.5 - u] for u in unsure], [[0.5 - u, 0.5 + u] for u in unsure]])
    selection = select("batchbald", view_of(passes), 5)
    assert selection.ids.tolist() == [3, 1, 4, 2, 0]
    np.testing.assert_allclose(selection.scores, [math.log(2), 0, 0, 0, 0], rtol=1e-6)


def test_batchbald_breaks_ties_of_what_fills_up_at_random():
    passes = np.full((3, 6, 4), 0.25)
    picked = np.concatenate([select("batchbald", view_of(passes), 2, seed).ids for seed in range(600)])
    assert abs(np.bincount(picked, minlength=6) - 200).max() < 60


@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_batchbald_with_any_number_of_configurations_takes_all_there_are(limit):
    view = view_of(some_passes(6, 25, 3))
    selection = select("batchbald", view, 100, num_configurations=limit)
    assert sorted(selection.ids.tolist()) == list(range(25))
    assert "num_configurations" in strategies.problems("batchbald", {"num_configurations": 0})[0]
    assert not strategies.problems("batchbald", {"num_configurations": 1_000_000})
    assert "less than or equal to 1000000" in strategies.problems("batchbald", {"num_configurations": 10**12})[0]


@pytest.mark.parametrize("name", ["bald", "power_bald", "qbc", "epig", "batchbald"])
def test_they_ask_for_passes_with_dropout_alone(name):
    assert {need.name for need in strategies.get(name).needs} == {"STOCHASTIC"}
