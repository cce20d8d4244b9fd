"""What a sound looks like: a log-mel spectrogram for the eye, apart from the features that models are fed.

It is made at the recording's own rate, one column of pixels a frame and one row a mel band, in the colours of Matplotlib's map
magma, which grow evenly lighter to every eye: dark is quiet.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 640, 256
"""Pixels."""
_FRAMES_A_SECOND = 40
"""The spectrum of a frame is that of a 40th of a second, to the nearest power of two in samples."""
_COLUMNS_AT_A_TIME = 64
_DYNAMIC_RANGE = 70.0
"""Decibels below the loudest point that are told apart."""
_SILENCE = -90.0
"""Decibels: where nothing is louder all is dark; 16 bits hold no sound that is as quiet."""
_TICKS = 5
_MAGMA = bytes.fromhex(
    "000004 090720 1a1042 311165 4a1079 621980 792282 912b81 aa337d c23b75 d9466b ec5860 f7725c fc8e64 feaa74 fec68a fde2a3 "
    "fcfdbf"
)
"""Every 15th colour of that map's 256, as red, green, blue; a line between two of them is nowhere off by more than 3."""


@dataclass(frozen=True)
class Spectrogram:
    """A picture and the ticks of its axis."""

    png: bytes
    """`HEIGHT` × `WIDTH` pixels, the lowest frequency at the bottom."""
    hertz: tuple[float, ...]
    """Frequencies at even distances from the bottom to the top, Hz."""


def spectrogram(samples: NDArray[np.float32], rate: int) -> Spectrogram:
    """The picture of the mono signal `samples` (n,), one or more, at `rate` Hz."""
    decibels = _decibels(samples, rate)
    shades = np.round((decibels + _DYNAMIC_RANGE) * (255 / _DYNAMIC_RANGE)).astype(np.uint8)
    ticks = _hertz(np.linspace(0, _mel(rate / 2), _TICKS))
    return Spectrogram(_png(shades[::-1]), tuple(float(round(tick)) for tick in ticks.tolist()))


def _decibels(samples: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """(HEIGHT, WIDTH) mean power of each band in each frame, from −70 to 0: relative to the loudest point, if any sounds."""
    length = 2 ** max(4, round(np.log2(rate / _FRAMES_A_SECOND)))
    bands = _bands(rate, length)
    window = np.hanning(length + 1)[:-1]
    padded = np.pad(samples, length // 2, mode="symmetric")
    starts = ((np.arange(WIDTH) + 0.5) / WIDTH * len(samples)).astype(np.int64)
    power = np.empty((HEIGHT, WIDTH))
    for first in range(0, WIDTH, _COLUMNS_AT_A_TIME):
        columns = slice(first, first + _COLUMNS_AT_A_TIME)
        frames = padded[starts[columns, np.newaxis] + np.arange(length)] * window
        power[:, columns] = bands @ (np.abs(np.fft.rfft(frames)) ** 2).T
    decibels = 10 * np.log10(np.maximum(power, 10 ** ((_SILENCE - _DYNAMIC_RANGE) / 10)))
    return np.maximum(decibels - max(float(decibels.max()), _SILENCE), -_DYNAMIC_RANGE)


def _bands(rate: int, length: int) -> NDArray[np.float64]:
    """(HEIGHT, length/2 + 1) the share of each spectral line in each band: triangles on the mel scale that add up to 1.

    Where bands are narrower than the lines are apart, a triangle reaches to the next line on both sides, so that no row of the
    picture stays dark for want of a line.
    """
    edges = _hertz(np.linspace(0, _mel(rate / 2), HEIGHT + 2)) * length / rate
    centres = edges[1:-1, np.newaxis]
    below = np.maximum(centres - edges[:-2, np.newaxis], 1)
    above = np.maximum(edges[2:, np.newaxis] - centres, 1)
    lines = np.arange(length // 2 + 1)
    weights = np.maximum(0, np.minimum(1 - (centres - lines) / below, 1 - (lines - centres) / above))
    return weights / weights.sum(axis=1, keepdims=True)


def _mel(hertz: float) -> float:
    """A frequency in mel: 2595 · log10(1 + f / 700) (O'Shaughnessy, Speech Communication, 1987)."""
    return float(2595 * np.log10(1 + hertz / 700))


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `_mel`."""
    return 700 * (10 ** (mel / 2595) - 1)


def _png(shades: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    picture = Image.fromarray(shades).convert("P")
    picture.putpalette(_palette().tobytes())
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=False)
    return file.getvalue()


def _palette() -> NDArray[np.uint8]:
    """(256, 3) red, green, blue."""
    anchors = np.frombuffer(_MAGMA, np.uint8).reshape(-1, 3)
    places = np.linspace(0, 255, len(anchors))
    return np.stack([np.interp(np.arange(256), places, channel) for channel in anchors.T], axis=1).round().astype(np.uint8)
