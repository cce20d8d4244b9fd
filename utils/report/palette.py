"""The tones in which the colour of a strategy is told from a light and from a dark page.

`utils.appearance` chose the colours for print. On a dark page black and blue vanish, on a white one yellow does; here each is
mixed with white or black, in small steps, until its contrast is enough by the formula of the Web Content Accessibility
Guidelines 2.2, so that the hue stays that of every other picture.
"""

from __future__ import annotations

from dataclasses import dataclass

from utils.appearance import BLACK, appearance

PAPER, NIGHT = "#ffffff", "#17181c"
"""Backgrounds of charts, light and dark; page.css names the same."""
_WHITE = "#f2f2ef"
_LINE, _TEXT = 3.0, 4.5
_LINE_AT_NIGHT = 4.0
_STEPS = 40


@dataclass(frozen=True)
class Palette:
    """One colour in four tones, hexadecimal RGB.

    Attributes:
        line: of lines and dots on the light page.
        text: of words there.
        night_line: of lines and dots on the dark page.
        night_text: of words there.
    """

    line: str
    text: str
    night_line: str
    night_text: str


def palette(strategy: str) -> Palette:
    """The tones of a strategy's colour; black, which has no hue to keep, turns into white at night."""
    colour = appearance(strategy)[0]
    at_night = _WHITE if colour == BLACK else colour
    return Palette(
        toned(colour, PAPER, _LINE),
        toned(colour, PAPER, _TEXT),
        toned(at_night, NIGHT, _LINE_AT_NIGHT),
        toned(at_night, NIGHT, _TEXT),
    )


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def toned(colour: str, background: str, least: float) -> str:
    """`colour`, mixed with as little white (on a dark background) or black as gives it the contrast `least`."""
    towards = 255 if _luminance(background) < 0.18 else 0
    mixed = colour
    for step in range(1, _STEPS + 1):
        if contrast(mixed, background) >= least:
            return mixed
        channels = (round(channel + (towards - channel) * step / _STEPS) for channel in _channels(colour))
        mixed = "#" + "".join(f"{channel:02x}" for channel in channels)
    return mixed


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def _luminance(colour: str) -> float:
    shares = [channel / 255 for channel in _channels(colour)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
