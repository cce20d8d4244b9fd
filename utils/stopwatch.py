"""Where the seconds of a round go."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


class Stopwatch:
    """Sums up wall seconds by name; what is not named is `other`."""

    def __init__(self, *names: str) -> None:
        """Starts at once, with zero seconds for each of `names`."""
        self._begun = time.perf_counter()
        self._seconds = dict.fromkeys(names, 0.0)

    @contextlib.contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Counts the time inside the `with` block as `name`."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] += time.perf_counter() - begun

    def seconds(self) -> dict[str, float]:
        """Seconds by name, with `other`; they add up to the wall time since the start."""
        other = time.perf_counter() - self._begun - sum(self._seconds.values())
        return {name: round(value, 6) for name, value in {**self._seconds, "other": other}.items()}
