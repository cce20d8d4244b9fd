"""The largest probabilities against a sort, for few and for many classes."""

import numpy as np
import pytest

from utils.largest import largest, two_largest

CLASSES = [1, 2, 3, 10, 32, 33, 200]


def with_ties(classes, count=5000):
    rng = np.random.default_rng(classes)
    return (rng.integers(0, 50, (count, classes)) / 50).astype(np.float32)


@pytest.mark.parametrize("classes", CLASSES)
def test_against_a_sort(classes):
    values = with_ties(classes)
    in_order = np.sort(np.concatenate([np.zeros((len(values), 1), np.float32), values], axis=1), axis=1)
    first, second = two_largest(values)
    np.testing.assert_array_equal(first, in_order[:, -1])
    np.testing.assert_array_equal(second, in_order[:, -2])
    np.testing.assert_array_equal(largest(values), in_order[:, -1])


@pytest.mark.parametrize("classes", CLASSES)
def test_nan_stays_nan(classes):
    values = with_ties(classes, 50)
    values[17, -1] = np.nan
    first, second = two_largest(values)
    for found in (first, largest(values), second if classes > 1 else first):
        assert np.flatnonzero(np.isnan(found)).tolist() == [17]


def test_of_no_samples_there_are_none():
    assert [len(found) for found in two_largest(np.empty((0, 3), np.float32))] == [0, 0]
