"""Results over the time of labelling, from the rows of al_stats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from utils.annotation.cost_curve import CostCurve
from utils.measure import ACCURACY
from utils.saved_run import SavedRun


def run_of(rows: list[tuple[str, str, str]]) -> SavedRun:
    """A run with rows of (labels, accuracy, seconds)."""
    cells = [dict(zip(("num_total_labeled", "eval_acc", "label_seconds"), row, strict=True)) for row in rows]
    points = {float(labels): float(value) for labels, value, _ in rows if value}
    return SavedRun("margin", "", 1, cells, ACCURACY, np.array(list(points)), np.array(list(points.values())), None)


def test_a_round_without_a_result_still_costs() -> None:
    curve = CostCurve.of(run_of([("4", "", "40"), ("8", "0.5", "70"), ("12", "0.75", "100")]))
    assert curve is not None
    assert (curve.labels.tolist(), curve.seconds.tolist(), curve.results.tolist()) == ([8, 12], [70, 100], [0.5, 0.75])
    assert curve.per_label == 100 / 12


def test_a_round_of_unusable_samples_adds_time_alone() -> None:
    curve = CostCurve.of(run_of([("8", "0.5", "70"), ("8", "0.4", "90")]))
    assert curve is not None
    assert (curve.labels.tolist(), curve.seconds.tolist(), curve.results.tolist()) == ([8], [90], [0.4])


def test_runs_of_earlier_versions_have_no_such_column() -> None:
    run = run_of([("8", "0.5", "70")])
    assert CostCurve.of(replace(run, rows=[{"num_total_labeled": "8", "eval_acc": "0.5"}])) is None
    assert CostCurve.of(replace(run, rows=[])) is None
