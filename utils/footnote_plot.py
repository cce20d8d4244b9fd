"""A warning to the reader of a picture, below its axes: for curves that leave no corner free, as falling ones do."""

from __future__ import annotations

import textwrap
from typing import Any

_LINE, _CHARACTER, _MARGIN = 0.36, 0.148, 0.2
"""Height of a line, mean width of a character of its small print, and distance from the edges, in centimetres."""


def height_of(text: str, width: float) -> float:
    """Centimetres that `text` takes below a figure `width` centimetres wide; 0 for ""."""
    return _LINE * len(_lines(text, width)) + _MARGIN if text else 0.0


def add_footnote_below(figure: Any, text: str) -> None:
    """Writes `text` small and in red at the lower edge of `figure`, which has been made `height_of` higher for it."""
    if text:
        width, height = figure.get_size_inches() * 2.54
        lines = "\n".join(_lines(text, width))
        figure.text(_MARGIN / width, _MARGIN / height, lines, fontsize=7, color="#B00000", ha="left", va="bottom")


def _lines(text: str, width: float) -> list[str]:
    return textwrap.wrap(text, int((width - 2 * _MARGIN) / _CHARACTER))
