"""All sections of a data set whose runs wrote down what no run writes."""

import json

import pytest

from tests.utils.known_runs import write_run
from utils.comparison.comparisons import Comparisons
from utils.report.page import write_report

STRANGE = [
    {"asked": 5}, {"asked": [[1]]}, {"asked": {"a": None}}, {"classes": [[1], {"a": 2}]}, {"classes": "text"},
    {"model": "\ud800"},
    {"model": [1], "backend": {"a": 1}}, {"framework_type": 3, "random_seed": {}}, {"strategy_params": 7}, {"hardware": [1]},
    {"hardware": {"gpus": {"a": [None]}, "cores": "many"}}, {"environment": 5}, {"max_round": "many"}, {"max_round": 10**400},
    {"num_select_per_round": [1]}, {"hist_sel_mode": []}, {"split_ignores": 5}, {"data": 5}, {"run_name": 5},
]  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE, ids=json.dumps)
def test_strange_parameters_cost_no_page(tmp_path, strange):
    for seed in (1, 2):
        for strategy in ("random", "margin"):
            write_run(tmp_path, strategy, seed, [(100, 0.5), (200, 0.6)], params={"dataset": "digits"} | strange)
    path = write_report(Comparisons(tmp_path))
    assert "How to repeat it" in path.read_text(encoding="utf-8")
