"""What the labels cost, computed by hand from a few runs, and how the page says it."""

import re

from tests.utils.annotation.answered import answers, group, said, table
from tests.utils.known_runs import write_run
from tests.utils.report.sections.small_runs import add_params, read, section, set_column, write
from utils.comparison.comparisons import Comparisons
from utils.report.page import render
from utils.report.part import part
from utils.report.sections.labelling import labelling

HOSTILE = '<script>alert("x")</script>'


def pay(folder, strategy, by_seed):
    for seed, seconds in by_seed.items():
        set_column(folder, strategy, seed, "label_seconds", seconds)


def full_data(folder, value=0.6):
    for seed in (1, 2):
        write_run(folder, "full_data", seed, [(1000, value)])


def words(folder):
    """The page without its tags and its drawings."""
    text = render(Comparisons(folder))
    text = re.sub(r"<(style|script|svg).*?</\1>", "", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_without_a_cost_there_is_no_section(folder):
    assert section(labelling, folder) is None
    assert "What the labels cost" not in words(folder)
    pay(folder, "margin", {1: [0, 0, 0]})
    assert section(labelling, folder) is None


def test_time_to_a_goal_is_the_median_over_the_seeds(folder):
    full_data(folder, 0.4)
    pay(folder, "margin", {1: [600, 1200, 1800], 2: [700, 1400, 2100]})
    pay(folder, "random", {1: [600, 7200, 9000], 2: [600, 7600, 9000]})
    found = section(labelling, folder)
    assert found.goals == ["90 % of full", "95 % of full", "99 % of full"]
    assert [row.identity.name for row in found.rows] == ["margin", "random"]
    margin, random = found.rows
    assert {(cell.time, cell.labels, cell.reached) for cell in margin.goals} == {("21.7 min", "20 labels", "")}
    assert {cell.time for cell in random.goals} == {"2.06 h"}
    assert (margin.total, margin.labels, margin.each, margin.result) == ("32.5 min", "30", "65.0 s", "60.0 %")
    assert found.lead == "To reach 99 % of full (39.6 %), margin takes 21.7 min of labelling, random 2.06 h."
    assert found.people == []
    assert found.notes == []


def test_what_random_selection_did_not_reach_is_said(folder):
    full_data(folder, 0.8)
    write_run(folder, "badge", 1, [(10, 0.3), (20, 0.75), (30, 0.8)])
    write_run(folder, "badge", 2, [(10, 0.3), (20, 0.7), (30, 0.75)])
    pay(folder, "badge", {1: [10, 20, 30], 2: [10, 20, 30]})
    pay(folder, "random", {1: [10, 20, 30], 2: [10, 20, 30]})
    found = section(labelling, folder)
    assert found.lead == "To reach 90 % of full (72.0 %), badge takes 25.0 s of labelling; random did not get there."
    badge = found.rows[0]
    assert [(cell.time, cell.reached) for cell in badge.goals] == [("25.0 s", ""), ("–", "1 of 2 seeds"), ("–", "1 of 2 seeds")]
    assert "margin seed 1, margin seed 2: no time of labelling is known." in found.notes


def test_two_goals_are_told_where_random_selection_reached_the_lower(folder):
    full_data(folder, 0.64)
    write_run(folder, "badge", 1, [(10, 0.3), (20, 0.64)])
    pay(folder, "badge", {1: [3600, 7560]})
    pay(folder, "random", {1: [3600, 7200, 12240], 2: [3600, 7200, 12240]})
    assert section(labelling, folder).lead == (
        "To reach 90 % of full (57.6 %), badge takes 2.10 h of labelling, random 3.40 h. "
        "To reach 99 % of full (63.4 %), badge takes 2.10 h of labelling; random did not get there."
    )


def test_the_chart_is_the_mean_over_the_time_that_all_seeds_have(folder):
    pay(folder, "margin", {1: [600, 1200, 1800], 2: [1200, 1800, 2400]})
    found = section(labelling, folder)
    [wide, narrow] = found.charts
    assert (wide.frame.x_title, wide.frame.y_title) == ("minutes of labelling", "accuracy (%)")
    assert narrow.frame.width < wide.frame.width
    assert found.data["x"] == [20.0, 30.0]
    assert found.data["series"][0]["y"] == [30.0, 50.0], "means of 40 % and 20 %, of 60 % and 40 %"
    assert found.data["across"] == "minutes of labelling"
    assert [(entry.last, entry.where) for entry in found.legend] == [("50.0 %", "after 30.0 minutes")]
    comparison, known = read(folder)
    assert part("d1", comparison, known).chart_data()["d1-labelling"] == found.data


def test_seeds_that_share_no_time_have_no_line(folder):
    pay(folder, "margin", {1: [1, 2, 3], 2: [10, 20, 30]})
    found = section(labelling, folder)
    assert (found.charts, found.legend) == ([], [])
    assert found.rows[0].total == "16.5 s"
    assert "d1-labelling" in render(Comparisons(folder))


def test_people_are_told_by_name_and_escaped(folder):
    pay(folder, "margin", {1: [60, 120, 180]})
    groups = [
        [said(1, "x", HOSTILE, 0, 4.0), said(1, "x", "Bob", 1, 8.0)],
        [said(2, "x", HOSTILE, 2, 6.0)],
        group(3, "-?", 9.0),
    ]
    write(folder, "margin", 1, "labels.csv", table(answers(groups, {1: 0})))
    found = section(labelling, folder)
    assert found.people == [
        (HOSTILE, ["2", "5.00 s", "0 %", "100 %", "1"]),
        ("Bob", ["1", "8.00 s", "0 %", "100 %", "1"]),
        ("b", ["1", "9.00 s", "100 %", "–", "0"]),
    ]
    margin = next(row for row in found.rows if row.identity.name == "margin")
    assert margin.answers == ["7.00 s", "–", "100 %", "100 %", "–"]
    text = render(Comparisons(folder))
    assert HOSTILE not in text
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/<wbr>script&gt;" in text


def test_the_same_sample_of_two_runs_was_asked_twice(folder):
    """Bob contradicts Ann in the other run, and nobody in his own."""
    for seed, label, by in ((1, "x", "Ann"), (2, "y", "Bob")):
        write(folder, "margin", seed, "labels.csv", table(answers([[said(1, label, by)]])))
    found = section(labelling, folder)
    assert [cells[3] for _, cells in found.people] == ["–", "–"]
    assert found.charts == []


def test_numbers_agree_with_nothing(tmp_path):
    write_run(tmp_path, "igs", 1, [(10, 3.0), (20, 2.0)], measure="eval_mae")
    set_column(tmp_path, "igs", 1, "label_seconds", [7200, 14400])
    write(tmp_path, "igs", 1, "labels.csv", table(answers([group(1, "12", 5.0)])))
    found = section(labelling, tmp_path)
    assert found.rows[0].answers[2:] == ["–", "–", "–"]
    assert [cells[3] for _, cells in found.people] == ["–", "–"]
    assert found.charts[0].frame.x_title == "hours of labelling"
    assert "Mean absolute error over hours of labelling" in found.charts[0].frame.title


def test_damage_is_named_and_costs_its_run_alone(folder):
    pay(folder, "margin", {1: [60, 20, 180], 2: [60, 120, 180]})
    write(folder, "margin", 2, "labels.csv", "id\n1")
    found = section(labelling, folder)
    expected = "a number of at least the 60 of the line before"
    assert found.notes == [
        "margin seed 2: labels.csv cannot be read (it is cut off in the middle of a row; run that seed again to restore it).",
        "margin seed 1, random seed 1, random seed 2: no time of labelling is known.",
        f"margin seed 1: what the labels cost cannot be read (line 3: label_seconds is '20', expected {expected}).",
    ]
    assert found.rows[0].total == "3.00 min"


def test_without_a_test_part_the_page_says_once_what_that_means(folder):
    pay(folder, "margin", {1: [60, 120, 180]})
    add_params(folder, parts={"pool": 100, "validation": 0, "test": 0}, num_folds=5)
    assert words(folder).count("no test part: judged by 5-fold cross-validation over the labelled samples") == 1


def test_the_page_has_the_section_and_its_anchor(folder):
    full_data(folder, 0.4)
    pay(folder, "margin", {1: [600, 1200, 1800], 2: [700, 1400, 2100]})
    text = render(Comparisons(folder))
    assert text.count('id="d1-labelling"') == text.count('href="#d1-labelling"') == 1
    assert "21.7 min (20 labels)" in words(folder)
