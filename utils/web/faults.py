"""What is wrong with the disk, said on standard error, where the run reads it and hands it to the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

PREFIX = "labelling page: "
"""How lines begin that are meant for the terminal."""
_SECONDS_OF_SILENCE = 60.0


class Faults:
    """Says each kind of fault once a minute: what fails is tried again many times a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds since any moment."""
        self._clock = clock
        self._said: dict[tuple[type[Exception], int | None], float] = {}

    def say(self, error: Exception) -> None:
        """Says what `error` means, unless it was said lately."""
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
        kind, now = (type(error), cause.errno if isinstance(cause, OSError) else None), self._clock()
        if now - self._said.get(kind, -_SECONDS_OF_SILENCE) >= _SECONDS_OF_SILENCE:
            self._said[kind] = now
            sys.stderr.write(f"{PREFIX}{' '.join(str(error).split())}\n")
            sys.stderr.flush()
