"""What is told and kept of a run that failed."""

import json

import pytest

from utils.errors import DataError, DiskError, FolderInUseError, OtherRunError, ParameterError
from utils.failure import Failure


@pytest.mark.parametrize("error", [OtherRunError("holds another run"), FolderInUseError("in use")])
def test_a_refusal_leaves_the_folder_as_it_is(tmp_path, error):
    failure = Failure.of("a/seed 1", error)
    failure.record(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert failure.exit_code == error.exit_code


def test_a_failure_that_cannot_be_written_hides_no_other(tmp_path, monkeypatch):
    def full(*_):
        raise DiskError("full")

    monkeypatch.setattr("utils.failure.files.write_text", full)
    Failure.of("a", DataError("bad")).record(tmp_path)
    assert Failure.read(tmp_path) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"run": "a", "error": 5, "exit_code": 65}',
        '{"run": "a", "error": null, "exit_code": 65}',
        '{"run": 1, "x": 2}',
        "\x00",
    ],
)
def test_an_altered_failure_is_none(tmp_path, text):
    (tmp_path / "failure.json").write_text(text)
    assert Failure.read(tmp_path) is None


def test_an_error_of_ours_is_told_whole_and_a_bug_with_its_traceback(tmp_path):
    try:
        json.loads("{")
    except ValueError as error:
        bug = Failure.of("a", error)
    assert bug.error.startswith("JSONDecodeError: Expecting property name")
    assert "json.loads" in bug.traceback
    assert Failure.of("a", DataError("one\n  two")).error == "one\n  two"
    bug.record(tmp_path)
    assert Failure.read(tmp_path) == bug


def test_a_parameter_that_one_run_alone_gets_wrong_is_recorded(tmp_path):
    Failure.of("a/seed 1", ParameterError("frozen: no layer nope")).record(tmp_path)
    assert Failure.read(tmp_path).exit_code == 2


def test_names_in_an_error_do_not_steer_the_terminal(tmp_path):
    failure = Failure.of("a", DataError("\x1b[2Jclip\n.wav: bad"))
    assert failure.error == "\\x1b[2Jclip\\n.wav: bad"
    (tmp_path / "failure.json").write_text('{"run": "a", "error": "\\u001b[2J", "exit_code": 65}')
    assert Failure.read(tmp_path).error == "\\x1b[2J"
