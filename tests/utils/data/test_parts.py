"""The parts of a run: disjoint, stratified or by group, and a sentence for every set that does not fit."""

import re
from dataclasses import replace

import numpy as np
import pytest

from utils.data.parts import PartSettings, choose_parts, parts_of_folds, straddling
from utils.data.source import SampleTable
from utils.data.splits import Parts, split
from utils.errors import DataError, ParameterError

N = 200
SETTINGS = PartSettings(num_total=100000, test_percent=0.2, valid_percent=0.1, group_by=None, test_groups=None)
CLIPS = np.array([f"clip {sample // 5}" for sample in range(N)])
FOLDS = np.array([f"fold {sample // 20}" for sample in range(N)])
OWN = np.arange(N) % 5 == 0


def table_of(groups=None, test=None, labels=None):
    labels = np.arange(N) % 2 if labels is None else labels
    return SampleTable(labels, ("a", "b"), np.arange(len(labels)).astype(str), groups or {}, test)


def choose(table, seed=1, **settings):
    parts = choose_parts(table, replace(SETTINGS, **settings), seed)
    every = np.concatenate([parts.train, parts.validation, parts.test])
    assert len(set(every.tolist())) == len(every)
    assert all((np.diff(ids) > 0).all() for ids in (parts.train, parts.validation, parts.test))
    return parts


def sizes(parts):
    return len(parts.train), len(parts.validation), len(parts.test)


def test_stratified_shares_of_the_whole():
    parts = choose(table_of())
    assert sizes(parts) == (140, 20, 40)
    assert all((ids % 2).mean() == 0.5 for ids in (parts.train, parts.validation, parts.test))


def test_num_total_draws_that_many():
    parts, other = (choose(table_of(), seed, num_total=100) for seed in (1, 2))
    assert sizes(parts) == (70, 10, 20)
    assert set(parts.train.tolist()) != set(other.train.tolist())


