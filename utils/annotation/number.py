"""Which texts are numbers that people may give as labels: those that a model could learn, whoever reads them."""

from __future__ import annotations

import math

LARGEST = (2 - 2**-23) * 2.0**127
"""Of float32, which all targets become: what is larger would be infinite."""


def written_number(text: str) -> float:
    """The number that `text` writes; NaN where it writes none, or none that float32 holds."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if abs(number) <= LARGEST else math.nan
