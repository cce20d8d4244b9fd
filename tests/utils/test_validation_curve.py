"""The curve of a cross-validation: smoothing, deviation and best epoch by hand, and as the founding book has them."""

import numpy as np
import pytest

from utils.measure import ACCURACY, ERROR
from utils.validation_curve import ValidationCurve, deviation, smooth


def test_smoothing_by_hand():
    assert smooth(np.array([8.0, 4.0, 0.0]), 0.5, 0).tolist() == [8, 6, 3]
    assert smooth(np.array([8.0, 4.0, 0.0]), 0.5, 1)[1:].tolist() == [4, 2]
    assert np.isnan(smooth(np.array([8.0, 4.0, 0.0]), 0.5, 2)[:2]).all()


@pytest.mark.parametrize("skip", [2, 3, 10])
def test_nothing_is_left_out_where_nothing_would_be_left(skip):
    assert smooth(np.array([8.0, 4.0]), 0.5, skip).tolist() == [8, 6]


def test_smoothing_is_that_of_the_founding_book():
    def smooth_curve(points, factor=0.9):
        smoothed_points = []
        for point in points:
            if smoothed_points:
                smoothed_points.append(smoothed_points[-1] * factor + point * (1 - factor))
            else:
                smoothed_points.append(point)
        return smoothed_points

    values = np.random.default_rng(0).normal(3, 1, 60)
    assert smooth(values)[10:] == pytest.approx(smooth_curve(values.tolist()[10:]), rel=1e-12)


def test_smoothing_commutes_with_the_mean_over_folds():
    folds = np.random.default_rng(1).normal(3, 1, (4, 30))
    assert smooth(folds).mean(axis=0)[10:] == pytest.approx(smooth(folds.mean(axis=0))[10:], rel=1e-12)


def test_deviation_by_hand():
    assert deviation(np.array([[1.0, 2.0], [3.0, 2.0]])) == pytest.approx([2**0.5, 0])
    assert np.isnan(deviation(np.ones((1, 3)))).tolist() == [True] * 3


@pytest.mark.parametrize(("measure", "skip", "best"), [(ERROR, 0, 2), (ERROR, 2, 4), (ACCURACY, 0, 1), (ACCURACY, 1, 3)])
def test_best_epoch_by_hand(measure, skip, best):
    values = np.array([[5.0, 1.0, 4.0, 1.5], [5.0, 2.0, 4.0, 1.5]])
    curve = ValidationCurve("", measure, values, values, 0.0, skip)
    assert (curve.best_epoch, curve.epochs.tolist()) == (best, [1, 2, 3, 4])
    assert curve.mean.tolist() == [5, 1.5, 4, 1.5]
