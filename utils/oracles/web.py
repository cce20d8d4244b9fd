"""People who label on a web page, served by a process of its own that also writes down what they say."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from utils.annotation.ledger import LOG
from utils.annotation.questions import FILE, Questions
from utils.journal_tail import JournalTail
from utils.oracles.people import People
from utils.oracles.task import Task
from utils.web.page_server import PageServer

_SECONDS_BETWEEN_LOOKS = 0.2
_SECONDS_BETWEEN_TABLES = 10.0
"""At which labels.csv is written anew while people label."""
_AFTER_AN_ERROR = "An error ended it; whoever started it finds in the terminal what is wrong."
"""The error itself may name folders, which are not for everybody."""


class WebOracle(People):
    """Waits for what the page's server writes into the log; see `People`."""

    def __init__(self, task: Task, host: str, port: int, grace: float | None = None) -> None:
        """`host` and `port` are those that the page listens on; `grace` are seconds in which a last answer can be undone."""
        super().__init__(task)
        self._at = host, port, grace
        self._written, self._looked = 0, 0.0

    @contextlib.contextmanager
    def _reachable(self) -> Iterator[None]:
        self._log = JournalTail(self.folder / LOG)
        with PageServer(self.folder, *self._at) as self._page:
            self.listener.say(f"label at {self._page.url}")
            yield

    def _interrupted(self, *, is_error: bool) -> None:
        """Tells those who look at the page; what they are asked stays as it is, for the run to go on from."""
        if (self.folder / FILE).exists():
            message = _AFTER_AN_ERROR if is_error else ""
            replace(Questions.read(self.folder), stage="stopped", message=message).write(self.folder)

    def _hear(self) -> None:
        for record in self._log.news():
            self._take(record)

    def _wait(self, asked: Sequence[int]) -> None:
        self._look()
        self._tell_progress(asked)

    def _collect(self, round_number: int) -> None:
        while (round_number, True) not in self.ledger.closed:
            self._look()

    def _look(self) -> None:
        self._page.check()
        for fault in self._page.faults():
            self.listener.say(fault)
        self._hear()
        if (said := len(self.ledger.keys)) != self._written and time.monotonic() - self._looked > _SECONDS_BETWEEN_TABLES:
            self._write_labels()
            self._written, self._looked = said, time.monotonic()
        time.sleep(_SECONDS_BETWEEN_LOOKS)
