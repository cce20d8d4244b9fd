"""The page is there while the run is, whatever happens to its process; when it cannot be, it says which parameter to change."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.annotators import Client
from tests.torture.labelling import free_port, records, torture
from tests.utils.web.fakes import ask
from utils import files
from utils.annotation.ledger import LOCK, LOG
from utils.errors import DamagedRunError, FolderInUseError, FrameworkError, ParameterError
from utils.journal import Journal
from utils.web import page_server
from utils.web.page_server import PageServer

ROOT = Path(__file__).parents[3]


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(page_server, "_SECONDS_OF_A_PREDECESSOR", 0.0)


def test_twelve_annotators_and_three_kills(tmp_path):
    outcome = torture(tmp_path, annotators=6, samples=50, kills=3, per_sample=2, seed=5)
    assert (outcome.faults, outcome.annotations, outcome.kills) == ([], 100, 3)


def test_it_ends_with_the_block_and_lets_everything_go(tmp_path):
    ask(tmp_path, [1])
    port = free_port()
    for _ in range(2):
        with PageServer(tmp_path, "127.0.0.1", port) as page:
            process = page.process_id
        assert page.process_id is None
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    page.check()
    with files.locked(tmp_path / LOCK, "a test"):
        pass


def test_a_port_that_is_taken_is_said_with_its_parameter(tmp_path, impatient):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        message = f"web_port: {port} is taken on 127.0.0.1 by another program or run; end that, or give another web_port"
        with pytest.raises(ParameterError, match=re.escape(message)), PageServer(tmp_path, "127.0.0.1", port):
            pass


def test_an_address_that_is_not_ours_is_said_with_its_parameter(tmp_path, impatient):
    message = r"web_host: '192\.0\.2\.1' is no address of this machine \(.+\); give 127\.0\.0\.1, 0\.0\.0\.0, or one that is"
    with pytest.raises(ParameterError, match=message), PageServer(tmp_path, "192.0.2.1", 8765):
        pass


def test_a_host_that_can_be_no_name_is_said_at_once(tmp_path):
    message = r"web_host: 'a\.\.b' is no address of this machine \(it is no name of a machine either\); give 127\.0\.0\.1"
    page = PageServer(tmp_path, "a..b", 8765)
    with pytest.raises(ParameterError, match=message), page:
        pass
    assert not page._may_pass, "it is not tried for seconds"


def test_what_passes_is_waited_for(tmp_path):
    with files.locked(tmp_path / LOCK, "another run") as _, pytest.raises(FolderInUseError):
        page = PageServer(tmp_path, "127.0.0.1", free_port())
        page._start()
    assert page._may_pass
    with PageServer(tmp_path, "127.0.0.1", free_port()) as page:
        pass
    ask(tmp_path, [1])
    (tmp_path / "questions.json").write_text("{")
    page = PageServer(tmp_path, "127.0.0.1", free_port())
    with pytest.raises(DamagedRunError, match=r"questions\.json: cannot be read"), page:
        pass
    assert not page._may_pass


def test_the_terminal_is_told_of_faults_that_annotators_are_not(tmp_path):
    ask(tmp_path, [1])
    with PageServer(tmp_path, "127.0.0.1", free_port()) as page:
        listener = page._listener
        (tmp_path / "questions.json").write_text("{")
        while not (told := page.faults()):
            listener.join(0.05)
    assert len(told) == 1
    assert re.match(r"labelling page: .*/questions\.json: cannot be read \(JSONDecodeError: ", told[0])


def test_a_folder_in_use_and_a_damaged_log_are_said(tmp_path, impatient):
    with (
        files.locked(tmp_path / LOCK, "another run"),
        pytest.raises(FolderInUseError, match="in use by another run"),
        PageServer(tmp_path, "127.0.0.1", free_port()),
    ):
        pass
    (tmp_path / LOG).write_text("nonsense\nnonsense\n")
    with pytest.raises(DamagedRunError, match="line 1: the record was altered"), PageServer(tmp_path, "127.0.0.1", free_port()):
        pass
    (tmp_path / LOG).unlink()
    Journal(tmp_path / LOG).append({"round": 1})
    with (
        pytest.raises(DamagedRunError, match="line 1: a record of the type None"),
        PageServer(tmp_path, "127.0.0.1", free_port()),
    ):
        pass
    (tmp_path / LOCK).unlink()
    os.mkfifo(tmp_path / LOCK)
    with pytest.raises(ParameterError, match="is a link, or no file at all"), PageServer(tmp_path, "127.0.0.1", free_port()):
        pass


def test_a_process_that_ends_at_once_is_quoted(tmp_path, impatient, monkeypatch):
    page = PageServer(tmp_path, "127.0.0.1", free_port())
    monkeypatch.setattr(page, "_command", [sys.executable, "-c", "import sys; print('no such library', file=sys.stderr)"])
    with pytest.raises(FrameworkError, match="the process of the labelling page ended before it was ready: "), page:
        pass


def test_the_process_ends_when_its_parent_dies(tmp_path):
    ask(tmp_path, [1])
    code = f"""
import os, pathlib
from utils.web.page_server import PageServer
with PageServer(pathlib.Path({str(tmp_path)!r}), "127.0.0.1", {free_port()}) as page:
    print(page.process_id, flush=True)
    os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    # the lock is free when the child is gone; `locked` waits for it a little
    server = [sys.executable, "-m", "utils.web.server", str(tmp_path), "--host", "127.0.0.1", "--port", str(free_port())]
    for _ in range(50):
        again = subprocess.run(server, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if "url" in json.loads(again.stdout):
            break
    assert "url" in json.loads(again.stdout)
    assert (again.returncode, again.stderr) == (0, "")


def test_a_terminating_signal_ends_it_silently_and_an_interrupt_does_not_reach_it(tmp_path):
    ask(tmp_path, [1])
    with PageServer(tmp_path, "127.0.0.1", free_port()) as page:
        assert os.getsid(page.process_id) == page.process_id
        os.kill(page.process_id, signal.SIGTERM)
        assert page._process.wait(10) == -signal.SIGTERM
        page.check()
        assert page.process_id
    assert list(page._last_words) == []


def test_everybody_is_told_the_end_before_the_page_goes_away(tmp_path):
    ask(tmp_path, [1])
    port = free_port()
    with PageServer(tmp_path, "127.0.0.1", port) as page:
        client = Client(port)
        assert client.post("name", {"name": "Anna"})[1]["stage"] == "labelling"
        ask(tmp_path, [], stage="ended", message="That was all.")
        page._process.stdin.close()
        state = client.post("look", {})[1]
        assert (state["stage"], state["message"]) == ("ended", "That was all.")
        assert page._process.wait(10) == 0
    assert records(tmp_path) == []


def test_it_needs_no_heavy_library():
    code = "import sys, utils.web.server; print(*sorted({'numpy', 'pandas', 'scipy', 'pydantic', 'keras'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
