"""The features of a table, made when they are asked for: standardised numbers, and categories as 0 and 1.

Held are the numbers and the positions of the categories, so that a column of many categories costs no more than one of
numbers, and all runs share one table however differently they standardise it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TableFeatures:
    """Rows of features; N = number of samples, p = columns of numbers, c = of categories, f = features."""

    numbers: NDArray[np.float64]
    """(N, p)"""
    number_places: NDArray[np.int64]
    """(p,) which feature each column of numbers is."""
    mean: NDArray[np.float64]
    """(p,) is subtracted."""
    deviation: NDArray[np.float64]
    """(p,) divides what is left; no quotient is beyond what float32 holds."""
    positions: NDArray[np.int64]
    """(N, c) the category of each sample."""
    first_places: NDArray[np.int64]
    """(c,) which feature the first category of each column is; the others follow."""
    width: int
    """Features, f."""

    @property
    def shape(self) -> tuple[int, int]:
        """As of the array, (N, f)."""
        return len(self.numbers), self.width

    def __getitem__(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """(n, f) the features of the samples `ids`, computed in float64."""
        rows = np.zeros((len(ids), self.width), np.float32)
        rows[:, self.number_places] = (self.numbers[ids] - self.mean) / self.deviation
        rows[np.arange(len(ids))[:, np.newaxis], self.first_places + self.positions[ids]] = 1
        return rows
