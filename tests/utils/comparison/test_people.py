"""Which runs people labelled, and the command that uses their model."""

import shlex

import pytest

from tests.utils.known_runs import only_comparison, write_run
from utils.comparison.people import labelled_by_people, prediction_commands

POINTS = [(10, 0.5), (20, 0.6)]


@pytest.mark.parametrize(
    ("params", "people"),
    [
        ({"oracle": "web"}, True),
        ({"oracle": "csv"}, True),
        ({"oracle": "label_studio"}, True),
        ({"oracle": "simulated"}, False),
        ({"oracle": 5}, False),
        ({}, False),
    ],
)
def test_who_labelled(tmp_path, params, people):
    write_run(tmp_path, "margin", 1, POINTS, params=params)
    found = only_comparison(tmp_path)
    assert (labelled_by_people(found.runs[0]), found.of_people) == (people, people)


def test_one_simulated_run_among_them_makes_it_a_comparison_as_usual(tmp_path):
    write_run(tmp_path, "margin", 1, POINTS, params={"oracle": "web"})
    write_run(tmp_path, "entropy", 1, POINTS)
    found = only_comparison(tmp_path)
    assert not found.of_people
    assert len(prediction_commands(found.runs)) == 1
    assert 'Add "random" to framework_type: without it nothing says what choosing gains over not choosing.' in (
        found.answer().advice
    )


def test_a_hostile_name_is_one_word_of_the_command(tmp_path):
    write_run(tmp_path, "margin", 1, POINTS, variant="a; rm -rf $HOME", params={"oracle": "web"})
    [line] = prediction_commands(only_comparison(tmp_path).runs)
    folder = str(tmp_path / "stats" / "margin" / "a; rm -rf $HOME" / "run_1")
    assert shlex.split(line) == ["python", "-m", "utils.predict", folder, "NEW_FILES"]
