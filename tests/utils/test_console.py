"""What a run says where there is no terminal: plain lines, word for word."""

import pytest

from utils import console
from utils.console import Reporter


@pytest.fixture
def clock(monkeypatch):
    """Seconds that a test sets."""
    now = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    return now


def record_of(number, labels=1200, accuracy=0.87654):
    return {"round": number, "stats": {"round": number, "num_total_labeled": labels, "eval_acc": accuracy}}


@pytest.mark.parametrize("text", ["plain", "[bold]x[/bold]", "a:b:c", ":dog: :smile:", "x" * 300, "[/]", "100 %", "ä → b"])
def test_what_is_said_stays_word_for_word(capsys, text):
    Reporter().say(text)
    assert capsys.readouterr().out == f"{text}\n"


def test_a_plan_keeps_its_lines(capsys):
    Reporter().start("runs 3\nwarning    few seeds", {"a": [10, 20]})
    assert capsys.readouterr().out == "runs 3\nwarning    few seeds\n"


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(1.0, "0:09"), (60.0, "9:00"), (400.0, "1:00:00"), (6.6, "0:59"), (0.0, "0:00"), (3600 * 3, "27:00:00")],
)
def test_the_time_left_goes_by_the_labels_still_to_be_trained_on(capsys, clock, seconds, left):
    reporter = Reporter()
    reporter.start("", {"margin/seed 1": [600, 1200, 1800, 2400], "margin/seed 2": [600, 1200, 1800, 3000]})
    reporter.start_run("margin/seed 1", 1)
    clock[0] += seconds
    reporter.round_done("margin/seed 1", record_of(1))
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "margin/seed 1: continues after round 0",
        f"margin/seed 1  round   1/3  labels  1,200  accuracy  87.65%  {left} left",
    ]


def test_rounds_that_a_stop_rule_saved_are_not_waited_for(capsys, clock):
    reporter = Reporter()
    reporter.start("", {"a": [1200, 2400], "b": [1200, 2400]})
    for name in ("a", "b"):
        reporter.start_run(name, 0)
        clock[0] += 10
        reporter.round_done(name, record_of(0))
        reporter.end_run(name, record_of(0), "target_accuracy: reached 0.9 of 0.9")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("0:50 left")
    assert lines[1] == "a  1,200 labels, accuracy 87.65%  (target_accuracy: reached 0.9 of 0.9)"
    assert lines[2].endswith("0:20 left")


@pytest.mark.parametrize("committed", [0, 2])
def test_a_run_that_starts_or_is_complete_does_not_continue(capsys, committed):
    reporter = Reporter()
    reporter.start("", {"a": [10, 20]})
    reporter.start_run("a", committed)
    assert capsys.readouterr().out.strip() == ""


def test_progress_is_told_every_ten_seconds_and_at_the_end(capsys, clock):
    reporter = Reporter()
    for done in range(1, 31):
        clock[0] += 1
        reporter.progress("extracting features", done * 100, 3000)
    told = [line.removeprefix("extracting features: ") for line in capsys.readouterr().out.splitlines()]
    assert told == ["100/3,000", "1,200/3,000", "2,300/3,000", "3,000/3,000"]


def test_a_quiet_one_says_nothing(capsys):
    with Reporter(quiet=True) as reporter:
        reporter.start("plan", {"a": [10, 20, 30, 40]})
        reporter.say("x")
        reporter.progress("x", 1, 1)
        reporter.start_run("a", 3)
        reporter.round_done("a", record_of(3))
        reporter.end_run("a", record_of(3), "done")
    assert capsys.readouterr() == ("", "")
