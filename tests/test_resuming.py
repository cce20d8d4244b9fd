"""G5: stopped after any round and continued, every strategy ends where a straight run ends: picks, CSVs and weights."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import framework
from tests.fakes import results_of, run_fake, small_params
from tests.torture.resuming import COMPOSITIONS as REAL_COMPOSITIONS
from tests.torture.resuming import ROUNDS, Case, every_case, resume_all

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


def test_a_real_engine_continues_in_processes_with_other_hash_seeds(tmp_path: Path) -> None:
    """One of those runs that `python -m tests.torture resuming` does all of."""
    case = Case("qbc", "keras", "composed", "multiclass")
    assert resume_all([case], tmp_path, processes=2) == 2 * (ROUNDS + 1)


def test_every_selection_engine_is_continued_in_every_composition_that_fits_on_both_backends() -> None:
    cases = every_case()
    assert {case.strategy for case in cases} == set(framework.strategies.names())
    for backend in ("keras", "tf"):
        for strategy in framework.strategies.names():
            found = {case.composition for case in cases if (case.strategy, case.backend) == (strategy, backend)}
            assert found in (set(REAL_COMPOSITIONS), {"warm", "cold"})
    assert {case.task for case in cases if case.strategy == "random"} == {"multiclass", "regression"}
    assert len({case.name for case in cases}) == len(cases)
