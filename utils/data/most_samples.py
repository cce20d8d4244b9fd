"""How many samples a data set may have."""

from __future__ import annotations

from pathlib import Path

from utils.errors import DataError

MOST_SAMPLES = 10_000_000
"""Each has a name, a label and its place in tables, whatever little its own numbers take."""


def refuse_too_many(num_samples: int, path: Path, advice: str = "store fewer") -> None:
    """Raises DataError where the set at `path` has more samples than anybody can be meant to have."""
    if num_samples > MOST_SAMPLES:
        raise DataError(f"{path}: holds {num_samples:,} samples, expected {MOST_SAMPLES:,} at most; {advice}")
