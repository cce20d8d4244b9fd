"""Pictures of one run and of a comparison of strategies.

A strategy looks the same in every picture of the project: its colour and marker are looked up, never handed out in drawing
order. Colours are Okabe and Ito's, which the colour-blind can tell apart; marker and dashes say the same again in black and
white. Figures are built without pyplot or any lasting setting of matplotlib, and the same numbers give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray
from scipy.special import stdtrit

from utils import files

Dashes = tuple[int, tuple[float, ...]]
"""Line style as matplotlib takes it: offset, then lengths of strokes and gaps in line widths; no lengths: a solid line."""

_BLACK, _ORANGE, _SKY, _GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
_YELLOW, _BLUE, _VERMILLION, _PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
_SOLID: Dashes = (0, ())
_LONG: Dashes = (0, (7, 1.8))
_DASHED: Dashes = (0, (3.6, 1.5))
_DASH_DOT: Dashes = (0, (6, 1.6, 1.2, 1.6))
_DOTTED: Dashes = (0, (1.2, 1.2))
_DASH_DOT_DOT: Dashes = (0, (5, 1.4, 1.2, 1.4, 1.2, 1.4))
_DASHES = (_SOLID, _DOTTED, _LONG, _DASH_DOT_DOT, _DASHED, _DASH_DOT)

_BASELINE = {"random": (_BLACK, "o")}
_UNCERTAINTY = {
    "entropy": (_BLUE, "s"),
    "entropy_pl": (_BLUE, "D"),
    "margin": (_VERMILLION, "^"),
    "least_confidence": (_ORANGE, ">"),
    "galaxy": (_SKY, "p"),
    "ratio": (_GREEN, "<"),
}
_GRADIENT = {"egl": (_PURPLE, "P"), "ecg": (_SKY, "^"), "badge": (_GREEN, "D")}
_DENSITY = {"dpc": (_VERMILLION, "p"), "edpc": (_ORANGE, "v"), "information_density": (_GREEN, "s")}
_COVERAGE = {
    "kmeans": (_BLUE, "v"),
    "coreset": (_SKY, "X"),
    "typiclust": (_YELLOW, "*"),
    "probcover": (_PURPLE, "s"),
    "cluster_margin": (_ORANGE, "o"),
}
_DISAGREEMENT = {
    "bald": (_PURPLE, "<"),
    "power_bald": (_SKY, ">"),
    "batchbald": (_ORANGE, "s"),
    "epig": (_VERMILLION, "D"),
    "qbc": (_GREEN, "o"),
    "dropquery": (_BLUE, "^"),
    "aift": (_YELLOW, "X"),
}
_HISTORY_AND_REGRESSION = {
    "hist_select": (_GREEN, "*"),
    "gsx": (_BLUE, "o"),
    "gsy": (_VERMILLION, "s"),
    "igs": (_GREEN, "^"),
    "qbc_variance": (_PURPLE, "D"),
    "mc_variance": (_ORANGE, "P"),
}
_FAMILIES: tuple[tuple[Dashes, dict[str, tuple[str, str]]], ...] = (
    (_SOLID, _BASELINE | _UNCERTAINTY),
    (_LONG, _GRADIENT),
    (_DASH_DOT, _DENSITY),
    (_DASHED, _COVERAGE),
    (_DOTTED, _DISAGREEMENT),
    (_DASH_DOT_DOT, _HISTORY_AND_REGRESSION),
)
APPEARANCES: dict[str, tuple[str, str, Dashes]] = {
    name: (colour, marker, dashes) for dashes, family in _FAMILIES for name, (colour, marker) in family.items()
}
"""Colour, marker and dashes of every engine in the project: the dashes tell the family, colour with marker the member."""
_OTHER_COLOURS = (_ORANGE, _SKY, _GREEN, _BLUE, _VERMILLION, _PURPLE)
_OTHER_MARKERS = ("d", "x", "+")

_SETTINGS = {
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "font.size": 8.0,
    "axes.linewidth": 0.6,
    "svg.fonttype": "none",
    "svg.hashsalt": "active-learning",
    "text.parse_math": False,
}
_METADATA: dict[str, dict[str, None]] = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}
_DOTS_PER_INCH = 150
_CENTIMETRE = 1 / 2.54
_POINTS_PER_CENTIMETRE = 72 / 2.54
_LABEL_HEIGHT = 9.5
_LABEL_SHIFT = 4.0
_MARKERS_PER_LINE = 8
_LONGEST_NAME = 24
_LONGEST_LEGEND_NAME = 60
_WIDTH = 16.0
_MOST_CLASSES_WITH_COUNTS = 12
_ROUND_STEPS: dict[str, Any] = {"nbins": 7, "steps": [1, 2, 2.5, 5, 10], "integer": True}
_THOUSANDS = FuncFormatter(lambda value, _: f"{value:,.0f}")


@dataclass(frozen=True)
class Curve:
    """Accuracy of all seeds of one strategy and variant over the number of labels.

    Attributes:
        strategy: engine name; decides colour and marker.
        variant: name of the variant, "" when there is none; decides the dashes.
        labels: (n,) ascending numbers of labelled samples.
        accuracy: (seeds, n) accuracies in [0, 1]; NaN where a seed has no value.
        pool: samples labelled or unlabelled at the start, the denominator of the share of labels; None when unknown.
    """

    strategy: str
    variant: str
    labels: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    pool: int | None

    @property
    def name(self) -> str:
        """Strategy and variant as they are shown."""
        return f"{self.strategy}/{self.variant}" if self.variant else self.strategy

    def mean(self) -> NDArray[np.float64]:
        """(n,) mean over the seeds that have a value there."""
        return np.asarray(np.nanmean(self.accuracy, axis=0), dtype=np.float64)

    def half_width(self) -> NDArray[np.float64]:
        """(n,) half of the 95 % confidence interval of the mean, t₀.₉₇₅ · s / √seeds; NaN where fewer than two seeds are."""
        count = np.isfinite(self.accuracy).sum(axis=0)
        squares = np.nansum((self.accuracy - self.mean()) ** 2, axis=0)
        freedom = np.where(count > 1, count - 1, np.nan)
        return np.asarray(stdtrit(freedom, 0.975) * np.sqrt(squares / freedom / count), dtype=np.float64)


def appearance(strategy: str) -> tuple[str, str, Dashes]:
    """Colour (hexadecimal RGB), marker and dashes of `strategy`: fixed for known engines, derived from the name for others."""
    if strategy in APPEARANCES:
        return APPEARANCES[strategy]
    digest = hashlib.sha256(strategy.encode(errors="replace")).digest()
    return (
        _OTHER_COLOURS[digest[0] % len(_OTHER_COLOURS)],
        _OTHER_MARKERS[digest[1] % len(_OTHER_MARKERS)],
        _DASHES[digest[2] % len(_DASHES)],
    )


def learning_curve(stats: pd.DataFrame, path: Path) -> None:
    """Draws accuracy and balanced accuracy of one run over the number of labels.

    Args:
        stats: one row a round, with `num_total_labeled`, `eval_acc` and `eval_balanced_acc` (shares; NaN where not measured).
        path: where to write; its suffix (.png or .svg) decides the format.

    Raises:
        ValueError: a column is missing.
    """
    names = {"eval_acc": ("accuracy", "entropy"), "eval_balanced_acc": ("balanced accuracy", "margin")}
    missing = sorted({"num_total_labeled", *names} - set(stats.columns))
    if missing:
        raise ValueError(f"learning_curve: stats lacks {', '.join(missing)}; received the columns {', '.join(stats.columns)}")
    with _canvas(11, 7.5) as figure:
        axes = _axes(figure, left=1.4, right=0.4, bottom=1.1, top=0.3)
        for column, (label, like) in names.items():
            colour, marker, _ = appearance(like)
            dashes = _SOLID if column == "eval_acc" else _DASHED
            values = pd.to_numeric(stats[column]).to_numpy(np.float64)
            if np.isfinite(values).any():
                labels = stats["num_total_labeled"].to_numpy(np.float64)
                axes.plot(labels, 100 * values, label=label, **_line(colour, marker, dashes, len(values)))
        axes.set_xlabel("labelled samples")
        axes.set_ylabel("accuracy (%)")
        axes.xaxis.set_major_locator(MaxNLocator(**_ROUND_STEPS))
        axes.xaxis.set_major_formatter(_THOUSANDS)
        if axes.lines:
            axes.legend(loc="lower right", frameon=False, handlelength=3.5)
        _write(figure, path)


def confidence_curve(probabilities: NDArray[np.float32], path: Path) -> None:
    """Draws the confidences of the remaining pool, largest first: how many samples the model is sure of.

    Args:
        probabilities: (m, C) predicted probabilities; m may be 0; with C = 1 the confidence is max(p, 1 − p).
        path: where to write; its suffix (.png or .svg) decides the format.

    Raises:
        ValueError: `probabilities` has another shape.
    """
    if probabilities.ndim != 2 or probabilities.shape[1] == 0:
        raise ValueError(f"confidence_curve: expected probabilities of shape (m, C), received {probabilities.shape}")
    classes = max(probabilities.shape[1], 2)
    both = probabilities if probabilities.shape[1] > 1 else np.concatenate([probabilities, 1 - probabilities], axis=1)
    confidences = np.sort(both.max(axis=1))[::-1]
    with _canvas(11, 7.5) as figure:
        axes = _axes(figure, left=1.4, right=0.4, bottom=1.1, top=0.3)
        axes.plot(np.arange(1, len(confidences) + 1), 100 * confidences, color=_BLUE, linewidth=1.6)
        axes.axhline(100 / classes, color="0.4", linewidth=0.9, linestyle=_DASHED)
        axes.annotate(
            f"chance, 1/{classes}",
            (1, 100 / classes),
            (-2, 3),
            ("axes fraction", "data"),
            "offset points",
            ha="right",
            color="0.3",
        )
        axes.set(xlim=(0, max(len(confidences), 1) * 1.01), ylim=(0, 102))
        axes.set_xlabel(f"the {len(confidences):,} unlabelled samples, most confident first")
        axes.set_ylabel("largest predicted probability (%)")
        axes.xaxis.set_major_locator(MaxNLocator(**_ROUND_STEPS))
        axes.xaxis.set_major_formatter(_THOUSANDS)
        _write(figure, path)


def confusion_matrix(counts: NDArray[np.int64], class_names: Sequence[str], path: Path) -> None:
    """Draws which class was taken for which: colour = share of the true class, numbers = samples when there are ≤ 12 classes.

    Args:
        counts: (C, C) samples by true class (row) and predicted class (column).
        class_names: C names in the order of `counts`.
        path: where to write; its suffix (.png or .svg) decides the format.

    Raises:
        ValueError: `counts` is not square or the number of names differs.
    """
    classes = len(class_names)
    if counts.shape != (classes, classes):
        raise ValueError(f"confusion_matrix: {classes} class names need counts ({classes}, {classes}), received {counts.shape}")
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names = [_shortened(name) for name in class_names]
    printed = classes <= _MOST_CLASSES_WITH_COUNTS
    widest = 0.2 * len(f"{counts.max(initial=0):,}") if printed else 0.0
    side = classes * max(float(np.clip(9 / classes, 0.36, 2.2)), widest)
    with _canvas(side + 9, side + 7) as figure:
        axes = _axes(figure, left=6, right=3, bottom=6, top=1)
        picture = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, 0, 100), aspect="auto")
        axes.set_xticks(range(classes), names, rotation=90)
        axes.set_yticks(range(classes), names)
        axes.tick_params(length=0)
        axes.set_xlabel("predicted class")
        axes.set_ylabel("true class")
        if printed:
            for (row, column), count in np.ndenumerate(counts):
                colour = "white" if shares[row, column] > 35 else "black"
                axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour)
        bar = figure.colorbar(picture, cax=axes.inset_axes((1 + 0.4 / side, 0, 0.35 / side, 1)), ticks=(0, 5, 20, 50, 100))
        bar.set_label("share of true class (%)")
        _write(figure, path, bbox_inches="tight", pad_inches=0.1)


def comparison(curves: Sequence[Curve], path_png: Path, path_svg: Path, full_data: float | None = None) -> None:
    """Draws mean accuracy and its 95 % band over the share of labels, one line per strategy and variant.

    Args:
        curves: at least one curve; the axis shows shares of the pool when all curves know their pool, otherwise labels.
        path_png: where the bitmap goes.
        path_svg: where the vector picture goes; its text stays text.
        full_data: accuracy in [0, 1] of training on all labels, drawn as the dashed line "ALL"; None draws none.

    Raises:
        ValueError: `curves` is empty.
    """
    if not curves:
        raise ValueError("comparison: there is no curve to draw; pass at least one")
    ranked = sorted(curves, key=lambda curve: (-curve.mean()[-1], curve.name))
    longest = max(len(curve.name) for curve in curves)
    names = [_legend_name(curve, curves) for curve in ranked]
    columns = _legend_columns(names)
    legend_height = 0.42 * -(-len(curves) // columns)
    height, bottom, top = 9.8 + legend_height, 1.3 + legend_height, 0.3 if _common_pool(curves) is None else 1.1
    with _canvas(_WIDTH, height) as figure:
        axes = _axes(figure, left=1.4, right=0.4 + 0.155 * min(longest, _LONGEST_NAME), bottom=bottom, top=top)
        handles = [_draw_curve(axes, curve, curves, place) for place, curve in enumerate(ranked)]
        _frame(axes, curves, full_data)
        _label_ends(axes, ranked, (height - bottom - top) * _POINTS_PER_CENTIMETRE)
        _label_axes(axes, curves)
        figure.legend(handles, names, loc="lower left", ncols=columns, frameon=False, handlelength=4.2, labelspacing=0.4)
        for path in (path_png, path_svg):
            _write(figure, path)


def _draw_curve(axes: Any, curve: Curve, curves: Sequence[Curve], place: int) -> Any:
    """Draws one curve; the best (`place` 0) lies on top. Variants get the following dashes and every other a hollow marker."""
    x, mean, half_width = _x(curve), curve.mean(), curve.half_width()
    colour, marker, dashes = appearance(curve.strategy)
    variant = sorted(other.variant for other in curves if other.strategy == curve.strategy).index(curve.variant)
    axes.fill_between(x, 100 * (mean - half_width), 100 * (mean + half_width), color=colour, alpha=0.13, linewidth=0)
    line = _line(colour, marker, _DASHES[(_DASHES.index(dashes) + variant) % len(_DASHES)], len(x), place)
    if (variant + variant // len(_DASHES)) % 2:
        line["markerfacecolor"] = "white"
    return axes.plot(x, 100 * mean, zorder=3 - place / 100, **line)[0]


def _legend_name(curve: Curve, curves: Sequence[Curve]) -> str:
    """Name and last mean; for a curve that ends before the others, also where."""
    last = curve.labels[-1]
    where = "" if last == max(other.labels[-1] for other in curves) else f" at {last:,.0f}"
    return f"{_shortened(curve.name, _LONGEST_LEGEND_NAME)}  {100 * curve.mean()[-1]:.1f} %{where}"


def _legend_columns(names: Sequence[str]) -> int:
    """The most columns, at most three, that fit into the width of the figure, in centimetres; read downwards."""
    for columns in (3, 2):
        widths = [max(map(len, part), default=0) for part in np.array_split(np.array(names, dtype=object), columns)]
        if sum(1.85 + 0.15 * width for width in widths) <= _WIDTH:
            return columns
    return 1


def _frame(axes: Any, curves: Sequence[Curve], full_data: float | None) -> None:
    """Sets the limits by the lines, so that the wide band of two seeds cannot flatten them, and draws the line ALL."""
    means = np.concatenate([curve.mean() for curve in curves])
    widths = np.minimum(np.nan_to_num(np.concatenate([curve.half_width() for curve in curves])), 0.25 * np.ptp(means))
    reference = [] if full_data is None else [full_data]
    low, high = np.append(means - widths, reference).min(), np.append(means + widths, reference).max()
    room = max(0.04 * (high - low), 0.02 - 0.5 * (high - low))
    axes.set_ylim(100 * max(low - room, -0.01), 100 * min(high + room, 1.01))
    x = np.concatenate([_x(curve) for curve in curves])
    step = float(np.ptp(x)) or max(float(x[0]), 1.0)
    axes.set_xlim(x.min() - 0.03 * step, x.max() + 0.03 * step)
    if full_data is not None:
        axes.axhline(100 * full_data, color="0.25", linewidth=1.0, linestyle=_DASHED, zorder=1)
        text = f"ALL {100 * full_data:.1f} %"
        axes.annotate(text, (0, 100 * full_data), (3, -3), ("axes fraction", "data"), "offset points", va="top", color="0.15")


def _label_ends(axes: Any, ranked: Sequence[Curve], axes_height: float) -> None:
    """Writes names at the ends of those curves that reach the edge, from the best down, where each has room.

    A name may move down a little below the one above it, but never nearer to the end of another curve than to its own.
    `axes_height` is in points.
    """
    low, high = axes.get_ylim()
    edge = max(_x(curve)[-1] for curve in ranked)
    reaching = [curve for curve in ranked if _x(curve)[-1] >= edge - 0.02 * np.ptp(axes.get_xlim())]
    ends = np.array([(100 * curve.mean()[-1] - low) / (high - low) * axes_height for curve in reaching])
    lowest = np.inf
    for curve, end in zip(reaching, ends, strict=True):
        place = min(end, lowest - _LABEL_HEIGHT)
        if end - place > min(_LABEL_SHIFT, np.abs(ends - place).min() + 0.1):
            continue
        lowest = place
        colour = _ink(appearance(curve.strategy)[0])
        at = (edge, 100 * curve.mean()[-1])
        axes.annotate(_shortened(curve.name), at, (8, place - end), "data", "offset points", va="center", color=colour)


def _label_axes(axes: Any, curves: Sequence[Curve]) -> None:
    """Names the axes; on top the numbers of labels, when all curves share one pool."""
    shares = all(curve.pool for curve in curves)
    axes.set_xlabel("labelled share of the pool (%)" if shares else "labelled samples")
    axes.set_ylabel("accuracy (%)")
    axes.grid(axis="y", color="0.9", linewidth=0.5)
    axes.set_axisbelow(True)
    if not shares:
        axes.xaxis.set_major_formatter(_THOUSANDS)
    pool = _common_pool(curves)
    if pool is not None:
        top = axes.secondary_xaxis("top", functions=(lambda share: share * pool / 100, lambda labels: labels * 100 / pool))
        top.set_xlabel("labelled samples")
        top.xaxis.set_major_locator(MaxNLocator(**_ROUND_STEPS))
        top.xaxis.set_major_formatter(_THOUSANDS)
        top.tick_params(width=0.6, length=2.5)


def _common_pool(curves: Sequence[Curve]) -> int | None:
    pools = {curve.pool for curve in curves}
    return pools.pop() if len(pools) == 1 else None


def _x(curve: Curve) -> NDArray[np.float64]:
    return 100 * curve.labels / curve.pool if curve.pool else curve.labels


def _line(colour: str, marker: str, dashes: Dashes, points: int, place: int = 0) -> dict[str, Any]:
    """Settings of a line with some eight markers, of which one is at its last point."""
    step = max(1, round(points / _MARKERS_PER_LINE))
    marked = sorted({*range(place * step // 5 % step, points, step), points - 1})
    return {
        "color": colour,
        "linestyle": dashes,
        "linewidth": 1.4,
        "marker": marker,
        "markersize": 7 if marker == "*" else 4.8,
        "markeredgecolor": _ink(colour),
        "markeredgewidth": 1.4 if marker in {"x", "+"} else 0.6,
        "markevery": marked,
    }


def _ink(colour: str) -> str:
    """A dark tone of `colour`, in which text is legible on white."""
    return "#" + "".join(f"{int(colour[place : place + 2], 16) * 6 // 10:02x}" for place in (1, 3, 5))


@contextmanager
def _canvas(width: float, height: float) -> Iterator[Figure]:
    """An empty figure of the given size in centimetres, under the settings of this module while the context lasts."""
    with mpl.rc_context(_SETTINGS):
        yield Figure(figsize=(width * _CENTIMETRE, height * _CENTIMETRE), dpi=_DOTS_PER_INCH)


def _axes(figure: Figure, left: float, right: float, bottom: float, top: float) -> Any:
    """Axes that leave the given margins, in centimetres."""
    width, height = figure.get_size_inches() / _CENTIMETRE
    axes = figure.add_axes((left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(width=0.6, length=2.5)
    return axes


def _shortened(name: str, longest: int = _LONGEST_NAME) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def _write(figure: Figure, path: Path, **settings: Any) -> None:
    kind = path.suffix.removeprefix(".")
    picture = io.BytesIO()
    figure.savefig(picture, format=kind, metadata=_METADATA[kind], **settings)
    files.write_bytes(path, picture.getvalue())
