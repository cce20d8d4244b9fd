"""What the folder of a run tells of the cost of its labels, whole and damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.utils.annotation.answered import answers, group, table
from tests.utils.known_runs import write_run
from tests.utils.report.sections.small_runs import set_column
from utils.annotation.cost_of_run import CostOfRun

POINTS = [(10, 0.2), (20, 0.4), (30, 0.6)]


def written(folder: Path, cells: list[Any], labels: str | None = None, measure: str = "eval_acc") -> CostOfRun:
    write_run(folder, "margin", 1, POINTS, measure=measure)
    set_column(folder, "margin", 1, "label_seconds", cells)
    run = folder / "stats" / "margin" / "run_1"
    if labels is not None:
        (run / "labels.csv").write_text(labels, encoding="utf-8", newline="")
    return CostOfRun.read(run)


def test_a_simulated_run_has_a_curve(tmp_path: Path) -> None:
    found = written(tmp_path, [120.0, 180.0, 330.5])
    assert found.curve is not None
    np.testing.assert_array_equal(found.curve.labels, [10, 20, 30])
    np.testing.assert_array_equal(found.curve.seconds, [120, 180, 330.5])
    np.testing.assert_array_equal(found.curve.results, [0.2, 0.4, 0.6])
    assert found.curve.per_label == 330.5 / 30
    assert (found.cost, found.problems) == (None, ())


def test_people_leave_both(tmp_path: Path) -> None:
    text = table(answers([group(1, "xx", 2.0), group(2, "xy", 4.0)], {1: 0, 2: 1}))
    found = written(tmp_path, [4, 12, 12], text)
    assert found.cost is not None
    assert found.cost.sentence() == (
        "4 labels by 2 people in 12 s, 3.0 s each; all agree on 50 % of 2 samples that went to several"
    )
    assert (found.cost.numbers, found.problems) == (False, ())


def test_rounds_without_a_time_are_left_out_and_free_labels_have_no_curve(tmp_path: Path) -> None:
    found = written(tmp_path / "partly", ["", 60, 90])
    assert found.curve is not None
    assert found.curve.labels.tolist() == [20, 30]
    assert written(tmp_path / "nobody", ["", "", ""]).curve is None
    assert written(tmp_path / "free", [0.0, 0.0, 0.0]).curve is None


def test_numbers_are_told_by_the_columns(tmp_path: Path) -> None:
    found = written(tmp_path, [1, 2, 3], table(answers([group(1, "12", 1.0)])), measure="eval_mae")
    assert found.cost is not None
    assert found.cost.numbers
    assert found.curve is not None
    assert found.curve.measure.column == "eval_mae"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([120, 60, 180], "line 3: label_seconds is '60', expected a number of at least the 120 of the line before"),
        ([-1, 60, 180], "line 2: label_seconds is '-1', expected a number of at least 0"),
        ([1, "nan", 180], "line 3: label_seconds is 'nan'"),
        ([1, "inf", 180], "line 3: label_seconds is 'inf'"),
        ([1, "long", 180], "line 3: label_seconds is 'long'"),
    ],
)
def test_a_damaged_column_costs_the_curve_and_a_sentence(cells: list[Any], words: str, tmp_path: Path) -> None:
    found = written(tmp_path, cells)
    assert found.curve is None
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"what the labels cost cannot be read ({words}")


def test_other_damage_is_named_too(tmp_path: Path) -> None:
    found = written(tmp_path, [1, 2, 3], "id,name\n1,x\n")
    assert found.curve is not None
    columns = "label, annotator, round, when, seconds"
    assert found.problems == (f"labels.csv cannot be read (line 1 names no column {columns}; expected id, name, {columns})",)
    stats = tmp_path / "stats" / "margin" / "al_stats_1.csv"
    stats.write_text(stats.read_text()[:-3])
    found = CostOfRun.read(tmp_path / "stats" / "margin" / "run_1")
    assert (found.curve, found.cost) == (None, None)
    assert found.problems[0].startswith("al_stats_1.csv cannot be read (line 4 ")
    assert (
        CostOfRun.read(tmp_path / "stats" / "margin" / "run_9")
        .problems[0]
        .startswith("al_stats_9.csv cannot be read ([Errno 2]")
    )


def test_answers_that_nobody_timed_are_counted(tmp_path: Path) -> None:
    found = written(tmp_path, [1, 2, 3], table(answers([group(1, "x", 3.0), group(2, "x")])))
    assert found.problems == ("1 of 2 answers were not timed: the time is that of the others",)
