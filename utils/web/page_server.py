"""The labelling page as the run sees it: a child process that is started, watched, started again when it dies, and ended."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from utils.errors import DamagedRunError, DiskError, FolderInUseError, FrameworkError, ParameterError
from utils.web.faults import PREFIX

_PROJECT = Path(__file__).parents[2]
_ERRORS = {error.exit_code: error for error in (ParameterError, DamagedRunError, DiskError, FolderInUseError)}
_SECONDS_TO_START = 60.0
_SECONDS_TO_END = 8.0
_SECONDS_OF_A_PREDECESSOR = 6.0
"""In which the page of a run that was killed lets its port and the log go: it tells everybody of the end before."""
_SECONDS_BETWEEN_TRIES = 0.1
_DELAYS = (0.0, 0.2, 0.5, 1.0)
"""Seconds before it is started again, by how often it died lately."""
_LONG_LIFE = 30.0
"""Seconds after which a death is not of the same cause as the one before."""
_LAST_WORDS = 20
"""Lines."""


class PageServer:
    """`with PageServer(folder, host, port) as page`: the page is there within the block, under `page.url`.

    Attributes:
        url: what an annotator opens.
    """

    url = ""

    def __init__(self, folder: Path, host: str, port: int, grace: float | None = None) -> None:
        """Of the labelling in `folder`, on the address `host` and `port`; for `grace` see `Desk`, None: as there."""
        options = [str(folder.resolve()), "--host", host, "--port", str(port)]
        options += [] if grace is None else ["--grace", str(grace)]
        self._command = [sys.executable, "-m", "utils.web.server", *options]
        self._process: subprocess.Popen[str] | None = None
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._faults: deque[str] = deque(maxlen=_LAST_WORDS)
        self._may_pass = True
        self._deaths, self._started, self._due = 0, 0.0, 0.0

    def __enter__(self) -> Self:
        """Starts the page.

        Raises:
            ParameterError: host or port cannot be used; names the parameter.
            FolderInUseError: another process writes the log.
            DamagedRunError: the log was altered.
            DiskError: the folder cannot be written.
        """
        last = time.monotonic() + _SECONDS_OF_A_PREDECESSOR
        while True:
            try:
                self._start()
            except FrameworkError:
                if not self._may_pass or time.monotonic() > last:
                    raise
                time.sleep(_SECONDS_BETWEEN_TRIES)
            else:
                return self

    def check(self) -> None:
        """Starts the page again if its process died; call it often. Raises as entering does when it cannot be started."""
        if self._process is None or self._process.poll() is None:
            return
        now = time.monotonic()
        if not self._due:
            self._deaths = 1 if now - self._started > _LONG_LIFE else self._deaths + 1
            self._due = now + _DELAYS[min(self._deaths, len(_DELAYS)) - 1]
        if now >= self._due:
            self._release()
            self.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Ends the page, after it told those who look at it how the run ended."""
        if self._process is None:
            return
        _close(self._process.stdin)
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._release()

    def faults(self) -> list[str]:
        """What is wrong with the disk, in sentences for the terminal; each once."""
        return [self._faults.popleft() for _ in range(len(self._faults))]

    @property
    def process_id(self) -> int | None:
        """Of the process that serves the page; None: there is none just now."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def _start(self) -> None:
        # in a session of its own: a Ctrl-C is for the run alone, with which the page then ends
        self._process = subprocess.Popen(  # noqa: S603 our own module
            self._command,
            cwd=_PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._started, self._due = time.monotonic(), 0.0
        self._listener = threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True)
        self._listener.start()
        guard = threading.Timer(_SECONDS_TO_START, self._process.kill)
        guard.start()
        line = self._process.stdout.readline() if self._process.stdout else ""
        guard.cancel()
        said: dict[str, Any] = json.loads(line) if line else {}
        if "url" not in said:
            self._release()
            self._may_pass = said.get("passes", True)
            raise self._failure(said)
        self.url = said["url"]

    def _failure(self, said: dict[str, Any]) -> FrameworkError:
        if "error" in said:
            return _ERRORS.get(said["exit_code"], FrameworkError)(said["error"])
        words = " ".join("".join(self._last_words).split()) or "it said nothing"
        return FrameworkError(f"the process of the labelling page ended before it was ready: {words}")

    def _release(self) -> None:
        """Waits for the end of the process, which has ended or is about to, and closes its pipes."""
        if self._process is None:
            return
        self._process.wait()
        _close(self._process.stdin)
        _close(self._process.stdout)
        self._process = None

    def _listen(self, errors: IO[str] | None) -> None:
        """Keeps the last of what the process says of its errors."""
        for line in errors or ():
            (self._faults if line.startswith(PREFIX) else self._last_words).append(line.removesuffix("\n"))
        _close(errors)


def _close(pipe: IO[str] | None) -> None:
    with contextlib.suppress(OSError):
        if pipe:
            pipe.close()
