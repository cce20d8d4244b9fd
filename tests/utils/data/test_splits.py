"""Shares are exact per class, groups stay whole, and what was trained on is never held out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.data.splits import Parts, check_classes, extend_holdout, split, take_stratified
from utils.errors import DataError

tenths = st.lists(st.integers(0, 9), min_size=1, max_size=3).filter(lambda shares: sum(shares) < 10)
class_sizes = st.lists(st.integers(0, 6), min_size=1, max_size=6).filter(any)


def rng(seed=0):
    return np.random.default_rng(seed)


def assert_partition(parts, count):
    assert sorted(np.concatenate(parts).tolist()) == list(range(count))
    assert all((np.diff(part) > 0).all() for part in parts)


@settings(deadline=None)
@given(class_sizes, tenths, st.integers(0, 2**32))
def test_shares_are_exact_per_class(sizes, shares, seed):
    labels = rng(seed).permutation(np.repeat(np.arange(len(sizes)), np.multiply(sizes, 10)))
    parts = split(labels, None, tuple(share / 10 for share in shares), rng(seed))
    assert_partition(parts, len(labels))
    for part, share in zip(parts, [*shares, 10 - sum(shares)], strict=True):
        assert np.bincount(labels[part], minlength=len(sizes)).tolist() == [share * size for size in sizes]


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=6).filter(any), st.floats(0, 0.99), st.integers(0, 2**32))
def test_shares_that_do_not_divide_are_off_by_less_than_one_sample(sizes, share, seed):
    labels = rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    part, rest = split(labels, None, (share,), rng(seed))
    assert_partition([part, rest], len(labels))
    assert len(part) == round(share * len(labels))
    ideal = np.array(sizes) * len(part) / len(labels)
    assert (abs(np.bincount(labels[part], minlength=len(sizes)) - ideal) < 1).all()


@settings(deadline=None)
@given(st.data(), st.integers(1, 60), tenths)
def test_groups_never_straddle(data, count, shares):
    labels = np.array(data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)))
    groups = np.array(data.draw(st.lists(st.sampled_from("abcdefgh"), min_size=count, max_size=count)))
    parts = split(labels, groups, tuple(share / 10 for share in shares), rng(count))
    assert_partition(parts, count)
    places = [set(groups[part]) for part in parts]
    if len(set(groups)) < count:
        assert sum(map(len, places)) == len(set.union(*places))
    assert all(not len(part) for part, share in zip(parts, shares, strict=False) if share == 0)


def test_many_groups_come_near_the_shares_of_every_class():
    labels, groups = np.repeat([0, 1, 2], [900, 600, 300]), np.array([f"g{number // 6}" for number in range(1800)])
    parts = split(labels, groups, (0.2, 0.1), rng())
    for part, share in zip(parts, (0.2, 0.1, 0.7), strict=True):
        assert np.bincount(labels[part]) == pytest.approx(np.array([900, 600, 300]) * share, abs=6)


@pytest.mark.parametrize("groups", [None, np.array([str(number // 4) for number in range(200)])])
def test_the_generator_decides(groups):
    labels = np.arange(200) % 2
    first, again, other = (split(labels, groups, (0.3,), rng(seed))[0].tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=60), st.data())
def test_take_stratified_takes_that_many_in_proportion(labels, data):
    labels, count = np.array(labels, dtype=np.int64), data.draw(st.integers(0, len(labels)))
    taken = take_stratified(labels, count, rng(count))
    assert len(set(taken.tolist())) == len(taken) == count
    for label in set(labels.tolist()):
        ideal = (labels == label).sum() * count / len(labels)
        assert abs((labels[taken] == label).sum() - ideal) < 1


def test_ties_between_classes_are_broken_by_the_generator():
    labels = np.repeat(np.arange(10), 8)
    seen = {int(label) for seed in range(40) for label in labels[take_stratified(labels, 5, rng(seed))]}
    assert seen == set(range(10))


@settings(deadline=None)
@given(st.data(), st.lists(st.integers(1, 12), min_size=1, max_size=6), st.sampled_from([0.1, 0.25, 0.5]))
def test_the_holdout_only_grows_and_takes_no_trained_sample(data, sizes, share):
    labels = np.array(data.draw(st.lists(st.integers(0, 3), min_size=sum(sizes), max_size=sum(sizes))))
    held, known = np.zeros(0, dtype=bool), 0
    for size in sizes:
        before = np.concatenate([held, np.zeros(size, dtype=bool)])
        new = np.arange(known + size) >= known
        known += size
        held = extend_holdout(labels[:known], before, new, share, rng(known))
        assert (held >= before).all()
        assert not (held & ~before & ~new).any()
        goal = max(int(known > 1), round(share * known))
        assert held.sum() == min(max(goal, before.sum()), before.sum() + size)
        assert not before[-1]


def test_the_holdout_is_class_by_class():
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    held = extend_holdout(labels, np.zeros(100, bool), np.ones(100, bool), 0.1, rng())
    assert np.bincount(labels[held]).tolist() == [6, 3, 1]


@pytest.mark.parametrize("count", [0, 1])
def test_where_there_is_nothing_to_spare_nothing_is_held_out(count):
    every = np.ones(count, dtype=bool)
    assert not extend_holdout(np.zeros(count, dtype=np.int64), ~every, every, 0.1, rng()).any()


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        (
            [0, 1, 4],
            [3],
            r"class 'dog' has 2 samples \(row 3, row 4\) and none of them is in the test part: gather .*class_names",
        ),
        ([0, 4], [1, 3], r"class 'dog' has 2 samples \(row 3, row 4\) and none of them is in the training part"),
        ([0, 1], [2, 3, 4], r"class 'emu' has 1 sample \(row 6\) and none of them is in the training part"),
    ],
)
def test_a_class_that_a_part_lacks_is_named_with_its_count(train, test, words):
    parts = Parts(np.array(train), np.empty(0, np.int64), np.array(test))
    with pytest.raises(DataError, match=words):
        check_classes(np.array([0, 1, 1, 0, 2]), ("cat", "dog", "emu"), np.array([f"row {n}" for n in range(2, 7)]), parts)


def test_an_empty_class_is_named():
    with pytest.raises(DataError, match=r"class 'b' has 0 samples and none"):
        check_classes(
            np.array([0, 0]), ("a", "b"), np.array(["x", "y"]), Parts(np.array([0]), np.empty(0, np.int64), np.array([1]))
        )
