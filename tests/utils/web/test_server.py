"""The task that closes rounds goes on after what passes, and ends the server after what does not."""

import asyncio
from types import SimpleNamespace

import pytest

from utils.errors import DiskError
from utils.web import server
from utils.web.faults import Faults
from utils.web.server import _settling


def settled(monkeypatch, errors):
    """(how often it settled, whether the server is to end) where each call raises the next of `errors`."""
    monkeypatch.setattr(server, "_SECONDS_BETWEEN_LOOKS", 0.0)
    left, calls, page = list(errors), [], SimpleNamespace(should_exit=False)

    async def run():
        reached = asyncio.Event()
        loop = asyncio.get_running_loop()

        def settle():
            calls.append(1)
            if left:
                raise left.pop(0)
            loop.call_soon_threadsafe(reached.set)

        async with _settling(page, SimpleNamespace(settle=settle), Faults()):
            async with asyncio.timeout(20):
                while not reached.is_set() and not page.should_exit:
                    await asyncio.sleep(0)
            return len(calls), page.should_exit

    return asyncio.run(run())


def test_it_goes_on_after_faults_of_the_disk_and_says_them(monkeypatch, capsys):
    calls, is_over = settled(monkeypatch, [OSError(5, "Input/output error"), DiskError("full")])
    assert (calls >= 3, is_over) == (True, False)
    assert capsys.readouterr().err == "labelling page: [Errno 5] Input/output error\nlabelling page: full\n"


def test_a_bug_ends_the_server_with_its_traceback(monkeypatch):
    with pytest.raises(ZeroDivisionError):
        settled(monkeypatch, [ZeroDivisionError()])
