"""Samples of a sound → a WAV file in memory that every browser plays."""

from __future__ import annotations

import io
import wave

import numpy as np
from numpy.typing import NDArray

_LARGEST = 32_767
"""Of 16 bits."""


def wav(samples: NDArray[np.float32], rate: int) -> bytes:
    """The mono signal `samples` (n,), nominally within ±1, as WAV (PCM, 16 bit); louder samples make the whole quieter.

    Args:
        samples: finite.
        rate: samples a second, Hz.
    """
    loudest = max(1.0, float(np.abs(samples).max(initial=0)))
    whole = np.round(samples * (_LARGEST / loudest)).astype("<i2")
    file = io.BytesIO()
    with wave.Wave_write(file) as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(whole.tobytes())
    return file.getvalue()
