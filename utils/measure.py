"""What runs are compared by: any metric of the test part, by default accuracy, in regression the mean absolute error.

Everything that reads, ranks, draws or prints a comparison asks the measure, so that no other module knows per cents.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.errors import ParameterError
from utils.registry import did_you_mean

_SIGNIFICANT_DIGITS = 3
_ROUND_OFF = 1e-9
"""As far beyond its bounds a value may lie that was computed in floating point."""
LARGEST = 1e100
"""Of any value: the square of a larger one could not be computed."""


@dataclass(frozen=True)
class Measure:
    """One metric of the test part.

    Attributes:
        column: of al_stats that holds it.
        label: its name in a sentence.
        is_share: whether it lies in [0, 1] and is shown in per cent.
        larger_is_better: whether a good model has a large value.
        lowest: value that there can be; −∞ for none.
        highest: value that there can be, or ∞.
        of_target: whether its unit is that of the data set's target, so that data sets cannot be pooled.
    """

    column: str
    label: str
    is_share: bool
    larger_is_better: bool
    lowest: float = 0.0
    highest: float = math.inf
    of_target: bool = False

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
        """Whether such a value can be, round-off at the bounds included."""
        return abs(value) <= LARGEST and self.lowest - _ROUND_OFF <= value <= self.highest + _ROUND_OFF

    def within(self, value: float) -> float:
        """A value that is allowed, without its round-off."""
        return min(max(value, self.lowest), self.highest)

    @property
    def expected(self) -> str:
        """What `allows` asks for, in words."""
        if self.is_share:
            return "a share between 0 and 1"
        return f"a number between {max(self.lowest, -LARGEST):g} and {min(self.highest, LARGEST):g}"

    def level(self, full: float, goal: float) -> float:
        """What is as good as `goal` of the full-data value: goal · full, or full / goal; NaN for a share of no gain at all."""
        if self.larger_is_better:
            return goal * full if full > 0 else math.nan
        return full / goal

    def reached(self, values: NDArray[np.float64], full: float, goal: float) -> NDArray[np.bool_]:
        """(n,) which values are at least as good as `level`."""
        return self.sign * values >= self.sign * self.level(full, goal)

    def reaching(self, goal: float) -> str:
        """What a curve does that becomes as good as `goal`: `reaches 99 % of the full accuracy`, or how near an error comes."""
        if self.larger_is_better:
            return f"reaches {100 * goal:.0f} % of the full {self.label}"
        return f"comes within {100 / goal - 100:.0f} % of the full {self.label}"

    def goal(self, goal: float) -> str:
        """What `reached` asks for, in a table."""
        return f"{100 * goal:.0f} % of full" if self.larger_is_better else f"full / {goal:g}"


def _share(column: str, label: str, *, larger_is_better: bool = True) -> Measure:
    return Measure(column, label, is_share=True, larger_is_better=larger_is_better, highest=1.0)


ACCURACY = _share("eval_acc", "accuracy")
ERROR = Measure("eval_mae", "mean absolute error", is_share=False, larger_is_better=False, of_target=True)
MEASURES = (
    ACCURACY,
    _share("eval_pre", "precision"),
    _share("eval_recall", "recall"),
    _share("eval_f1", "F1"),
    _share("eval_balanced_acc", "balanced accuracy"),
    _share("eval_roc_auc", "area under the ROC curve"),
    _share("eval_pr_auc", "area under the precision-recall curve"),
    Measure("eval_loss", "loss", is_share=False, larger_is_better=False),
    _share("eval_ece", "calibration error", larger_is_better=False),
    ERROR,
    Measure("eval_mse", "mean squared error", is_share=False, larger_is_better=False, of_target=True),
    Measure("eval_r2", "R²", is_share=False, larger_is_better=True, lowest=-math.inf, highest=1.0),
)
"""Every metric of the test part that al_stats holds."""
DEFAULTS = (ACCURACY, ERROR)
"""Of them, what runs are compared by when nothing else is asked for."""


def measure_of(columns: Iterable[str]) -> Measure | None:
    """The first default measure that a table with these columns holds; None when it has none."""
    found = set(columns)
    return next((measure for measure in DEFAULTS if measure.column in found), None)


def measure_called(name: str) -> Measure:
    """The measure of the column `name`, which may leave out its `eval_`.

    Raises:
        ParameterError: al_stats has no such metric; the message offers the nearest.
    """
    known = {measure.column: measure for measure in MEASURES}
    found = known.get(name) or known.get(f"eval_{name}")
    if found is None:
        offered = did_you_mean(name, [*known, *(column.removeprefix("eval_") for column in known)])
        raise ParameterError(f"there is no metric {name!r} of the test part{offered}; known: {', '.join(known)}", "--metric")
    return found


def _digits(value: float) -> int:
    """Digits after the point that show three that count."""
    return 0 if value == 0 else max(0, _SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(abs(value))))
