"""How a strategy looks: its colour, marker and dashes, and the dark tone of a colour for text.

A strategy looks the same in every picture of the project: its colour and marker are looked up, never handed out in drawing
order. Colours are Okabe and Ito's, which the colour-blind can tell apart; marker and dashes say the same again in black and
white, and a name in the picture has the dark tone of its line.
"""

from __future__ import annotations

import hashlib

Dashes = tuple[int, tuple[float, ...]]
"""Line style as matplotlib takes it: offset, then lengths of strokes and gaps in line widths; no lengths: a solid line."""

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
SOLID: Dashes = (0, ())
LONG: Dashes = (0, (7, 1.8))
DASHED: Dashes = (0, (3.6, 1.5))
DASH_DOT: Dashes = (0, (6, 1.6, 1.2, 1.6))
DOTTED: Dashes = (0, (1.2, 1.2))
DASH_DOT_DOT: Dashes = (0, (5, 1.4, 1.2, 1.4, 1.2, 1.4))
DASHES = (SOLID, DOTTED, LONG, DASH_DOT_DOT, DASHED, DASH_DOT)

_BASELINE = {"random": (BLACK, "o")}
_UNCERTAINTY = {
    "entropy": (BLUE, "s"),
    "entropy_pl": (BLUE, "D"),
    "margin": (VERMILLION, "^"),
    "least_confidence": (ORANGE, ">"),
    "galaxy": (SKY, "p"),
    "ratio": (GREEN, "<"),
}
_GRADIENT = {"egl": (PURPLE, "P"), "ecg": (SKY, "^"), "badge": (GREEN, "D")}
_DENSITY = {"dpc": (VERMILLION, "p"), "edpc": (ORANGE, "v"), "information_density": (GREEN, "s")}
_COVERAGE = {
    "kmeans": (BLUE, "v"),
    "coreset": (SKY, "X"),
    "typiclust": (YELLOW, "*"),
    "probcover": (PURPLE, "s"),
    "cluster_margin": (ORANGE, "o"),
}
_DISAGREEMENT = {
    "bald": (PURPLE, "<"),
    "power_bald": (SKY, ">"),
    "batchbald": (ORANGE, "s"),
    "epig": (VERMILLION, "D"),
    "qbc": (GREEN, "o"),
    "dropquery": (BLUE, "^"),
    "aift": (YELLOW, "X"),
}
_HISTORY_AND_REGRESSION = {
    "hist_select": (GREEN, "*"),
    "gsx": (BLUE, "o"),
    "gsy": (VERMILLION, "s"),
    "igs": (GREEN, "^"),
    "qbc_variance": (PURPLE, "D"),
    "mc_variance": (ORANGE, "P"),
}
_FAMILIES: tuple[tuple[Dashes, dict[str, tuple[str, str]]], ...] = (
    (SOLID, _BASELINE | _UNCERTAINTY),
    (LONG, _GRADIENT),
    (DASH_DOT, _DENSITY),
    (DASHED, _COVERAGE),
    (DOTTED, _DISAGREEMENT),
    (DASH_DOT_DOT, _HISTORY_AND_REGRESSION),
)
APPEARANCES: dict[str, tuple[str, str, Dashes]] = {
    name: (colour, marker, dashes) for dashes, family in _FAMILIES for name, (colour, marker) in family.items()
}
"""Colour, marker and dashes of every engine in the project: the dashes tell the family, colour with marker the member."""
_OTHER_COLOURS = (ORANGE, SKY, GREEN, BLUE, VERMILLION, PURPLE)
_OTHER_MARKERS = ("d", "x", "+")


def appearance(strategy: str) -> tuple[str, str, Dashes]:
    """Colour (hexadecimal RGB), marker and dashes of `strategy`: fixed for known engines, derived from the name for others."""
    if strategy in APPEARANCES:
        return APPEARANCES[strategy]
    digest = hashlib.sha256(strategy.encode(errors="replace")).digest()
    return (
        _OTHER_COLOURS[digest[0] % len(_OTHER_COLOURS)],
        _OTHER_MARKERS[digest[1] % len(_OTHER_MARKERS)],
        DASHES[digest[2] % len(DASHES)],
    )


def ink(colour: str) -> str:
    """A dark tone of `colour`, in which text is legible on white."""
    return "#" + "".join(f"{int(colour[place : place + 2], 16) * 6 // 10:02x}" for place in (1, 3, 5))
