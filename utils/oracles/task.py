"""What people are asked to do in a run, whichever way they are reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.annotation.shown import Shown


@dataclass(frozen=True)
class Task:
    """What is labelled, by how many, and what they see."""

    title: str
    """Of the run."""
    names: NDArray[np.str_]
    """(N,) what a person would call each sample."""
    show: Callable[[int], Shown]
    """What a person is shown of a sample."""
    classes: tuple[str, ...]
    """Names known from the start; none where the answer is a number."""
    numbers: bool
    """Whether the answer is a number (regression)."""
    may_add: bool
    """Whether new classes may be named."""
    per_sample: int
    """Annotators that each sample goes to."""
    show_guess: bool
    last_round: int
    note: str = ""
    """What the learning curve's figures mean, where that needs a word."""

    def name(self, sample: int) -> str:
        """What a person would call the sample."""
        return str(self.names[sample])
