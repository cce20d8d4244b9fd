"""Draws something anew after each run of a grid, so seldom that the drawing takes a small share of the time."""

from __future__ import annotations

import time
from collections.abc import Callable

SHARE = 0.01
"""Of the time of a grid that drawing may take before its end."""


class Refresher:
    """Calls `draw`, unless it was called too short a while ago."""

    def __init__(self, draw: Callable[[], object]) -> None:
        """`draw` takes a while."""
        self._draw = draw
        self._next = time.monotonic()

    def refresh(self) -> None:
        """Draws, if that costs little beside the time since the last drawing."""
        begun = time.monotonic()
        if begun >= self._next:
            self._draw()
            took = time.monotonic() - begun
            self._next = time.monotonic() + took / SHARE
