"""Every sample is in one state, moves once, and no label is there before it was bought."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.pool import Pool


def array(values):
    return np.array(values, dtype=np.int64)


@settings(deadline=None)
@given(st.sets(st.integers(0, 200), max_size=40), st.data())
def test_the_states_always_make_up_the_pool(ids, data):
    pool, labels, rejected, order = Pool(array(data.draw(st.permutations(sorted(ids))))), {}, set(), sorted(ids)
    while order:
        size = data.draw(st.integers(1, len(order)))
        moved = data.draw(st.permutations(order))[:size]
        if data.draw(st.booleans()):
            labels |= {sample: data.draw(st.integers(0, 9)) for sample in moved}
            pool.label(array(moved), array([labels[sample] for sample in moved]))
        else:
            rejected |= set(moved)
            pool.reject(array(moved))
        order = [sample for sample in order if sample not in moved]
        assert pool.labelled.tolist() == sorted(labels)
        assert pool.labels.tolist() == [labels[sample] for sample in sorted(labels)]
        assert pool.rejected.tolist() == sorted(rejected)
        assert pool.unlabelled.tolist() == order
        assert len(pool) == len(ids)
    asked = data.draw(st.permutations(sorted(labels)))
    assert pool.labels_of(array(asked)).tolist() == [labels[sample] for sample in asked]


@pytest.fixture
def pool():
    """1 and 3 labelled, 5 rejected, 7 and 9 free."""
    pool = Pool(array([9, 7, 5, 3, 1]))
    pool.label(array([3, 1]), array([30, 10]))
    pool.reject(array([5]))
    return pool


ACTIONS = {
    "label": lambda pool, ids: pool.label(array(ids), array([0] * len(ids))),
    "reject": lambda pool, ids: pool.reject(array(ids)),
    "labels_of": lambda pool, ids: pool.labels_of(array(ids)),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("stranger", [0, 2, 8, 10])
def test_a_sample_outside_the_pool_is_named(pool, action, stranger):
    with pytest.raises(ValueError, match=rf"samples outside the pool: \[{stranger}\]"):
        ACTIONS[action](pool, [stranger])


@pytest.mark.parametrize(
    ("action", "ids"),
    [("label", [1]), ("label", [5]), ("label", [7, 7]), ("label", [7, 3]), ("reject", [3]), ("reject", [5]), ("reject", [9, 9]),
     ("labels_of", [7]), ("labels_of", [5]), ("labels_of", [1, 1])],
)  # fmt: skip
def test_a_second_move_is_refused_and_changes_nothing(pool, action, ids):
    with pytest.raises(ValueError, match=r"stands there twice, or is not in the state that it should be in"):
        ACTIONS[action](pool, ids)
    assert (pool.labelled.tolist(), pool.labels.tolist()) == ([1, 3], [10, 30])
    assert (pool.unlabelled.tolist(), pool.rejected.tolist()) == ([7, 9], [5])


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_may_be_asked_for(pool, action):
    ACTIONS[action](pool, [])
    assert pool.unlabelled.tolist() == [7, 9]


def test_an_empty_pool():
    pool = Pool(array([]))
    assert len(pool) == len(pool.labelled) == len(pool.labels) == len(pool.unlabelled) == len(pool.rejected) == 0


def test_the_first_five_strangers_are_named(pool):
    with pytest.raises(ValueError, match=r"samples outside the pool: \[2, 4, 6, 8, 10\]$"):
        pool.reject(array([2, 4, 6, 8, 10, 12]))


@pytest.mark.parametrize(("kind", "values"), [(np.int64, [2**40, 1]), (np.float32, [0.1, -2.5])])
def test_labels_are_of_the_type_that_was_asked_for(kind, values):
    pool = Pool(array([3, 1]), kind)
    pool.label(array([3, 1]), np.array(values, dtype=kind))
    assert pool.labels.dtype == pool.labels_of(array([1])).dtype == kind
    assert pool.labels.tolist() == np.array(values[::-1], dtype=kind).tolist()
    assert Pool(array([1])).labels.dtype == np.int64
