"""Whatever a decoder does, its file alone is lost, with a reason in words, and nothing of the process stays."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from utils.data.passing_error import PassingError
from utils.decoding.frames import FrameError
from utils.decoding.process import DecodingProcess, StoppedError
from utils.errors import DataError, FrameworkError

MODULE = "tests.utils.decoding.hostile_tasks"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def process():
    with DecodingProcess(MODULE) as one:
        yield one


def take(replies):
    headers, content = [], b""
    for header, part in replies:
        headers.append(header)
        content += part
    return headers, bytes(content)


def ask(process, folder, *names, seconds=5.0, most=100):
    for name in names:
        (folder / name).write_bytes(b"x")
    task = {"kind": "do", "seconds": seconds}
    return list(process.each(task, [folder / name for name in names], most, take))


@pytest.mark.parametrize(
    ("what", "reason", "passing"),
    [
        ("burn", "its decoding took more than 0.2 seconds of processor time", False),
        ("allocate", "its decoder needed more than 1 GB of memory", False),
        ("segfault", "its decoder crashed (SIGSEGV)", False),
        ("half", "its decoder crashed (SIGABRT)", False),
        ("exit", "its decoder crashed (exit code 3)", False),
        ("killed", "its decoder was ended from outside (SIGKILL)", True),
        ("too much", "its decoder gave an answer that cannot be true (a frame of 14 and 1,000 bytes)", False),
    ],
)
def test_a_file_that_ends_its_decoder_is_lost_alone(process, tmp_path, what, reason, passing):
    before, bad, after, last = ask(process, tmp_path, "good", what, "other", "last", seconds=0.2)
    assert [before[1], after[1], last[1]] == [b"good"] * 3
    assert (str(bad), isinstance(bad, PassingError)) == (reason, passing)
    assert isinstance(bad, DataError)


def test_nonsense_between_the_answers(process, tmp_path):
    good, bad, other = ask(process, tmp_path, "good", "talk", "other")
    assert str(bad).startswith("its decoder gave an answer that cannot be true (a frame of 4,294,967,295 and")
    assert [good[1], other[1]] == [b"good", b"good"]


def test_a_decoder_that_waits_for_something_is_ended(tmp_path):
    with DecodingProcess(MODULE, patience=1.0) as process:
        bad, good = ask(process, tmp_path, "block", "good")
    assert (str(bad), type(bad)) == ("its decoder gave no answer within 1 seconds", PassingError)
    assert good[1] == b"good"


def test_a_decoder_that_somebody_ended_is_tried_again(process, tmp_path):
    ((_, content),) = ask(process, tmp_path, "killed once")
    assert content == b"good"


def test_time_is_counted_for_each_file_anew(process, tmp_path):
    """Many files together may take longer than one."""
    first, *_, last = ask(process, tmp_path, *(f"good {number}" for number in range(200)), seconds=0.05)
    assert first[0] == last[0]


def test_an_answer_that_whoever_takes_it_finds_false(process, tmp_path):
    def refuse(replies):
        next(replies)
        raise FrameError("three eyes")

    (tmp_path / "good").write_bytes(b"x")
    (bad,) = process.each({"kind": "do", "seconds": 5.0}, [tmp_path / "good"], 100, refuse)
    assert str(bad) == "its decoder gave an answer that cannot be true (three eyes)"


def test_what_the_process_may_take(process, tmp_path):
    (((limits,), _),) = ask(process, tmp_path, "limits")
    assert limits == {"AS": 2**30, "FSIZE": 0, "CORE": 0, "NOFILE": 32, "NPROC": 0}
    ask(process, tmp_path, "write")
    assert not (tmp_path / "write.new").exists() or (tmp_path / "write.new").stat().st_size == 0


def test_what_is_no_file_is_not_opened(process, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "good").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "good")
    names = ["pipe", "folder", "link"]
    pipe, folder, link = process.each({"kind": "do", "seconds": 5.0}, [tmp_path / name for name in names], 100, take)
    assert str(pipe) == "it is a pipe or device, expected a file"
    assert str(folder) == "it is a folder, expected a file"
    assert link[1] == b"good"


def test_it_is_not_in_the_group_that_a_ctrl_c_goes_to(process, tmp_path):
    (((facts,), _),) = ask(process, tmp_path, "good")
    assert facts["session"] == facts["process"] != os.getsid(0)
    assert facts["parent"] == os.getpid()


def alive(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_ends_with_the_block_also_after_a_stop_in_the_middle(tmp_path):
    with DecodingProcess(MODULE) as process:
        for name in ("a", "b"):
            (tmp_path / name).write_bytes(b"x")
        answers = process.each({"kind": "do", "seconds": 5.0}, [tmp_path / "a", tmp_path / "b"], 100, take)
        ((facts,), _) = next(answers)
        answers.close()
        assert not alive(facts["process"])
        (((other,), _),) = ask(process, tmp_path, "good")
    assert not alive(other["process"])


def test_it_ends_when_the_run_is_killed(tmp_path):
    (tmp_path / "good").write_bytes(b"x")
    program = (
        "import os, signal; from pathlib import Path; from utils.decoding.process import DecodingProcess; "
        f"process = DecodingProcess({MODULE!r}); "
        f"files = [Path({str(tmp_path / 'good')!r})]; "
        "answers = process.each(dict(kind='do', seconds=5.0), files, 100, lambda told: next(told)[0]); "
        "print(next(answers)['process'], flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (-signal.SIGKILL, "")
    try:
        descriptor = os.pidfd_open(int(run.stdout))
    except ProcessLookupError:
        return
    assert select.select([descriptor], [], [], 30)[0], "the decoding process is still there after 30 seconds"
    os.close(descriptor)


def test_stopped_by_another_thread(process, tmp_path):
    ask(process, tmp_path, "good")
    process.stop()
    with pytest.raises(StoppedError):
        ask(process, tmp_path, "good")


def test_a_process_that_cannot_be_started():
    with DecodingProcess("tests.utils.decoding.nothing") as process, pytest.raises(FrameworkError) as error:
        list(process.each({"kind": "do", "seconds": 5.0}, [Path("x")], 100, take))
    assert str(error.value).startswith(
        f"the process that decodes files could not be started (exit code 1, EOFError); see what {sys.executable} -m"
    )


def test_a_system_that_starts_no_process(monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(FrameworkError, match=r"^no process that decodes files could be started \(Resource temporarily"):
        DecodingProcess(MODULE).start()
