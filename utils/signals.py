"""Ctrl-C and SIGTERM: the first ends the run in order, any further one is ignored."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Stopped(BaseException):
    """A signal asked the process to end; `exit_code` is 128 + its number, by which shells know it."""

    def __init__(self, number: int) -> None:
        """`number` of the signal."""
        super().__init__(number)
        self.exit_code = 128 + number


@contextlib.contextmanager
def stop_on_signal() -> Iterator[None]:
    """Raises `Stopped` in the main thread at the first SIGINT or SIGTERM."""

    def stop(number: int, _frame: FrameType | None) -> None:
        for each in previous:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
