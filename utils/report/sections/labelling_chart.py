"""How good a model was after how much time of labelling, strategy by strategy: the lines, their legend, and what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.annotation.cost_curve import CostCurve
from utils.curve import Curve
from utils.measure import Measure
from utils.report.identity import Identity
from utils.report.line_chart import Frame, Line, LineChart, line_chart, thinned
from utils.report.sections.learning_curves import Entry, chart_data, digits_of
from utils.report.wording import capitalised, mean_of, number

_SIZES = ((860, 400), (360, 320))
_UNITS = ((3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))
_FEWEST_UNITS = 2.0
"""Of the longest curve, in the unit that is taken."""


@dataclass(frozen=True)
class LabellingChart:
    """What is drawn.

    Attributes:
        lines: best first.
        measure: upwards.
        unit: of the time across: hours, minutes or seconds.
    """

    lines: Sequence[Line]
    measure: Measure
    unit: str

    @classmethod
    def of(cls, curves: Mapping[Identity, Sequence[CostCurve]], measure: Measure) -> LabellingChart:
        """Means over the curves of the seeds of each identity; one without curves, or without common time, has no line."""
        longest = max((float(curve.seconds[-1]) for seeds in curves.values() for curve in seeds), default=0.0)
        length, unit = next((each for each in _UNITS if longest >= _FEWEST_UNITS * each[0]), _UNITS[-1])
        drawn = [_line(seeds, identity, length) for identity, seeds in curves.items() if seeds]
        found = sorted((line for line in drawn if len(line.x)), key=lambda line: -measure.sign * float(line.y[-1]))
        return cls(found, measure, unit)

    def charts(self) -> list[LineChart]:
        """Wide and narrow; empty without lines."""
        names = ", ".join(f"{line.identity.name} {self._at_end(line)}" for line in self.lines)
        over = f"{self.unit} of labelling"
        title = f"{capitalised(mean_of(self.measure.label))} over {over}, with 95 % bands. At the end: {names}"
        axis, wide = self.measure.axis, _SIZES[0][0]
        low, high = (0.0, 100.0) if self.measure.is_share else (np.nan, np.nan)
        frames = [
            Frame(width, height, title, over, axis, names_at_ends=width == wide, least=low, most=high, counts=False)
            for width, height in _SIZES
        ]
        return [chart for frame in frames if (chart := line_chart(self.lines, frame)) is not None]

    def legend(self) -> list[Entry]:
        """Where each line ends."""
        return [Entry(line.identity, self._at_end(line), f"after {number(line.x[-1], 1)} {self.unit}") for line in self.lines]

    def data(self) -> dict[str, Any]:
        """What the script of the page reads values off."""
        every: NDArray[np.float64] = np.unique(np.concatenate([line.x for line in self.lines])) if self.lines else np.empty(0)
        at = every[thinned(len(every))] if len(every) else every
        digits = digits_of(self.measure, [value for line in self.lines for value in line.y.tolist()])
        shown = chart_data(self.lines, at, digits, " %" if self.measure.is_share else "", None)
        return shown | {"across": f"{self.unit} of labelling"}

    def _at_end(self, line: Line) -> str:
        return self.measure.shown(float(line.y[-1]) / self.measure.scale)


def _line(curves: Sequence[CostCurve], identity: Identity, unit: float) -> Line:
    """The mean over the seeds, at all times at which any of them has a round and all of them are under way."""
    low, high = max(curve.seconds[0] for curve in curves), min(curve.seconds[-1] for curve in curves)
    every = np.unique(np.concatenate([curve.seconds for curve in curves]))
    at = every[(every >= low) & (every <= high)]
    results = np.stack([np.interp(at, curve.seconds, curve.results) for curve in curves])
    mean = Curve(identity.name, "", at, results, None, curves[0].measure)
    scale = mean.measure.scale
    return Line(identity, at / unit, scale * mean.mean(), scale * mean.half_width())
