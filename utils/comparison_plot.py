"""The picture that compares strategies: mean accuracy, or error, over labels with its 95 % band, one line each.

It is drawn for print, 16 cm wide, and must stay readable with a dozen lines in black and white: so the legend is ranked by
the last mean, names stand at the ends of lines where there is room, and the limits follow the means, not the widest band.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
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
_LONGEST_TITLE = 40
_WIDTH = 16.0
_AXES_HEIGHT, _PANEL_HEIGHT = 9.8, 7.2
_INCHES_PER_CENTIMETRE = 1 / 2.54
_WIDTH_OF_A_LETTER = 0.175

FullData = Mapping[str, float]
"""Variant → result of training on all labels; one or two, which are drawn as dashed lines, or none."""
Panel = tuple[str, Sequence[Curve], FullData]
"""Name of a data set, its curves, and its results of training on all labels."""


def comparison(
    curves: Sequence[Curve], path_png: Path, path_svg: Path, full_data: FullData = MappingProxyType({}), footnote: str = ""
) -> None:
    """Draws the mean of a measure and its 95 % band over the share of labels, one line per strategy and variant.

    Args:
        curves: at least one curve, all of one measure; the axis shows shares of the pool when all curves know their pool,
            otherwise labels.
        path_png: where the bitmap goes.
        path_svg: where the vector picture goes; its text stays text.
        full_data: the measure of training on all labels, drawn as the dashed line "ALL"; of two each tells its variant.
        footnote: a warning to the reader of the picture; "" for none.

    Raises:
        ValueError: `curves` is empty.
    """
    if not curves:
        raise ValueError("comparison: there is no curve to draw; pass at least one")
    measure = curves[0].measure
    ranked = sorted(curves, key=lambda curve: (-measure.sign * curve.mean()[-1], curve.name))
    names = [_legend_name(curve, curves) for curve in ranked]
    columns = _legend_columns(names)
    below = canvas.footnote_height(footnote, _WIDTH)
    legend_height = 0.42 * -(-len(curves) // columns) + below
    margins = _margins(curves, 1.3 + legend_height)
    with canvas.empty_figure(_WIDTH, _AXES_HEIGHT + legend_height) as figure:
        axes = canvas.add_axes(figure, **margins)
        handles = _draw(axes, ranked, full_data, _AXES_HEIGHT + legend_height - margins["bottom"] - margins["top"])
        canvas.add_footnote_below(figure, footnote)
        _add_legend(figure, handles, names, columns, below)
        for path in (path_png, path_svg):
            canvas.write(figure, path)


def comparisons(panels: Sequence[Panel], path_png: Path, path_svg: Path, footnote: str = "") -> None:
    """Draws several data sets, at most two beside each other, with one legend: a strategy looks the same in all of them.

    Args:
        panels: name of the data set, its curves and its full-data value, as `comparison` takes them; at least one panel.
        path_png: where the bitmap goes.
        path_svg: where the vector picture goes.
        footnote: a warning to the reader of the picture; "" for none.

    Raises:
        ValueError: there is no panel, or one without curves.
    """
    if not panels or not all(curves for _, curves, _ in panels):
        raise ValueError("comparisons: there is no curve to draw; pass at least one for each data set")
    known = {curve.name: curve for _, curves, _ in panels for curve in curves}
    names = [canvas.shortened(name, _LONGEST_LEGEND_NAME) for name in sorted(known)]
    columns = _legend_columns(names, _WIDTH_OF_A_LETTER)
    below = canvas.footnote_height(footnote, _WIDTH)
    legend_height = 0.42 * -(-len(names) // columns) + below
    rows, handles = -(-len(panels) // 2), dict[str, Any]()
    height = rows * _PANEL_HEIGHT + legend_height
    with canvas.empty_figure(_WIDTH, height) as figure:
        for place, (dataset, curves, full_data) in enumerate(panels):
            margins = _margins(curves, 1.3, named=False)
            shift = {"left": place % 2 * _WIDTH / 2, "right": (1 - place % 2) * _WIDTH / 2}
            shift |= {"top": place // 2 * _PANEL_HEIGHT + 0.5}
            shift["bottom"] = height - (place // 2 + 1) * _PANEL_HEIGHT
            axes = canvas.add_axes(figure, **{side: margins[side] + shift[side] for side in margins})
            ranked = sorted(curves, key=lambda curve: (-curve.measure.sign * curve.mean()[-1], curve.name))
            drawn = _draw(axes, ranked, full_data, None, list(known.values()))
            axes.set_title(canvas.shortened(dataset, _LONGEST_TITLE), fontsize=8, fontweight="bold")
            handles |= {curve.name: line for curve, line in zip(ranked, drawn, strict=True)}
        canvas.add_footnote_below(figure, footnote)
        _add_legend(figure, [handles[name] for name in sorted(known)], names, columns, below)
        for path in (path_png, path_svg):
            canvas.write(figure, path)


def _margins(curves: Sequence[Curve], bottom: float, *, named: bool = True) -> dict[str, float]:
    """Of the axes, in centimetres; with room for names at the right where the ends of curves are `named`."""
    longest = max(len(curve.name) for curve in curves)
    left = 1.4 if curves[0].measure.is_share else 2.0
    right = 0.4 + (0.155 * min(longest, canvas.LONGEST_NAME) if named else 0)
    return {"left": left, "right": right, "bottom": bottom, "top": 0.3 if _common_pool(curves) is None else 1.1}


def _draw(
    axes: Any, ranked: Sequence[Curve], full_data: FullData, height: float | None, known: Sequence[Curve] | None = None
) -> list[Any]:
    """Draws the curves, best first, and names their ends where the axes are `height` centimetres high; returns their lines."""
    handles = [_draw_curve(axes, curve, known or ranked, place) for place, curve in enumerate(ranked)]
    _frame(axes, ranked, full_data)
    if height is not None:
        _label_ends(axes, ranked, height * _POINTS_PER_CENTIMETRE)
    _label_axes(axes, ranked)
    return handles


def _add_legend(figure: Any, handles: Sequence[Any], names: Sequence[str], columns: int, below: float) -> None:
    place = {"loc": "lower left", "bbox_to_anchor": (0, below * _INCHES_PER_CENTIMETRE / figure.get_size_inches()[1])}
    figure.legend(handles, names, ncols=columns, frameon=False, handlelength=4.2, labelspacing=0.4, **place)


def _draw_curve(axes: Any, curve: Curve, curves: Sequence[Curve], place: int) -> Any:
    """Draws one curve; the best (`place` 0) lies on top. Variants get the following dashes and every other a hollow marker."""
    x, mean, half_width = _x(curve), _drawn(curve), curve.measure.scale * curve.half_width()
    colour, marker, dashes = appearance(curve.strategy)
    variant = sorted({other.variant for other in curves if other.strategy == curve.strategy}).index(curve.variant)
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


def _legend_columns(names: Sequence[str], character: float = 0.15) -> int:
    """The most columns, at most three, that fit into the width of the figure, in centimetres; read downwards.

    `character` is the mean width of one in `names`: names alone are wider than names with the spaces and the value behind them.
    """
    for columns in (3, 2):
        widths = [max(map(len, part), default=0) for part in np.array_split(np.array(names, dtype=object), columns)]
        if sum(1.85 + character * width for width in widths) <= _WIDTH:
            return columns
    return 1


def _frame(axes: Any, curves: Sequence[Curve], full_data: FullData) -> None:
    """Sets the limits by the lines, so that the wide band of two seeds cannot flatten them, and draws the lines ALL."""
    measure = curves[0].measure
    means = np.concatenate([curve.mean() for curve in curves])
    widths = np.minimum(np.nan_to_num(np.concatenate([curve.half_width() for curve in curves])), 0.25 * np.ptp(means))
    reference = list(full_data.values())
    low, high = np.append(means - widths, reference).min(), np.append(means + widths, reference).max()
    largest = 1.0 if measure.is_share else float(high) or 1.0
    room = max(0.04 * (high - low), 0.02 * largest - 0.5 * (high - low))
    highest = min(high + room, 1.01) if measure.is_share else high + room
    lowest = max(low - room, measure.lowest - 0.01 * largest)
    axes.set_ylim(measure.scale * lowest, measure.scale * highest)
    x = np.concatenate([_x(curve) for curve in curves])
    step = float(np.ptp(x)) or max(float(x[0]), 1.0)
    axes.set_xlim(x.min() - 0.03 * step, x.max() + 0.03 * step)
    for variant, full in full_data.items():
        at = measure.scale * full
        axes.axhline(at, color="0.25", linewidth=1.0, linestyle=DASHED, zorder=1)
        below = measure.larger_is_better if len(full_data) == 1 else full == min(reference)
        told = "" if len(full_data) == 1 or not variant else f", {canvas.shortened(variant)}"
        text, offset, side = f"ALL {measure.shown(full)}{told}", (3, -3 if below else 3), "top" if below else "bottom"
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
