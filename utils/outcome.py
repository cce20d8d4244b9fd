"""What one round of training ended with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What a round of training ended with."""

    epochs: int
    valid_accuracy: float | None
    """On the validation part, of the weights that are in the engine now; None without one."""
    has_best: bool
    """Whether these are the best weights over all rounds, better than the baseline."""
