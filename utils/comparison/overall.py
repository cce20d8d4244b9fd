"""Strategies over several data sets: pooled tests against random selection, mean ranks and the critical-difference diagram.

The pooled tests take each data set and seed as a pair: they speak of these data sets. Friedman's test and Nemenyi's ranks
take a data set as one observation: they speak of data sets like these, and need many of them. Both after J. Demšar,
*Statistical Comparisons of Classifiers over Multiple Data Sets*, JMLR 7 (2006).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from utils import canvas
from utils.appearance import appearance, ink
from utils.comparison.versus import Versus

if TYPE_CHECKING:
    import pandas as pd

_MARGIN, _WIDTH_OF_RANKS, _HEIGHT = 1.6, 10.0, 2.0
_HEIGHT_OF_A_CURVE, _WIDTH_OF_A_LETTER = 0.45, 0.155
_TITLE = "mean rank over data sets, 1 is best; joined: no difference shown at 5 %"


@dataclass(frozen=True)
class Overall:
    """What all data sets of a folder say together.

    Attributes:
        datasets: the names of those that the ranks are of.
        versus: each curve that ran on all data sets against random selection; the pairs are of a data set and a seed, in the
            order of data sets, and there is no common span. Empty where `reason_no_tests` says why.
        reason_no_tests: a sentence; "" where there are tests.
        ranks: curve → mean over data sets of its rank there, 1 for the best; empty where `reason_no_ranks` says why.
        friedman: Friedman's statistic of the ranks, corrected for ties; NaN without ranks.
        friedman_p: its p-value.
        nemenyi: (curves, curves) p-values of Nemenyi's test between curves; None without ranks.
        critical_difference: of mean ranks that Nemenyi's test shows to differ at 5 %; NaN without ranks.
        reason_no_ranks: a sentence; "" where there are ranks.
    """

    datasets: tuple[str, ...]
    versus: tuple[Versus, ...]
    reason_no_tests: str
    ranks: Mapping[str, float]
    friedman: float
    friedman_p: float
    nemenyi: pd.DataFrame | None
    critical_difference: float
    reason_no_ranks: str

    def diagram(self) -> bytes:
        """The critical-difference diagram as an SVG: curves by mean rank, joined where no difference is shown.

        Raises:
            ValueError: there are no ranks.
        """
        import pandas as pd
        from scikit_posthocs import critical_difference_diagram

        if self.nemenyi is None:
            raise ValueError(f"there are no ranks to draw: {self.reason_no_ranks}")
        height = _HEIGHT + _HEIGHT_OF_A_CURVE * len(self.ranks)
        beside = _MARGIN + _WIDTH_OF_A_LETTER * max(map(len, self.ranks))
        with canvas.empty_figure(_WIDTH_OF_RANKS + 2 * beside, height) as figure:
            axes = canvas.add_axes(figure, left=beside, right=beside, bottom=0.2, top=1.0)
            critical_difference_diagram(
                pd.Series(dict(self.ranks)),
                self.nemenyi,
                ax=axes,
                label_fmt_left="{label}  {rank:.2f}",
                label_fmt_right="{rank:.2f}  {label}",
                color_palette={curve: ink(appearance(curve.split("/")[0])[0]) for curve in self.ranks},
            )
            axes.set_title(f"{_TITLE} (critical difference {self.critical_difference:.2f})", fontsize=8)
            return canvas.drawn(figure, "svg")
