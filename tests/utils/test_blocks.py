"""Blocks cover all rows, once, in order, and stay below their size."""

import numpy as np
import pytest

from utils.blocks import blocks


@pytest.mark.parametrize(
    ("count", "width", "numbers"), [(0, 5, 20), (1, 5, 20), (10, 5, 20), (10, 5, 4), (7, 0, 3), (8, 2, 16)]
)
def test_they_cover_all_rows_once_and_hold_at_most_so_many_numbers(count, width, numbers):
    parts = list(blocks(count, width, numbers))
    covered = np.concatenate([np.arange(count)[part] for part in parts] or [np.arange(0)])
    np.testing.assert_array_equal(covered, np.arange(count))
    assert all((part.stop - part.start) * width <= numbers or part.stop - part.start == 1 for part in parts)
    assert not parts or len({part.stop - part.start for part in parts[:-1]}) <= 1
