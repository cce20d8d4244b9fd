"""The mean and the interval of a strategy's seeds, against scipy's own."""

import numpy as np
import pytest
from scipy import stats

from utils.curve import Curve


def test_mean_and_band_are_those_of_student():
    values = np.array([[0.80, 0.85, np.nan], [0.82, 0.88, 0.90], [0.79, 0.83, np.nan], [0.83, np.nan, np.nan]])
    shown = Curve("margin", "", np.array([1.0, 2.0, 3.0]), values, None)
    assert shown.mean() == pytest.approx([0.81, (0.85 + 0.88 + 0.83) / 3, 0.90], rel=1e-12)
    for column, width in enumerate(shown.half_width()[:2]):
        seen = values[np.isfinite(values[:, column]), column]
        low, high = stats.t.interval(0.95, len(seen) - 1, seen.mean(), stats.sem(seen))
        assert width == pytest.approx((high - low) / 2, rel=1e-10)
    assert np.isnan(shown.half_width()[2]), "one seed has no interval"
