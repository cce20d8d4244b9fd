"""The live table: a line a run, no more than there is room for."""

from rich.console import Console

from utils.run_table import RunLine, RunTable


def shown(table, height=20):
    console = Console(width=100, height=height, force_terminal=False, color_system=None)
    with console.capture() as capture:
        console.print(table)
    return capture.get().splitlines()


def test_the_table_has_a_line_for_each_run_and_counts_them():
    table = RunTable(
        {"a": RunLine([1, 2], "done", 2, "ready"), "b": RunLine([1, 2], "running", 1, "round 0/1"), "c": RunLine([3])}
    )
    table.below = "0:10 left"
    lines = shown(table)
    assert [line.split()[0] for line in lines[:3]] == ["a", "b", "c"]
    assert "round 0/1" in lines[1]
    assert lines[2].split() == ["c", "waiting"]
    assert lines[3] == "1 running, 1 waiting, 1 done  0:10 left"


def test_of_more_runs_than_lines_those_that_matter_are_shown():
    states = {"a": "done", "b": "waiting", "c": "failed", "d": "running", "e": "done", "f": "done"}
    table = RunTable({name: RunLine([1], state) for name, state in states.items()})
    lines = shown(table, height=7)
    assert [line.split()[0] for line in lines[:3]] == ["b", "c", "d"]
    assert lines[3] == "1 running, 1 waiting, 3 done, 1 failed; 3 not shown"


def test_the_names_in_the_table_are_no_markup():
    assert "[bold]x[/bold]" in shown(RunTable({"[bold]x[/bold]": RunLine([1], "failed", 0, "[/]")}))[0]
