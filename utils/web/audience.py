"""Who looks at the page, so that all of them are told how the run ended before the page goes away."""

from __future__ import annotations

import threading
import time

_PRESENT = 6.0
"""Seconds since his last look for which somebody counts as present; pages look every second or two."""
ENDINGS = ("ended", "stopped")


class Audience:
    """Those who looked lately, and who of them saw the end."""

    def __init__(self) -> None:
        """Nobody looked yet."""
        self._changed = threading.Condition()
        self._unaware: dict[str, float] = {}

    def looked(self, by: str, stage: str) -> None:
        """The annotator `by` was shown that the run is at `stage`."""
        with self._changed:
            if stage in ENDINGS:
                self._unaware.pop(by, None)
            else:
                self._unaware[by] = time.monotonic()
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Returns once all who are present were shown the end, after `seconds` at the latest."""
        with self._changed:
            self._changed.wait_for(lambda: not self._present(), seconds)

    def _present(self) -> bool:
        return any(time.monotonic() - seen < _PRESENT for seen in self._unaware.values())