def test_the_seed_decides():
    first, again, other = (choose(table_of(), seed).test.tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_scrambled_test_labels_change_no_part():
    table = table_of(test=OWN)
    scrambled = table_of(test=OWN, labels=np.where(OWN, 1 - table.labels, table.labels))
    first, second = (choose(each, test_percent=None) for each in (table, scrambled))
    np.testing.assert_array_equal(first.train, second.train)
    np.testing.assert_array_equal(first.validation, second.validation)


@pytest.mark.parametrize(("group_by", "kind"), [(None, "clip"), ("clip", "clip"), ("fold", "fold")])
def test_no_group_straddles(group_by, kind):
    table = table_of({"clip": CLIPS, "fold": FOLDS})
    parts = choose(table, group_by=group_by)
    assert kind not in straddling(table, parts)
    members = [set(table.groups[kind][ids]) for ids in (parts.train, parts.validation, parts.test)]
    assert sum(map(len, members)) == len(set.union(*members))


def test_without_groups_they_straddle_and_it_is_told():
    table = table_of({"clip": CLIPS, "fold": FOLDS})
    assert straddling(table, choose(table, group_by="none")) == ["clip", "fold"]


def test_validation_and_test_may_not_share_a_group_either():
    table = table_of({"clip": CLIPS})
    assert straddling(table, Parts(np.arange(0, 100), np.arange(100, 150), np.arange(149, 200))) == ["clip"]
    assert straddling(table, Parts(np.arange(0, 98), np.arange(98, 150), np.arange(150, 200))) == []


def test_the_sets_own_test_part():
    parts = choose(table_of(test=OWN), test_percent=None, valid_percent=0.3)
    assert parts.test.tolist() == np.flatnonzero(OWN).tolist()
    assert len(parts.validation) == 60


def test_named_groups_are_the_test_part():
    parts = choose(table_of({"fold": FOLDS}), group_by="fold", test_groups=["fold 3", "fold 0"])
    assert parts.test.tolist() == [*range(20), *range(60, 80)]
    assert len(parts.validation) == 20


@pytest.mark.parametrize(
    ("groups", "settings", "words"),
    [
        ({"clip": CLIPS}, {"group_by": "clips"}, r"group_by: received 'clips'; did you mean clip\?; this set has clip, none"),
        ({}, {"group_by": "fold"}, r"group_by: received 'fold'; this set has none"),
        ({}, {"test_groups": ["x"]}, r"test_groups: needs groups to choose from; set group_by"),
        ({"clip": CLIPS}, {"group_by": "none", "test_groups": ["x"]}, r"test_groups: needs groups"),
        ({"fold": FOLDS}, {"group_by": "fold", "test_groups": ["fold 0", "flod 3"]},
         r"there is no group 'flod 3'; did you mean fold 3.*; known: fold 0, fold 1"),
        ({"clip": CLIPS}, {"test_groups": ["zzz"]}, r"there is no group 'zzz'; known: clip 0, clip 1, .* …$"),
        ({}, {"test_percent": None},
         r"test_percent: null asks for the set's own test part, and this set has none; give a share"),
    ],
)  # fmt: skip
def test_what_the_set_does_not_have(groups, settings, words):
    with pytest.raises(ParameterError, match=words):
        choose(table_of(groups), **settings)


@pytest.mark.parametrize(
    ("table", "settings", "words"),
    [
        (table_of(labels=np.empty(0, np.int64)), {}, r"the data set has no samples"),
        (
            table_of(labels=np.array([0, 1])),
            {"valid_percent": 0.0},
            r"the test part is empty: no sample, or no whole group, fits",
        ),
        (table_of(labels=np.array([0, 1, 0, 1])), {"test_percent": 0.25}, r"the validation part is empty"),
        (table_of({"clip": np.full(N, "one")}), {"valid_percent": 0.0}, r"the \w+ part is empty"),
        (table_of(test=OWN), {"test_percent": None, "valid_percent": 0.8}, r"the training part is empty"),
        (table_of({"fold": FOLDS}), {"group_by": "fold", "test_groups": sorted(set(FOLDS))}, r"the training part is empty"),
        (table_of(labels=np.arange(N) // (N - 1)), {}, r"class 'b' has 1 sample.* and none of them is in the \w+ part"),
    ],
)
def test_sets_that_cannot_be_cut(table, settings, words):
    with pytest.raises(DataError, match=words) as caught:
        choose(table, **settings)
    assert caught.value.exit_code == 65


def test_every_message_says_what_to_do():
    with pytest.raises(DataError, match=re.escape("change test_percent, valid_percent or group_by, or gather more data")):
        choose(table_of(labels=np.array([0, 1])), valid_percent=0.0)


FOLDS_OF_4 = {"num_folds": 4, "valid_percent": 0.1}


def folds(table, seed=1, **settings):
    """The parts of each fold, and those of the final model."""
    number = settings["num_folds"]
    given = [choose_parts(table, replace(SETTINGS, fold=fold, **settings), seed) for fold in range(1, number + 1)]
    return given, choose(table, seed, **settings)


@pytest.mark.parametrize("number", [2, 4, 7])
def test_folds_cut_the_training_part_and_nothing_else(number):
    cut, whole = folds(table_of(), num_folds=number)
    left_out = [fold.test for fold in cut]
    assert np.sort(np.concatenate(left_out)).tolist() == whole.train.tolist()
    for fold in cut:
        assert fold.validation.tolist() == fold.test.tolist()
        assert np.union1d(fold.train, fold.test).tolist() == whole.train.tolist()
        assert len(fold.train) + len(fold.test) == len(whole.train)
    assert max(map(len, left_out)) - min(map(len, left_out)) <= 1
    assert all(abs(int((ids % 2).sum()) - len(ids) / 2) <= 1 for ids in left_out)


@pytest.mark.parametrize(("group_by", "kind"), [(None, "clip"), ("clip", "clip"), ("fold", "fold")])
def test_no_group_straddles_a_fold(group_by, kind):
    table = table_of({"clip": CLIPS, "fold": FOLDS})
    cut, _ = folds(table, num_folds=3, group_by=group_by)
    members = [set(table.groups[kind][fold.test].tolist()) for fold in cut]
    assert sum(map(len, members)) == len(set.union(*members))
    for fold in cut:
        assert kind not in straddling(table, replace(fold, validation=fold.validation[:0]))


def test_the_seed_decides_the_folds_and_the_test_part_does_not_depend_on_them():
    (first, whole), (again, _), (other, _) = (folds(table_of(), seed, **FOLDS_OF_4) for seed in (1, 1, 2))
    assert [fold.test.tolist() for fold in first] == [fold.test.tolist() for fold in again]
    assert [fold.test.tolist() for fold in first] != [fold.test.tolist() for fold in other]
    assert whole.fingerprint() == choose(table_of()).fingerprint()


def test_folds_in_regression_are_stratified_by_tenths_of_the_target():
    table = SampleTable(np.random.default_rng(1).permutation(N).astype(np.float32), (), np.arange(N).astype(str))
    cut, whole = folds(table, num_folds=4, valid_percent=0.0)
    assert np.bincount(table.labels[whole.train].astype(int) // 20).tolist() == [16] * 10
    for fold in cut:
        assert np.bincount(table.labels[fold.test].astype(int) // 20, minlength=10).tolist() == [4] * 10


def test_equal_targets_are_one_stratum():
    table = SampleTable(np.full(N, 3.5, np.float32), (), np.arange(N).astype(str))
    assert sizes(choose(table)) == (140, 20, 40)


def test_scrambled_test_targets_change_no_part_and_no_fold():
    table = SampleTable(np.arange(N, dtype=np.float32), (), np.arange(N).astype(str), {}, OWN)
    wrong = replace(table, labels=np.where(OWN, -7 * table.labels, table.labels))
    settings = {"test_percent": None, "num_folds": 3}
    for (some, whole), (others, again) in [(folds(table, **settings), folds(wrong, **settings))]:
        assert whole.fingerprint() == again.fingerprint()
        assert [fold.fingerprint() for fold in some] == [fold.fingerprint() for fold in others]


def test_drawn_test_labels_change_no_fold():
    """Which samples are tested on depends on all labels; given these, the folds depend on those of the training part alone."""
    table = table_of(test=OWN)
    scrambled = table_of(test=OWN, labels=np.where(OWN, 1 - table.labels, table.labels))
    first, second = (folds(each, test_percent=None, num_folds=3)[0] for each in (table, scrambled))
    assert [fold.fingerprint() for fold in first] == [fold.fingerprint() for fold in second]


def test_the_parts_of_many_folds_are_cut_in_one_go(monkeypatch):
    table, settings = table_of(), replace(SETTINGS, num_folds=4)
    apart = [choose_parts(table, replace(settings, fold=fold), 1).fingerprint() for fold in (2, 4, None)]
    calls = []
    monkeypatch.setattr("utils.data.parts.split", lambda *arguments: calls.append(1) or split(*arguments))
    assert [parts.fingerprint() for parts in parts_of_folds(table, settings, 1, (2, 4, None))] == apart
    assert len(calls) == 2


def test_a_fold_without_a_sample_is_a_sentence():
    table = table_of({"fold": FOLDS})
    settings = replace(SETTINGS, valid_percent=0.0, group_by="fold", num_folds=50)
    with pytest.raises(DataError, match=r"fold \d+ of 50 is empty: give fewer num_folds, or gather more data"):
        for fold in range(1, 51):
            choose_parts(table, replace(settings, fold=fold), 1)
