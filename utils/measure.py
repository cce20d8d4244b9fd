"""What runs are compared by: accuracy, or in regression the mean absolute error, for which smaller is better.

Everything that reads, ranks, draws or prints a comparison asks the measure, so that no other module knows per cents.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SIGNIFICANT_DIGITS = 3


@dataclass(frozen=True)
class Measure:
    """One metric of the test part.

    Attributes:
        column: of al_stats that holds it.
        label: its name in a sentence.
        is_share: whether it lies in [0, 1] and is shown in per cent; otherwise it is ≥ 0, in units of the target.
        larger_is_better: whether a good model has a large value.
    """

    column: str
    label: str
    is_share: bool
    larger_is_better: bool

    @property
    def scale(self) -> float:
        """What a value is multiplied by before it is drawn."""
        return 100.0 if self.is_share else 1.0

    @property
    def axis(self) -> str:
        """Name of an axis of scaled values."""
        return f"{self.label} (%)" if self.is_share else self.label

    @property
    def sign(self) -> int:
        """1 or −1: a value times it is larger for a better model."""
        return 1 if self.larger_is_better else -1

    def shown(self, value: float, deviation: float = math.nan) -> str:
        """`value ± deviation` as a reader wants them, at the same digit; a dash for NaN, no deviation where that is NaN."""
        if math.isnan(value):
            return "–"
        digits = 1 if self.is_share else _digits(value)
        shown = [f"{self.scale * number:,.{digits}f}" for number in (value, deviation) if not math.isnan(number)]
        return " ± ".join(shown) + (" %" if self.is_share else "")

    def allows(self, value: float) -> bool:
        """Whether such a value can be."""
        return 0 <= value <= 1 if self.is_share else 0 <= value < math.inf

    def reached(self, values: NDArray[np.float64], full: float, goal: float) -> NDArray[np.bool_]:
        """(n,) which values are as good as `goal` of the full-data value: at least goal · full, or at most full / goal."""
        return values >= goal * full if self.larger_is_better else values <= full / goal

    def goal(self, goal: float) -> str:
        """What `reached` asks for, in words."""
        return f"{100 * goal:.0f} % of full" if self.larger_is_better else f"full / {goal:g}"


ACCURACY = Measure("eval_acc", "accuracy", is_share=True, larger_is_better=True)
ERROR = Measure("eval_mae", "mean absolute error", is_share=False, larger_is_better=False)
MEASURES = (ACCURACY, ERROR)


def measure_of(columns: Iterable[str]) -> Measure | None:
    """The first measure that a table with these columns holds; None when it has none."""
    found = set(columns)
    return next((measure for measure in MEASURES if measure.column in found), None)


def _digits(value: float) -> int:
    """Digits after the point that show three that count."""
    return 0 if value == 0 else max(0, _SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(abs(value))))
