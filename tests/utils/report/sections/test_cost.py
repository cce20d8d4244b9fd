"""Seconds of runs, and what they brought."""

import math

from tests.utils.known_runs import write_run
from tests.utils.report.sections.small_runs import POINTS, read, section, set_column, write
from utils.report.sections.cost import cost


def test_seconds_are_means_over_the_rounds_and_seeds(folder):
    for seed, select in ((1, 1), (2, 3)):
        rows = [f"{number},{0 if number == 0 else select},0,10,2,0.5" for number in range(3)]
        write(folder, "margin", seed, "timing.csv", "round,select,label,train,evaluate,other\n" + "\n".join(rows) + "\n")
        set_column(folder, "margin", seed, "num_new_labeled", [10, 10, 10])
    found = section(cost, folder)
    margin, random = found.rows
    assert (margin.identity.name, margin.query, margin.pick) == ("margin", "2.00 s", "200 ms")
    assert (margin.training, margin.total, margin.area) == ("30.0 s", "41.5 s", "40.0 %")
    assert (random.query, random.total) == ("–", "–")
    assert found.notes == ["timing.csv is missing: random seed 1, random seed 2"]
    assert [dot.identity.name for dot in found.charts[0].dots] == ["margin"]


def timed(folder):
    for strategy in ("margin", "random"):
        for seed in (1, 2):
            rows = "".join(f"{number},1,0,10,2,0\n" for number in range(3))
            write(folder, strategy, seed, "timing.csv", "round,select,label,train,evaluate,other\n" + rows)


def test_the_mean_over_the_budget_is_over_the_labels_that_all_have(folder):
    write_run(folder, "short", 1, [(10, 0.2), (20, 0.4)])
    found = section(cost, folder)
    assert {row.identity.name: row.area for row in found.rows} == {"margin": "30.0 %", "random": "30.0 %", "short": "30.0 %"}
    assert found.span == "10 to 20"


def test_without_labels_in_common_there_is_no_mean(folder):
    timed(folder)
    write_run(folder, "late", 1, [(500, 0.2), (600, 0.4)])
    found = section(cost, folder)
    assert {row.area for row in found.rows} == {"–"}
    assert (found.charts, found.span) == ([], "")
    assert any("no stretch of labels in common" in note for note in found.notes)


def test_seconds_of_a_label_are_those_of_the_comparison(folder):
    timed(folder)
    for strategy, bought in (("margin", [10, 10, 0]), ("random", [10, 20, 20])):
        for seed in (1, 2):
            set_column(folder, strategy, seed, "num_new_labeled", bought)
    comparison, known = read(folder)
    asked_for = {name: f"{1000 * value:.0f} ms" for name, value in comparison.seconds_per_query().items()}
    assert {row.identity.name: row.pick for row in cost(comparison, known).rows} == asked_for == {
        "margin": "100 ms", "random": "50 ms",
    }  # fmt: skip


def test_a_strategy_with_no_finite_seconds_has_no_dot(folder):
    timed(folder)
    rows = "".join(f"{number},1e308,0,1e308,2,0\n" for number in range(3))
    for seed in (1, 2):
        write(folder, "margin", seed, "timing.csv", "round,select,label,train,evaluate,other\n" + rows)
    found = section(cost, folder)
    assert [dot.identity.name for dot in found.charts[0].dots] == ["random"]


def test_means_are_those_of_the_comparison(folder):
    write_run(folder, "short", 1, [(15, 0.2), (20, 0.5)])
    write_run(folder, "single", 1, POINTS[:1])
    comparison, known = read(folder)
    means = comparison.mean_over(comparison.common_span())
    shown = {name: "–" if math.isnan(mean) else comparison.measure.shown(mean) for name, mean in means.items()}
    assert {row.identity.name: row.area for row in cost(comparison, known).rows} == shown
    assert shown["single"] == "–"
    assert shown["short"] == "35.0 %"
