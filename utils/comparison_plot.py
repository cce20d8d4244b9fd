"""The picture that compares strategies: mean accuracy, or error, over labels with its 95 % band, one line each.

It is drawn for print, 16 cm wide, and must stay readable with a dozen lines in black and white: so the legend is ranked by
the last mean, names stand at the ends of lines where there is room, and the limits follow the means, not the widest band.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils import canvas
from utils.appearance import DASHED, DASHES, appearance, ink
from utils.curve import Curve

_POINTS_PER_CENTIMETRE = 72 / 2.54
_LABEL_HEIGHT = 9.5
_LABEL_SHIFT = 4.0
_LONGEST_LEGEND_NAME = 60
_WIDTH = 16.0


def comparison(
    curves: Sequence[Curve], path_png: Path, path_svg: Path, full_data: float | None = None, footnote: str = ""
) -> None:
    """Draws the mean of a measure and its 95 % band over the share of labels, one line per strategy and variant.

    Args:
        curves: at least one curve, all of one measure; the axis shows shares of the pool when all curves know their pool,
            otherwise labels.
        path_png: where the bitmap goes.
        path_svg: where the vector picture goes; its text stays text.
        full_data: the measure of training on all labels, drawn as the dashed line "ALL"; None draws none.
        footnote: a warning to the reader of the picture; "" for none.

    Raises:
        ValueError: `curves` is empty.
    """
    if not curves:
        raise ValueError("comparison: there is no curve to draw; pass at least one")
    measure = curves[0].measure
    ranked = sorted(curves, key=lambda curve: (-measure.sign * curve.mean()[-1], curve.name))
    longest = max(len(curve.name) for curve in curves)
    names = [_legend_name(curve, curves) for curve in ranked]
    columns = _legend_columns(names)
    below = 0.0 if measure.larger_is_better else canvas.footnote_height(footnote, _WIDTH)
    legend_height = 0.42 * -(-len(curves) // columns) + below
    height, bottom, top = 9.8 + legend_height, 1.3 + legend_height, 0.3 if _common_pool(curves) is None else 1.1
    with canvas.empty_figure(_WIDTH, height) as figure:
        left, right = 1.4 if measure.is_share else 2.0, 0.4 + 0.155 * min(longest, canvas.LONGEST_NAME)
        axes = canvas.add_axes(figure, left=left, right=right, bottom=bottom, top=top)
        handles = [_draw_curve(axes, curve, curves, place) for place, curve in enumerate(ranked)]
        _frame(axes, curves, full_data)
        _label_ends(axes, ranked, (height - bottom - top) * _POINTS_PER_CENTIMETRE)
        _label_axes(axes, curves)
        if measure.larger_is_better:
            canvas.add_footnote(axes, footnote)
        else:
            canvas.add_footnote_below(figure, footnote)
        place = {"loc": "lower left", "bbox_to_anchor": (0, below / height)}
        figure.legend(handles, names, ncols=columns, frameon=False, handlelength=4.2, labelspacing=0.4, **place)
        for path in (path_png, path_svg):
            canvas.write(figure, path)


def _draw_curve(axes: Any, curve: Curve, curves: Sequence[Curve], place: int) -> Any:
    """Draws one curve; the best (`place` 0) lies on top. Variants get the following dashes and every other a hollow marker."""
    x, mean, half_width = _x(curve), _drawn(curve), curve.measure.scale * curve.half_width()
    colour, marker, dashes = appearance(curve.strategy)
    variant = sorted(other.variant for other in curves if other.strategy == curve.strategy).index(curve.variant)
    axes.fill_between(x, mean - half_width, mean + half_width, color=colour, alpha=0.13, linewidth=0)
    line = canvas.line_settings(colour, marker, DASHES[(DASHES.index(dashes) + variant) % len(DASHES)], len(x), place)
    if (variant + variant // len(DASHES)) % 2:
        line["markerfacecolor"] = "white"
    return axes.plot(x, mean, zorder=3 - place / 100, **line)[0]


def _legend_name(curve: Curve, curves: Sequence[Curve]) -> str:
    """Name and last mean; for a curve that ends before the others, also where."""
    last = curve.labels[-1]
    where = "" if last == max(other.labels[-1] for other in curves) else f" at {last:,.0f}"
    return f"{canvas.shortened(curve.name, _LONGEST_LEGEND_NAME)}  {curve.measure.shown(curve.mean()[-1])}{where}"


def _legend_columns(names: Sequence[str]) -> int:
    """The most columns, at most three, that fit into the width of the figure, in centimetres; read downwards."""
    for columns in (3, 2):
        widths = [max(map(len, part), default=0) for part in np.array_split(np.array(names, dtype=object), columns)]
        if sum(1.85 + 0.15 * width for width in widths) <= _WIDTH:
            return columns
    return 1


def _frame(axes: Any, curves: Sequence[Curve], full_data: float | None) -> None:
    """Sets the limits by the lines, so that the wide band of two seeds cannot flatten them, and draws the line ALL."""
    measure = curves[0].measure
    means = np.concatenate([curve.mean() for curve in curves])
    widths = np.minimum(np.nan_to_num(np.concatenate([curve.half_width() for curve in curves])), 0.25 * np.ptp(means))
    reference = [] if full_data is None else [full_data]
    low, high = np.append(means - widths, reference).min(), np.append(means + widths, reference).max()
    largest = 1.0 if measure.is_share else float(high) or 1.0
    room = max(0.04 * (high - low), 0.02 * largest - 0.5 * (high - low))
    highest = min(high + room, 1.01) if measure.is_share else high + room
    axes.set_ylim(measure.scale * max(low - room, -0.01 * largest), measure.scale * highest)
    x = np.concatenate([_x(curve) for curve in curves])
    step = float(np.ptp(x)) or max(float(x[0]), 1.0)
    axes.set_xlim(x.min() - 0.03 * step, x.max() + 0.03 * step)
    if full_data is not None:
        at = measure.scale * full_data
        axes.axhline(at, color="0.25", linewidth=1.0, linestyle=DASHED, zorder=1)
        text, offset = f"ALL {measure.shown(full_data)}", (3, -3 * measure.sign)
        side = "top" if measure.larger_is_better else "bottom"
        axes.annotate(text, (0, at), offset, ("axes fraction", "data"), "offset points", va=side, color="0.15")


def _label_ends(axes: Any, ranked: Sequence[Curve], axes_height: float) -> None:
    """Writes names at the ends of those curves that reach the edge, from the best on, where each has room.

    A name may move away a little from that of the better curve beside it, but never nearer to the end of another curve than
    to its own. `axes_height` is in points.
    """
    low, high = axes.get_ylim()
    edge = max(_x(curve)[-1] for curve in ranked)
    reaching = [curve for curve in ranked if _x(curve)[-1] >= edge - 0.02 * np.ptp(axes.get_xlim())]
    sign = ranked[0].measure.sign
    ends = np.array([sign * (_drawn(curve)[-1] - low) / (high - low) * axes_height for curve in reaching])
    lowest = np.inf
    for curve, end in zip(reaching, ends, strict=True):
        place = min(end, lowest - _LABEL_HEIGHT)
        if end - place > min(_LABEL_SHIFT, np.abs(ends - place).min() + 0.1):
            continue
        lowest = place
        colour = ink(appearance(curve.strategy)[0])
        at = (edge, _drawn(curve)[-1])
        axes.annotate(
            canvas.shortened(curve.name), at, (8, sign * (place - end)), "data", "offset points", va="center", color=colour
        )


def _label_axes(axes: Any, curves: Sequence[Curve]) -> None:
    """Names the axes; on top the numbers of labels, when all curves share one pool."""
    shares = all(curve.pool for curve in curves)
    axes.set_xlabel("labelled share of the pool (%)" if shares else "labelled samples")
    axes.set_ylabel(curves[0].measure.axis)
    canvas.write_values(axes.yaxis)
    axes.grid(axis="y", color="0.9", linewidth=0.5)
    axes.set_axisbelow(True)
    if not shares:
        axes.xaxis.set_major_formatter(canvas.THOUSANDS)
    pool = _common_pool(curves)
    if pool is not None:
        top = axes.secondary_xaxis("top", functions=(lambda share: share * pool / 100, lambda labels: labels * 100 / pool))
        top.set_xlabel("labelled samples")
        canvas.count_in_round_steps(top.xaxis)
        top.tick_params(width=0.6, length=2.5)


def _common_pool(curves: Sequence[Curve]) -> int | None:
    pools = {curve.pool for curve in curves}
    return pools.pop() if len(pools) == 1 else None


def _drawn(curve: Curve) -> NDArray[np.float64]:
    """(n,) the mean as the axis shows it."""
    return curve.measure.scale * curve.mean()


def _x(curve: Curve) -> NDArray[np.float64]:
    return 100 * curve.labels / curve.pool if curve.pool else curve.labels
