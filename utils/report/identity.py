"""Which curve is which on the page: a number, tones and dashes that stay the same in every chart of a report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from utils.appearance import DASHES, Dashes, appearance
from utils.curve import Curve
from utils.report.palette import Palette, palette

_LINE_WIDTH = 2.0


@dataclass(frozen=True)
class Identity:
    """One name of a curve, over all data sets of a report.

    Attributes:
        number: from 0, in the order of names; the legend's buttons and the colours of the page go by it.
        name: strategy and variant as they are shown.
        palette: the tones of the strategy's colour.
        dashes: lengths of strokes and gaps for `stroke-dasharray`, in pixels; "" for a solid line.
    """

    number: int
    name: str
    palette: Palette
    dashes: str


def identities(curves: Iterable[Curve]) -> dict[str, Identity]:
    """Name → identity of all curves.

    A colour that several of them have, such as variants of one strategy, takes other dashes each time while there are any:
    the first in the order of names has its strategy's own.
    """
    known = {curve.name: curve.strategy for curve in curves}
    taken: set[tuple[str, Dashes]] = set()
    found = {}
    for number, name in enumerate(sorted(known)):
        colour, _, own = appearance(known[name])
        first = DASHES.index(own)
        dashes = next((each for each in (*DASHES[first:], *DASHES[:first]) if (colour, each) not in taken), own)
        taken.add((colour, dashes))
        strokes = " ".join(f"{_LINE_WIDTH * length:g}" for length in dashes[1])
        found[name] = Identity(number, name, palette(known[name]), strokes)
    return found
