"""What cannot be printed ends nothing: full disks, readers who went away, streams that were closed."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import framework
from tests.fakes import ENVIRONMENT, FakeEngine, blobs, results_of, run_fake, small_params
from utils.console import Reporter
from utils.executors import processes
from utils.standard_streams import told_of_loss, use_lasting_streams

ROOT = Path(__file__).parents[2]
FULL_DISK = Path("/dev/full")
FULL = (
    "standard output: No space left on device; what was to be printed from there on is lost, what was written to files is not; "
    "make room, or let it print to another place\n"
)


@pytest.fixture
def streams(monkeypatch):
    """Makes lasting streams of a file and, for errors, a text in memory, which is returned."""

    def use(out):
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        use_lasting_streams()
        return sys.stderr

    return use


def without_reader():
    """A pipe that nobody reads from any more."""
    readable, writable = os.pipe()
    os.close(readable)
    return os.fdopen(writable, "w")


def say_much():
    """In one line, in more than a stream holds back, and in what it holds back."""
    sys.stdout.write("first\n")
    sys.stdout.flush()
    sys.stdout.write("x" * 100_000 + "\n")
    sys.stdout.write("last\n")


@pytest.mark.parametrize(("exit_code", "ends_with", "told"), [(0, 74, FULL), (2, 2, ""), (130, 130, "")])
def test_a_full_disk_is_told_at_the_end_where_nothing_else_was_wrong(exit_code, ends_with, told, streams):
    with FULL_DISK.open("w") as full:
        err = streams(full)
        say_much()
        assert told_of_loss(exit_code) == ends_with
    assert err.getvalue() == told


def test_what_is_still_held_back_at_the_end_counts(streams):
    with FULL_DISK.open("w") as full:
        streams(full)
        sys.stdout.write("short")
        assert told_of_loss(0) == 74


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1"])
def test_a_sign_that_the_encoding_lacks_is_escaped(encoding, streams, tmp_path):
    with (tmp_path / "log").open("w", encoding=encoding) as log:
        streams(log)
        sys.stdout.write("accuracy ≥ 95 %\n")
        assert told_of_loss(0) == 0
    assert (tmp_path / "log").read_text(encoding) == "accuracy \\u2265 95 %\n"


def test_a_reader_who_went_away_has_read_what_it_wanted(streams):
    with without_reader() as pipe:
        err = streams(pipe)
        say_much()
        assert told_of_loss(0) == 0
    assert err.getvalue() == ""


def test_what_can_be_printed_is_printed_whole_and_in_its_order(streams, tmp_path):
    with (tmp_path / "log").open("w", encoding="utf-8") as log:
        streams(log)
        for number in range(5000):
            sys.stdout.write(f"line {number}: ä\n")
            if number % 7 == 0:
                sys.stdout.flush()
        assert told_of_loss(0) == 0
    assert (tmp_path / "log").read_text(encoding="utf-8").splitlines() == [f"line {number}: ä" for number in range(5000)]


def test_a_pipe_that_does_not_wait_is_waited_for(streams):
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    with subprocess.Popen(["/usr/bin/env", "wc", "-c"], stdin=readable, stdout=subprocess.PIPE, text=True) as reader:
        os.close(readable)
        with os.fdopen(writable, "w") as pipe:
            streams(pipe)
            sys.stdout.write("x" * 1_000_000)
            assert told_of_loss(0) == 0
        assert reader.stdout.read().strip() == "1000000"


@pytest.mark.parametrize("settings", [{"encoding": "latin-1", "errors": "replace"}, {"encoding": "utf-8", "buffering": 1}])
def test_a_stream_stays_what_it_is(settings, streams):
    terminal, opened = os.openpty()
    with os.fdopen(opened, "w", **settings) as before:
        streams(before)
        for name in ("encoding", "line_buffering", "write_through"):
            assert getattr(sys.stdout, name) == getattr(before, name)
        assert sys.stdout.errors == settings.get("errors", "backslashreplace")
        assert sys.stdout.fileno() == opened
        assert sys.stdout.isatty()
    os.close(terminal)


def test_a_run_whose_log_is_full_ends_as_any_other(streams, outputs):
    params = small_params(max_round=2)
    run_fake(params)
    expected = results_of(outputs)
    outputs.rename(outputs.with_name("straight"))
    with FULL_DISK.open("w") as full:
        streams(full)
        experiment = framework.Experiment(next(params.single_runs()), blobs(), FakeEngine(), ENVIRONMENT)
        with Reporter() as reporter:
            reporter.start("plan", {})
            experiment.run(reporter)
        assert told_of_loss(0) == 74
    assert results_of(outputs) == expected


def test_what_a_process_of_a_grid_cannot_print_does_not_end_it(streams, monkeypatch):
    class Connection:
        def recv(self):
            raise EOFError

    made = []

    def make():
        say_much()
        made.append("work")

    with without_reader() as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        processes._serve(Connection(), make)
    assert made == ["work"]


SCHEMA = [sys.executable, "hparams.py", "--schema"]
PLAN = [sys.executable, "framework.py", "--param_file=params/quickstart.json", "--dry_run"]
HELP = [sys.executable, "framework.py", "--help"]


@pytest.mark.parametrize("command", [SCHEMA, PLAN, HELP])
def test_a_command_whose_output_does_not_fit_says_so(command):
    with FULL_DISK.open("w") as full:
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (74, FULL)


def test_a_command_whose_reader_went_away_ends_as_ever():
    with without_reader() as pipe:
        done = subprocess.run(SCHEMA, cwd=ROOT, stdout=pipe, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("command", "closed", "exit_code"), [(PLAN, [1], 0), (SCHEMA, [0, 1, 2], 0), (SCHEMA[:2], [2], 2)])
def test_a_closed_stream_is_one_that_goes_nowhere(command, closed, exit_code):
    closing = " ".join(f"{number}>&-" for number in closed)
    done = subprocess.run(["/bin/sh", "-c", f'exec "$@" {closing}', "sh", *command], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (exit_code, b"", b"")


def test_in_place_of_closed_streams_no_file_is_opened():
    code = "import os\nfrom utils.standard_streams import use_lasting_streams\nuse_lasting_streams()\n"
    code += "with open('README.md') as file:\n    os._exit(file.fileno())"
    done = subprocess.run(["/bin/sh", "-c", '"$@" <&- >&- 2>&-', "sh", sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 3
