"""The figures that all pictures are drawn on: their settings, measures and axes, and how they are written.

Figures are built without pyplot or any lasting setting of matplotlib, and the same numbers give the same bytes: what would
differ between two calls (dates, versions, random identifiers) is left out of the files. Lengths are in centimetres, so that
text keeps its size in print.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from utils import files
from utils.appearance import Dashes, ink

LONGEST_NAME = 24
"""Characters after which a name is cut."""
THOUSANDS = FuncFormatter(lambda value, _: f"{value:,.0f}")
"""Writes the numbers of an axis with a comma between thousands."""

_LARGEST_PLAIN = 1e6
"""From this value on an axis is written in powers of ten."""

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
_MARKERS_PER_LINE = 8
_FOOTNOTE: dict[str, Any] = {"fontsize": 7, "color": "#B00000", "va": "bottom"}
_LINE, _CHARACTER, _MARGIN = 0.36, 0.148, 0.2
"""Of a footnote below the axes: height of a line, mean width of a character, and distance from the edges, in centimetres."""
_ROUND_STEPS: dict[str, Any] = {"nbins": 7, "steps": [1, 2, 2.5, 5, 10], "integer": True}


@contextmanager
def empty_figure(width: float, height: float) -> Iterator[Figure]:
    """An empty figure of the given size in centimetres, under the settings of this module while the context lasts."""
    with mpl.rc_context(_SETTINGS):
        yield Figure(figsize=(width * _CENTIMETRE, height * _CENTIMETRE), dpi=_DOTS_PER_INCH)


def add_axes(figure: Figure, left: float, right: float, bottom: float, top: float) -> Any:
    """Axes that leave the given margins, in centimetres."""
    width, height = figure.get_size_inches() / _CENTIMETRE
    axes = figure.add_axes((left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(width=0.6, length=2.5)
    return axes


def count_in_round_steps(axis: Any) -> None:
    """Makes `axis` one of whole numbers, with few ticks at round ones."""
    axis.set_major_locator(MaxNLocator(**_ROUND_STEPS))
    axis.set_major_formatter(THOUSANDS)


def write_values(axis: Any) -> None:
    """Writes large numbers of `axis` with commas or in powers of ten, each whole: an offset at its end would be overlooked."""
    largest = max(map(abs, axis.get_view_interval()))
    if largest >= _LARGEST_PLAIN:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    elif largest >= 1000:
        axis.set_major_formatter(THOUSANDS)


def line_settings(colour: str, marker: str, dashes: Dashes, points: int, place: int = 0) -> dict[str, Any]:
    """Settings of a line with some eight markers, of which one is at its last point."""
    step = max(1, round(points / _MARKERS_PER_LINE))
    marked = sorted({*range(place * step // 5 % step, points, step), points - 1})
    return {
        "color": colour,
        "linestyle": dashes,
        "linewidth": 1.4,
        "marker": marker,
        "markersize": 7 if marker == "*" else 4.8,
        "markeredgecolor": ink(colour),
        "markeredgewidth": 1.4 if marker in {"x", "+"} else 0.6,
        "markevery": marked,
    }


def shortened(name: str, longest: int = LONGEST_NAME) -> str:
    """`name`, cut to `longest` characters of which the last is an ellipsis."""
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def write(figure: Figure, path: Path, **settings: Any) -> None:
    """Writes the figure in the format of the suffix of `path` (.png or .svg); `settings` are those of `savefig`."""
    files.write_bytes(path, drawn(figure, path.suffix.removeprefix("."), **settings))


def drawn(figure: Figure, kind: str, **settings: Any) -> bytes:
    """The content of a file of that `kind` ("png" or "svg") that shows the figure; `settings` are those of `savefig`."""
    picture = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)  # a box stands for what the font has not
        figure.savefig(picture, format=kind, metadata=_METADATA[kind], **settings)
    return picture.getvalue()


def footnote_height(text: str, width: float) -> float:
    """Centimetres that `text` takes below the axes of a figure `width` centimetres wide; 0 for ""."""
    return _LINE * len(_lines(text, width)) + _MARGIN if text else 0.0


def add_footnote_below(figure: Figure, text: str) -> None:
    """Writes `text` small and in red below the axes: for curves that leave no corner free, as falling ones do.

    The figure has been made `footnote_height` higher for it.
    """
    if text:
        width, height = figure.get_size_inches() / _CENTIMETRE
        figure.text(_MARGIN / width, _MARGIN / height, "\n".join(_lines(text, width)), **_FOOTNOTE, ha="left")


def _lines(text: str, width: float) -> list[str]:
    return textwrap.wrap(text, int((width - 2 * _MARGIN) / _CHARACTER))
