"""G5: stopped after any round and continued, every strategy ends where a straight run ends: picks, CSVs and weights."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import framework
from tests.fakes import results_of, run_fake, small_params

COMPOSITIONS: list[dict[str, Any]] = [
    {"warm_start": True},
    {"warm_start": False, "checkpoint": "best_of_round"},
    {"checkpoint": "best", "pseudo_label": True, "decay_threshold": 0.7, "hist_sel_mode": "certain", "sel_thresholds": [12]},
]


@pytest.mark.parametrize("composition", COMPOSITIONS, ids=["warm", "cold", "composed"])
@pytest.mark.parametrize("strategy", framework.strategies.names())
def test_any_round_is_as_good_to_stop_after_as_another(strategy: str, composition: dict[str, Any], outputs: Path) -> None:
    straight = run_fake(small_params(framework_type=strategy, max_round=5, **composition))
    results = results_of(outputs)
    for stop in range(5):
        shutil.rmtree(outputs)
        run_fake(small_params(framework_type=strategy, max_round=stop, **composition))
        continued = run_fake(small_params(framework_type=strategy, max_round=5, **composition))
        assert [record["weights_sha256"] for record in continued] == [record["weights_sha256"] for record in straight]
        assert results_of(outputs) == results
