"""Labels come from the oracle alone, and what is held out is never trained on."""

import numpy as np
import pytest

from utils.data.source import SampleTable
from utils.data.splits import Parts
from utils.labelling import HELD_OUT_SHARE, Labelling
from utils.oracles.base import Asked, Label, Oracle

TRUE = np.arange(100) % 3
TABLE = SampleTable(TRUE, ("a", "b", "c"), np.array([f"clip {sample}" for sample in range(100)]))
NO_PSEUDO = (np.empty(0, np.int64), np.empty(0, np.int64))


class Expert(Oracle):
    """Knows the answers to all but a few; notes what it was asked."""

    def __init__(self, unknown=()):
        self.asked, self.unknown = [], set(unknown)

    def label(self, asked):
        self.asked += asked.ids.tolist()
        for sample in reversed(asked.ids.tolist()):
            yield Label(sample, None if sample in self.unknown else int(TRUE[sample]), "expert")


def array(*values):
    return np.array(values, dtype=np.int64)


def labelling_of(oracle, *, validation=(), holds_out=False, seed=1):
    train = np.setdiff1d(np.arange(80), validation)
    return Labelling(Parts(train, array(*validation), np.arange(80, 100)), oracle, TABLE, holds_out=holds_out, seed=seed)


def buy(labelling, number, *ids):
    return labelling.take_in(number, labelling.ask(Asked(number, array(*ids)), np.full(len(ids), np.nan, np.float32)))


def test_asking_changes_nothing_and_answers_in_the_order_asked():
    labelling = labelling_of(Expert(unknown=[5]))
    picks = labelling.ask(Asked(0, array(7, 5, 3)), np.array([0.5, 0.25, np.nan], np.float32))
    assert picks == [[7, "clip 7", 0.5, 1, "expert"], [5, "clip 5", 0.25, None, "expert"], [3, "clip 3", None, 0, "expert"]]
    assert len(labelling.pool.labelled) == 0


def test_what_the_oracle_cannot_label_is_rejected():
    labelling = labelling_of(Expert(unknown=[5]))
    assert buy(labelling, 0, 7, 5, 3).tolist() == [7, 3]
    assert labelling.pool.labelled.tolist() == [3, 7]
    assert labelling.pool.labels.tolist() == [0, 1]
    assert labelling.pool.rejected.tolist() == [5]


@pytest.mark.parametrize("holds_out", [False, True])
def test_the_validation_part_is_bought_once_and_nothing_else_is_asked(holds_out):
    oracle = Expert(unknown=[60])
    labelling = labelling_of(oracle, validation=(60, 61, 62), holds_out=holds_out)
    buy(labelling, 0, *range(20))
    assert sorted(oracle.asked) == [*range(20), 60, 61, 62]
    ids, labels = labelling.validation
    assert dict(zip(ids.tolist(), labels.tolist(), strict=True)) == {61: 1, 62: 2}
    assert labelling.to_train_on(labelling.pool.labelled, array(), NO_PSEUDO)[0].tolist() == list(range(20))


def test_without_a_part_or_a_holdout_there_is_no_validation():
    labelling = labelling_of(Expert())
    buy(labelling, 0, *range(20))
    assert labelling.validation is None


@pytest.mark.parametrize("sizes", [[30], [20, 10, 10], [2, 1, 1, 1, 1, 1, 1, 1, 1, 1], [3] * 20])
def test_held_out_is_a_tenth_and_never_trained_on_before_or_after(sizes):
    labelling, trained, held_before, start = labelling_of(Expert(), holds_out=True), set(), set(), 0
    for number, size in enumerate(sizes):
        buy(labelling, number, *range(start, start + size))
        start += size
        ids, labels = labelling.validation
        held = set(ids.tolist())
        np.testing.assert_array_equal(labels, TRUE[ids])
        samples, _ = labelling.to_train_on(labelling.pool.labelled, array(), NO_PSEUDO)
        trained |= set(samples.tolist())
        assert held_before <= held
        assert not held & trained
        assert len(held) == max(1, round(HELD_OUT_SHARE * start))
        assert len(held) + len(samples) == start
        held_before = held


def test_a_run_continued_from_its_picks_is_the_same():
    straight, again = labelling_of(Expert(), holds_out=True), labelling_of(Expert(), holds_out=True)
    rounds = [straight.ask(Asked(0, array(*range(start, start + 15))), np.full(15, 0.5, np.float32)) for start in (0, 15, 30)]
    for number, picks in enumerate(rounds):
        straight.take_in(number, picks)
        again.take_in(number, picks)
    np.testing.assert_array_equal(straight.pool.labelled, again.pool.labelled)
    np.testing.assert_array_equal(straight.validation, again.validation)


def test_the_seed_decides_who_is_held_out():
    found = []
    for seed in range(8):
        labelling = labelling_of(Expert(), holds_out=True, seed=seed)
        buy(labelling, 0, *range(60))
        found.append(tuple(labelling.validation[0].tolist()))
    assert len(set(found)) > 4


def test_pseudo_labels_are_trained_on_beside_the_bought_ones():
    labelling = labelling_of(Expert())
    buy(labelling, 0, 3, 4)
    ids, labels = labelling.to_train_on(array(4), array(), (array(50, 51), array(2, 2)))
    assert (ids.tolist(), labels.tolist()) == ([4, 50, 51], [1, 2, 2])
    assert labelling.pool.labelled.tolist() == [3, 4]


def test_a_sample_bought_twice_is_refused():
    labelling = labelling_of(Expert())
    buy(labelling, 0, 3)
    with pytest.raises(ValueError, match="stands there twice"):
        buy(labelling, 1, 3)
