"""What stopping costs, in means by hand."""

import math

import pytest

from utils.measure import ACCURACY, ERROR
from utils.replayed import Replayed


def replayed(measure, results, results_at_end):
    return Replayed(
        "margin", '{"plateau_rounds": 3}', measure, (1, 2, 5), (4, None, 0), (50.0, 90.0, 10.0), (90.0, 90.0, 60.0),
        results, results_at_end,
    )  # fmt: skip


def test_means_are_over_all_seeds_those_that_never_stop_included():
    found = replayed(ACCURACY, (0.5, 0.75, 0.25), (0.75, 0.75, 0.75))
    assert found.seeds_stopped == (1, 5)
    assert (found.mean_labels, found.mean_labels_at_end, found.mean_labels_saved) == (50, 80, 30)
    assert (found.mean_result, found.mean_result_at_end, found.mean_loss) == (0.5, 0.75, 0.25)


def test_a_larger_error_is_a_loss_a_smaller_one_a_gain():
    assert replayed(ERROR, (8.0, 4.0, 3.0), (2.0, 4.0, 3.0)).mean_loss == 2
    assert replayed(ERROR, (1.0, 4.0, 3.0), (4.0, 4.0, 3.0)).mean_loss == -1


def test_a_round_without_a_result_leaves_its_mean_open():
    found = replayed(ACCURACY, (math.nan, 0.75, 0.25), (0.75, 0.75, 0.75))
    assert math.isnan(found.mean_result)
    assert math.isnan(found.mean_loss)
    assert found.mean_labels_saved == 30


@pytest.mark.parametrize("name", ["mean_labels", "mean_labels_saved", "mean_result", "mean_result_at_end", "mean_loss"])
def test_what_is_not_known_is_no_number(name):
    unknown = Replayed("margin", "{}", ACCURACY, (1, 2), reason_missing="wall_time: al_stats holds no times")
    assert unknown.seeds_stopped == ()
    assert math.isnan(getattr(unknown, name))
