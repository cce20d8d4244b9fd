"""The picture of cross-validations: how the validation metric of each goes on over the epochs, and where it is best."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from utils import canvas
from utils.appearance import BLUE, DASHED, VERMILLION, ink
from utils.validation_curve import ValidationCurve, deviation, smooth

_WIDTH, _HEIGHT = 13.0, 8.2
_LONGEST_NAME = 60


def cross_validation(curves: Sequence[ValidationCurve], path: Path) -> None:
    """Draws one panel for each: the smoothed mean with a band of one deviation, each fold as a thin line, the best epoch.

    Epochs at the start that are left out of the smoothed mean are not drawn.

    Args:
        curves: at least one.
        path: where to write; its suffix (.png or .svg) decides the format.

    Raises:
        ValueError: `curves` is empty.
    """
    if not curves:
        raise ValueError("cross_validation: there is no curve to draw; pass at least one")
    height = _HEIGHT * len(curves)
    with canvas.empty_figure(_WIDTH, height) as figure:
        for place, curve in enumerate(curves):
            above = _HEIGHT * place
            axes = canvas.add_axes(figure, left=1.9, right=0.4, bottom=height - above - _HEIGHT + 1.1, top=above + 1.3)
            _draw(axes, curve)
            if curve.name:
                axes.set_title(canvas.shortened(curve.name, _LONGEST_NAME), loc="left", fontsize=8, fontweight="bold", pad=21)
        canvas.write(figure, path)


def _draw(axes: Any, curve: ValidationCurve) -> None:
    measure, shown = curve.measure, np.isfinite(curve.smoothed)
    epochs, mean = curve.epochs[shown], measure.scale * curve.smoothed[shown]
    for number, fold in enumerate(measure.scale * curve.metric[:, shown]):
        axes.plot(epochs, fold, color="0.72", linewidth=0.6, label=None if number else "each fold")
    if len(curve.metric) > 1:
        spread = measure.scale * deviation(smooth(curve.metric, curve.smoothing, curve.skip))[shown]
        band = {"color": BLUE, "alpha": 0.18, "linewidth": 0, "label": "± deviation"}
        axes.fill_between(epochs, mean - spread, mean + spread, **band)
    axes.plot(epochs, mean, color=BLUE, linewidth=1.8, label=f"mean of {len(curve.metric)}, smoothed")
    best, value = curve.best_epoch, float(np.interp(curve.best_epoch, epochs, mean))
    axes.axvline(best, color=VERMILLION, linewidth=0.9, linestyle=DASHED)
    axes.plot([best], [value], marker="o", color=VERMILLION, markeredgecolor=ink(VERMILLION), markersize=6)
    left = best - epochs[0] > epochs[-1] - best
    offset, side = ((-5, -3), "right") if left else ((5, -3), "left")
    text, place = f"best epoch: {best}\n{measure.shown(value / measure.scale)}", ("data", "axes fraction")
    axes.annotate(text, (best, 1), offset, place, "offset points", va="top", ha=side, color=ink(VERMILLION))
    room = 1 + 0.03 * len(epochs)
    axes.set_xlim(epochs[0] - room, epochs[-1] + room)
    axes.set_xlabel("epoch")
    axes.set_ylabel(f"validation {measure.axis}")
    canvas.write_values(axes.yaxis)
    canvas.count_in_round_steps(axes.xaxis)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, handlelength=2.2, columnspacing=1.6)
