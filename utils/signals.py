"""Ctrl-C and SIGTERM: the first ends the run in order, further ones are ignored for the seconds that this takes.

A signal that falls into a library's callback may be swallowed there, or come out as an error of that library: the first is
answered by raising again at the next signal after those seconds, the second by remembering that there was a signal.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from types import FrameType

PATIENCE = 5.0
"""Seconds in which a run ends after a signal."""


class Stopped(BaseException):
    """A signal asked the process to end; `exit_code` is 128 + its number, by which shells know it."""

    def __init__(self, number: int) -> None:
        """`number` of the signal."""
        super().__init__("stopped; what was committed is safe: the same command, without --overwrite, continues from there")
        self.exit_code = 128 + number


@contextlib.contextmanager
def stop_on_signal() -> Iterator[None]:
    """Raises `Stopped` in the main thread at the first SIGINT or SIGTERM."""
    received: list[tuple[int, float]] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not received or now - received[-1][1] > PATIENCE:
            received.append((number, now))
            raise Stopped(number)

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Exception:
        if received:
            raise Stopped(received[0][0]) from None
        raise
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
