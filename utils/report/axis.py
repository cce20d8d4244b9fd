"""One axis of a chart: where a value lies in pixels, and which values have a tick."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

_STEPS = [1, 2, 2.5, 5, 10]


@dataclass(frozen=True)
class Tick:
    """A mark on an axis.

    Attributes:
        at: pixels.
        text: its value.
        below: a second line, "" for none.
    """

    at: float
    text: str
    below: str = ""


@dataclass(frozen=True)
class Axis:
    """Maps values onto pixels.

    Attributes:
        low: value at the pixel `start`; less than `high`.
        high: value at the pixel `end`.
        start: pixels; may be more than `end`, as on an upright axis.
        end: pixels.
        logarithmic: whether equal ratios have equal lengths; both values are positive then.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def at(self, value: float) -> float:
        """Where `value` lies, in pixels to a tenth."""
        if self.logarithmic:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def inside(self, value: float) -> float:
        """`value`, or the end of the axis that is nearer to it."""
        return min(max(value, self.low), self.high)

    def ticks(self, most: int, *, whole: bool = False, whole_of: float | None = None) -> list[Tick]:
        """Round values on the axis.

        Args:
            most: how many intervals between them at most.
            whole: whether only integers may be among them.
            whole_of: what counts as 100 % in the second line of each; None: no second line.
        """
        if self.logarithmic:
            return [Tick(self.at(value), f"{value:g}") for value in self._powers(most)]
        values = np.asarray(MaxNLocator(most, steps=_STEPS, integer=whole).tick_values(self.low, self.high))
        step = float(values[1] - values[0]) if len(values) > 1 else 1.0
        digits = max(0, -math.floor(math.log10(step) + 1e-9) + (1 if step_has_quarter(step) else 0))
        margin = 1e-9 * (self.high - self.low)
        return [
            Tick(self.at(value), _text(value, digits), "" if whole_of is None else _share(value / whole_of))
            for value in values.tolist()
            if self.low - margin <= value <= self.high + margin
        ]

    def _powers(self, most: int) -> list[float]:
        """Powers of two on the axis, the largest step between them that leaves at most so many intervals."""
        first, last = math.ceil(math.log2(self.low) - 1e-9), math.floor(math.log2(self.high) + 1e-9)
        step = max(1, math.ceil((last - first) / most))
        return [2.0**exponent for exponent in range(first, last + 1) if exponent % step == 0]


def step_has_quarter(step: float) -> bool:
    """Whether the step is 2.5 times a power of ten, which takes one more digit to write."""
    return math.isclose(step / 10 ** math.floor(math.log10(step)), 2.5, rel_tol=1e-6)


def _share(share: float) -> str:
    """Per cent, with two digits that count."""
    digits = 0 if share >= 0.095 or share == 0 else 1 if share >= 0.0095 else 2
    return f"{100 * share:.{digits}f} %"


def _text(value: float, digits: int) -> str:
    shown = f"{value:,.{digits}f}"
    return shown.replace("-", "−") if float(shown.replace(",", "")) else f"{0:.{digits}f}"
