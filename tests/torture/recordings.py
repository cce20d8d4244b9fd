"""Recordings that a sweep makes for itself: noise in three classes, told apart by how loud it is."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

_RATE = 22050


def recordings(folder: Path, count: int, seconds: float) -> None:
    """Writes `count` WAV files of so many `seconds` into folders of their class below `folder`."""
    rng = np.random.default_rng(count)
    for number in range(count):
        path = folder / f"class {number % 3}" / f"{number}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        loudest = 300 * 10 ** (number % 3)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, _RATE, 0, "NONE", ""))
            file.writeframes(rng.integers(-loudest, loudest, int(_RATE * seconds)).astype("<i2").tobytes())
