"""What a sweep is: one guarantee, disturbed as often as its number says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sweep:
    """One line of what `python -m tests.torture` does.

    Attributes:
        name: what the command line calls it; unique.
        guarantee: of README's table, "G1" to "G21".
        run: does it with a seed, in an empty folder, and returns what was reached, with its numbers, in a sentence.
            It raises AssertionError, with all that is needed to repeat it, where the guarantee does not hold.
    """

    name: str
    guarantee: str
    run: Callable[[int, Path], str]
