"""The listener of a run in another process: what it is told goes on as the name of a method and its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from utils.journal import Record


class Teller:
    """A `Listener` that passes on of a round what a listener may ask for, and not the samples that were picked in it."""

    def __init__(self, tell: Callable[[str, tuple[Any, ...]], None]) -> None:
        """`tell` is called with a method of `Listener` and the arguments of the call."""
        self._tell = tell

    def start_run(self, name: str, committed: int) -> None:
        """See `Listener`."""
        self._tell("start_run", (name, committed))

    def round_done(self, name: str, record: Record) -> None:
        """See `Listener`."""
        self._tell("round_done", (name, _told_of(record)))

    def end_run(self, name: str, last: Record, how: str) -> None:
        """See `Listener`."""
        self._tell("end_run", (name, _told_of(last), how))

    def fail_run(self, name: str, error: str) -> None:
        """See `Listener`."""
        self._tell("fail_run", (name, error))

    def progress(self, what: str, done: int, total: int) -> None:
        """See `Listener`."""
        self._tell("progress", (what, done, total))

    def say(self, text: str, style: str = "") -> None:
        """See `Listener`."""
        self._tell("say", (text, style))


def _told_of(record: Record) -> Record:
    return {"round": record["round"], "stats": record["stats"]}
