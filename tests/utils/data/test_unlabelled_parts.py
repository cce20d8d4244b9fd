"""Parts of a set of which labels are missing: what is not labelled, and whatever belongs to it, stays in the training part."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.data.parts import PartSettings, choose_parts, straddling
from utils.data.source import SampleTable
from utils.errors import DataError

N = 200
SETTINGS = PartSettings(num_total=100000, test_percent=0.2, valid_percent=0.1, group_by=None, test_groups=None)
CLIPS = np.array([f"clip {sample // 5}" for sample in range(N)])
KNOWN = np.arange(N) % 2 == 0
ROOTS = np.sqrt(np.arange(N)).astype(np.float32)


def table_of(labels, groups=None, test=None, classes=("a", "b")):
    regression = np.asarray(labels).dtype.kind == "f"
    return SampleTable(
        np.asarray(labels), () if regression else classes, np.arange(len(labels)).astype(str), groups or {}, test
    )


def half_known(groups=None, **options):
    """Every second sample of 200 has a label, the others none."""
    return table_of(np.where(KNOWN, np.arange(N) // 2 % 2, -1), groups, **options)


def choose(table, seed=1, **changed):
    return choose_parts(table, replace(SETTINGS, **changed), seed)


def sizes(parts):
    return len(parts.train), len(parts.validation), len(parts.test)


def test_shares_are_those_of_what_is_labelled():
    table = half_known()
    parts = choose(table)
    assert sizes(parts) == (170, 10, 20)
    assert table.known[parts.test].all()
    assert table.known[parts.validation].all()
    assert np.bincount(table.labels[parts.test]).tolist() == [10, 10]


@settings(deadline=None, max_examples=200)
@given(
    st.data(),
    st.integers(1, 60),
    st.floats(0, 0.6),
    st.floats(0, 0.39),
    st.integers(0, 2**32),
    st.booleans(),
    st.booleans(),
)
def test_laws(data, count, test_share, valid_share, seed, grouped, regression):
    """Nothing unlabelled is measured on; groups stay whole; the parts are disjoint and complete; shares are not exceeded."""
    labels = data.draw(st.lists(st.integers(-1, 2), min_size=count, max_size=count))
    clips = np.array(data.draw(st.lists(st.sampled_from("stuvwxyz"), min_size=count, max_size=count)))
    values = np.array([np.nan if label < 0 else label for label in labels], np.float32) if regression else np.array(labels)
    table = table_of(values, {"clip": clips} if grouped else {}, classes=("a", "b", "c"))
    unknown = ~table.known
    if not unknown.any():
        return
    parts = choose(table, seed, test_percent=test_share, valid_percent=valid_share)
    held = np.concatenate([parts.validation, parts.test])
    assert sorted(np.concatenate([parts.train, held]).tolist()) == list(range(count))
    assert not unknown[held].any()
    if grouped:
        assert not set(clips[held]) & set(clips[parts.train])
        assert not set(clips[parts.validation]) & set(clips[parts.test])
    else:
        assert len(parts.test) == round(test_share * table.known.sum())
    assert parts.fingerprint() == choose(table, seed, test_percent=test_share, valid_percent=valid_share).fingerprint()


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_what_is_unlabelled_does_not_change_which_of_the_others_are_tested_on(seed):
    drawn = np.random.default_rng(seed).permutation(np.arange(N) % 2)
    alone = choose(table_of(drawn[KNOWN]), seed)
    among = choose(table_of(np.where(KNOWN, drawn, -1)), seed)
    assert np.flatnonzero(KNOWN)[alone.test].tolist() == among.test.tolist()
    assert np.flatnonzero(KNOWN)[alone.validation].tolist() == among.validation.tolist()


def test_a_group_with_one_unlabelled_sample_stays():
    labels = np.arange(N) % 2
    labels[::50] = -1
    table = table_of(labels, {"clip": CLIPS})
    parts = choose(table)
    broken = np.isin(CLIPS, CLIPS[::50])
    assert set(np.flatnonzero(broken)) <= set(parts.train.tolist())
    assert sizes(parts) == (140, 20, 40)
    assert straddling(table, parts) == []


def test_where_few_groups_are_complete_no_more_is_taken_than_there_is():
    labels = np.where(np.arange(N) < 10, np.arange(N) % 2, np.where(np.arange(N) % 5 == 0, -1, 0))
    parts = choose(table_of(labels, {"clip": CLIPS}))
    assert (len(parts.test) + len(parts.validation), parts.train.min()) == (10, 10)


@pytest.mark.parametrize("labels", [np.full(N, -1), np.full(N, np.nan, np.float32)])
@pytest.mark.parametrize("groups", [None, {"clip": CLIPS}])
def test_no_label_at_all(labels, groups):
    parts = choose(table_of(labels, groups, classes=()))
    assert sizes(parts) == (N, 0, 0)
    assert parts.train.dtype == np.int64
    assert straddling(table_of(labels, groups), parts) == []


@pytest.mark.parametrize("labels", [np.arange(N) % 2, np.arange(N, dtype=np.float32)])
def test_no_test_part_wanted(labels):
    assert sizes(choose(table_of(labels), test_percent=0, valid_percent=0)) == (N, 0, 0)
    assert sizes(choose(table_of(labels), test_percent=0)) == (180, 20, 0)
    assert sizes(choose(table_of(labels), test_percent=0.0, valid_percent=0, num_total=50)) == (50, 0, 0)


def test_a_class_may_be_missing_where_labels_are_or_nothing_is_tested():
    labels = np.arange(N) % 2
    assert sizes(choose(table_of(labels, classes=("a", "b", "c")), test_percent=0, valid_percent=0)) == (N, 0, 0)
    assert sizes(choose(half_known(classes=("a", "b", "c")))) == (170, 10, 20)
    with pytest.raises(DataError, match=r"class 'c' has 0 samples and none of them is in the training part"):
        choose(table_of(labels, classes=("a", "b", "c")))


def test_too_few_labels_for_a_part_is_no_error():
    assert sizes(choose(table_of([0, -1, -1]))) == (3, 0, 0)


def test_the_sets_own_test_part_without_what_has_no_label():
    own = np.arange(N) % 4 < 2
    parts = choose(half_known(test=own), test_percent=None)
    assert parts.test.tolist() == np.flatnonzero(own & KNOWN).tolist()
    assert sizes(parts) == (140, 10, 50)


def test_named_groups_that_are_not_all_labelled():
    labels = np.arange(N) % 2
    labels[12:14] = -1
    table = table_of(labels, {"clip": CLIPS})
    assert choose(table, test_groups=["clip 0", "clip 1"]).test.tolist() == list(range(10))
    with pytest.raises(DataError) as error:
        choose(table, test_groups=["clip 0", "clip 2"])
    assert str(error.value) == (
        "test_groups: 12 of the group 'clip 2' has no label, as 2 of 10 samples of the named groups have none, and only what "
        "is labelled can be tested on; label them, name other groups, or leave test_groups out"
    )


def test_folds_leave_out_labelled_samples_alone():
    table = half_known({"clip": CLIPS}, classes=("a", "b"))
    free = replace(SETTINGS, group_by="none", num_folds=4, valid_percent=0.0)
    left_out = [choose_parts(table, replace(free, fold=fold), 1) for fold in range(1, 5)]
    whole = choose_parts(table, free, 1)
    assert (
        sorted(np.concatenate([fold.test for fold in left_out])) == np.intersect1d(whole.train, np.flatnonzero(KNOWN)).tolist()
    )
    assert all(np.union1d(fold.train, fold.test).tolist() == whole.train.tolist() for fold in left_out)


def test_strata_of_what_is_not_known():
    ids = np.array([3, 0, 1])
    assert table_of([0, 1, -1, -1]).strata(ids).tolist() == [2, 0, 1]
    targets = np.arange(30, dtype=np.float32)
    targets[20:] = np.nan
    strata = table_of(targets).strata(np.arange(30))
    assert strata[:20].tolist() == [place // 2 for place in range(20)]
    assert strata[20:].tolist() == [10] * 10
    assert table_of(targets).strata(ids[:0]).tolist() == []
    assert table_of(targets).strata(np.array([25])).tolist() == [10]


@pytest.mark.parametrize(
    ("table", "changed", "fingerprint"),
    [
        (table_of(np.arange(N) % 3, classes="abc"), {}, "f4e3037c7a7cce0a"),
        (table_of(np.arange(N) % 3, {"clip": CLIPS}, classes="abc"), {"num_total": 150}, "e4340d3c37e6396e"),
        (
            table_of(np.sqrt(np.arange(N)).astype(np.float32), test=np.arange(N) % 5 == 0),
            {"test_percent": None},
            "84a13c653946de09",
        ),
        (table_of(np.arange(N) % 3, {"clip": CLIPS}, classes="abc"), {"num_folds": 3, "fold": 2}, "2658f484968664ae"),
    ],
)
def test_labelled_sets_are_cut_as_they_were_before_labels_could_be_missing(table, changed, fingerprint):
    """The fingerprints are those of the release before."""
    assert choose(table, 7, **changed).fingerprint().startswith(fingerprint)
