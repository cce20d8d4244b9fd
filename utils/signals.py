"""Ctrl-C and SIGTERM: the first ends the run in order, further ones are ignored for the seconds that this takes.

A signal that falls into a library's callback may be swallowed there, or come out as an error of that library: the first is
answered by raising again at the next signal after those seconds, the second by remembering that there was a signal; one that
falls into a finaliser is raised again at once. What takes a library too long, or never comes back, ends with the process.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

from utils.standard_streams import told_of_loss, use_lasting_streams

PATIENCE = 5.0
"""Seconds in which a run ends after a signal."""
_SECONDS_TO_DIE = 0.8
"""Of the patience with a process that does not end."""
_SECONDS_TO_LEAVE = 0.05
"""In which a finaliser is over."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """A signal asked the process to end; `exit_code` is 128 + its number, by which shells know it."""

    def __init__(self, number: int) -> None:
        """`number` of the signal."""
        super().__init__("stopped; what was committed is safe: the same command, without --overwrite, continues from there")
        self.exit_code = 128 + number


class _Handler:
    """Raises `Stopped` at the first signal, and at one that comes when the patience is over."""

    def __init__(self) -> None:
        self.received: list[tuple[int, float]] = []
        self._held: list[int] | None = None

    def __call__(self, number: int, _frame: FrameType | None = None) -> None:
        if self._held is not None:
            self._held.append(number)
            return
        now = time.monotonic()
        if not self.received or now - self.received[-1][1] > PATIENCE:
            self.received.append((number, now))
            raise Stopped(number)

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Answers what comes inside at the end of the outermost such block."""
        if self._held is not None:
            yield
            return
        self._held = held = list[int]()
        try:
            yield
        finally:
            self._held = None
        if held:
            self(held[0])

    def raise_again(self) -> None:
        """The first was swallowed: it comes once more, a moment later, where it can be raised."""
        number, _ = self.received.pop()
        again = threading.Timer(_SECONDS_TO_LEAVE, signal.pthread_kill, [threading.get_ident(), number])
        again.daemon = True
        again.start()


@contextlib.contextmanager
def stop_on_signal() -> Iterator[None]:
    """Raises `Stopped` in the main thread at the first SIGINT or SIGTERM; what is inside another such block stays with it."""
    found = signal.getsignal(signal.SIGINT)
    handler = found if isinstance(found, _Handler) else _Handler()
    with contextlib.nullcontext() if handler is found else _handled_by(handler):
        try:
            yield
        except Exception:
            if handler.received:
                raise Stopped(handler.received[0][0]) from None
            raise


@contextlib.contextmanager
def _handled_by(handler: _Handler) -> Iterator[None]:
    hook = sys.unraisablehook

    def raise_again(told: sys.UnraisableHookArgs) -> None:
        if handler.received and isinstance(told.exc_value, Stopped):
            handler.raise_again()
        else:
            hook(told)

    previous = {number: signal.signal(number, handler) for number in SIGNALS}
    sys.unraisablehook = raise_again
    try:
        yield
    finally:
        for number, before in previous.items():
            signal.signal(number, before)
        sys.unraisablehook = hook


def signals_held() -> contextlib.AbstractContextManager[None]:
    """Lets what is inside the block come to its end before a signal is answered, unless that takes all the patience.

    For the moments of starting a process, and for imports of libraries in other languages, of which some end the process when
    they are interrupted.
    """
    handler = signal.getsignal(signal.SIGINT)
    return handler.hold() if isinstance(handler, _Handler) else contextlib.nullcontext()


def stop_if_asked() -> None:
    """Raises `Stopped` if a signal came: for whoever deals with any error, since the signal may have come out as one."""
    handler = signal.getsignal(signal.SIGINT)
    if isinstance(handler, _Handler) and handler.received:
        raise Stopped(handler.received[0][0])


def end_on_signal() -> None:
    """Until `run_program` takes over, a signal ends the process on the spot: for a command that still imports what it needs."""

    def end(number: int, _frame: FrameType | None) -> None:
        _end_now(Stopped(number), 2)

    for number in SIGNALS:
        signal.signal(number, end)


def run_program(program: Callable[[], int]) -> int:
    """Does all that this process is for, and returns the exit code, with which it is to end.

    From here to its end no signal leaves a traceback, and a process that has not ended when the patience is nearly over is
    ended. Nothing is lost by that: whatever is written is written as if the process died the next moment. What cannot be
    printed ends nothing.
    """
    use_lasting_streams()
    codes = list[int]()
    # registered first, so called last
    atexit.register(_end_at_once, codes)
    # what comes when all is said would only interrupt the interpreter in ending
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    try:
        with stop_on_signal():
            _end_in_time(codes)
            codes.append(told_of_loss(_exit_code(program)))
    except Stopped as error:
        sys.stderr.write(f"{error}\n")
        codes.append(error.exit_code)
    return codes[-1]


def _exit_code(program: Callable[[], int]) -> int:
    try:
        return program()
    except SystemExit as error:  # by which `--help` ends
        return int(error.code or 0)


def _end_at_once(codes: list[int]) -> None:
    """Ends the process, when its program did: taking TensorFlow apart takes the interpreter a second and more, for nothing."""
    if codes:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:
            return
        os._exit(codes[-1])


def _end_in_time(codes: list[int]) -> None:
    """Ends the process some seconds after a signal that its program, which has no exit code yet, did not come back from."""
    stderr = 2
    with contextlib.suppress(OSError):
        stderr = os.dup(stderr)  # while TensorFlow loads, what is written to the other goes nowhere
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    os.register_at_fork(after_in_child=lambda: signal.set_wakeup_fd(-1))

    def watch() -> None:
        while (number := os.read(readable, 1)[0]) not in SIGNALS:
            pass
        time.sleep(PATIENCE - _SECONDS_TO_DIE)
        error = Stopped(number)
        if not codes:
            _end_now(error, stderr)
        if codes[-1] == error.exit_code:
            os._exit(error.exit_code)

    threading.Thread(target=watch, daemon=True, name="ends the process in time").start()


def _end_now(error: Stopped, stderr: int) -> NoReturn:
    with contextlib.suppress(OSError):
        os.dup2(stderr, 2)
        os.write(2, f"{error}\n".encode())
    os._exit(error.exit_code)
