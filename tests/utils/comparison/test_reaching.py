"""Labels saved, by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from tests.utils.known_runs import only_comparison, write_known_runs, write_run
from utils.comparison.reaching import savings
from utils.comparison.reaching import tested_savings as with_tests
from utils.measure import ACCURACY
from utils.saved_run import SavedRun


def saved(folder, curve, goal):
    return next(one for one in only_comparison(folder).savings() if (one.curve, one.goal) == (curve, goal))


def test_labels_of_each_seed_by_hand(tmp_path):
    write_known_runs(tmp_path)
    margin, random = saved(tmp_path, "margin", 0.95), saved(tmp_path, "random", 0.95)
    assert margin.level == pytest.approx(0.76)
    assert margin.labels == {1: 400, 2: 400, 3: 200, 4: 200, 5: 200}, "0.77 ± 0.03 at 200 labels"
    assert margin.baseline == random.labels == dict.fromkeys(range(1, 6), 400)
    assert (margin.reached, margin.seeds) == (5, (1, 2, 3, 4, 5))
    logs = np.log([1, 1, 0.5, 0.5, 0.5])
    assert margin.ratio == pytest.approx(0.5**0.6)
    low, high = stats.t.interval(0.95, 4, logs.mean(), stats.sem(logs))
    assert (margin.low, margin.high) == pytest.approx((math.exp(low), math.exp(high)))
    assert margin.p == margin.p_holm == pytest.approx(stats.ttest_1samp(logs, 0).pvalue)
    assert random.baseline == {}
    assert np.isnan([random.ratio, random.low, random.high, random.p]).all(), "random is compared with nothing"


def test_a_seed_that_never_gets_there_leaves_no_ratio(tmp_path):
    write_known_runs(tmp_path)
    margin = saved(tmp_path, "margin", 0.99)
    assert margin.reached == 3
    assert np.isnan([margin.ratio, margin.p, margin.p_holm]).all()
    assert [seed for seed, labels in margin.labels.items() if math.isnan(labels)] == [1, 2]
    assert margin.seeds == (4, 5), "those that random reached too"


@pytest.mark.parametrize(("of_margin", "of_random"), [(0, 100), (100, 0), (0, 0)])
def test_of_no_labels_there_is_no_ratio(of_margin, of_random):
    def run(strategy, labels):
        return SavedRun(strategy, "", 1, [], ACCURACY, np.array([labels, 200.0]), np.array([0.79, 0.8]), None)

    margin, random = run("margin", of_margin), run("random", of_random)
    [found] = with_tests([savings("margin", 0.95, 0.8, [margin], [random], [(margin, random)])])
    assert (found.labels, found.baseline) == ({1: of_margin}, {1: of_random})
    assert math.isnan(found.ratio) and math.isnan(found.p)


def test_errors_reach_full_divided_by_the_goal(tmp_path):
    for seed in (1, 2):
        write_run(tmp_path, "random", seed, [(100, 6.0), (200, 2.2), (400, 2.1)], measure="eval_mae")
        write_run(tmp_path, "igs", seed, [(100, 2.2), (200, 2.1), (400, 2.0)], measure="eval_mae")
        write_run(tmp_path, "full_data", seed, [(1000, 2.0)], measure="eval_mae")
    igs = saved(tmp_path, "igs", 0.90)
    assert igs.level == pytest.approx(2 / 0.9)
    assert igs.ratio == 0.5
    assert np.isnan([igs.low, igs.p]).all(), "all ratios are equal"


def test_a_gain_of_nothing_has_no_share(tmp_path):
    write_run(tmp_path, "random", 1, [(100, 0.0), (200, 0.1)])
    write_run(tmp_path, "full_data", 1, [(1000, 0.0)])
    assert math.isnan(saved(tmp_path, "random", 0.9).level)
    assert saved(tmp_path, "random", 0.9).reached == 0


def test_without_full_data_nothing_is_saved(tmp_path):
    write_run(tmp_path, "margin", 1, [(100, 0.5), (200, 0.6)])
    write_run(tmp_path, "random", 1, [(100, 0.5), (200, 0.6)])
    comparison = only_comparison(tmp_path)
    assert comparison.savings() == []
    assert any(sentence.startswith("Set full_data_baseline to true") for sentence in comparison.answer().advice)


def test_each_goal_is_a_family_of_its_own(tmp_path):
    for seed, late in enumerate((400, 420, 380, 410, 390), start=1):
        write_run(tmp_path, "random", seed, [(100, 0.5), (late, 0.8), (500, 0.8)])
        write_run(tmp_path, "margin", seed, [(100, 0.5), (200, 0.8), (500, 0.8)])
        write_run(tmp_path, "badge", seed, [(100, 0.5), (300 + 5 * seed, 0.8), (500, 0.8)])
        write_run(tmp_path, "full_data", seed, [(1000, 0.8)])
    margin, badge = saved(tmp_path, "margin", 0.9), saved(tmp_path, "badge", 0.9)
    assert (margin.p_holm, badge.p_holm) == pytest.approx((2 * margin.p, badge.p)), "the smaller p is doubled"


def test_each_variant_has_its_own_full_data(tmp_path):
    for model, full in (("a", 0.8), ("b", 0.4)):
        write_run(tmp_path, "random", 1, [(100, 0.3), (200, full)], variant=model)
        write_run(tmp_path, "full_data", 1, [(1000, full)], variant=model)
    assert [saved(tmp_path, f"random/{model}", 0.9).level for model in "ab"] == pytest.approx([0.72, 0.36])
    assert only_comparison(tmp_path).full_data is None
