"""One window of a recording, as a person hears it and sees it: at the recording's own rate, not as models are fed it."""

from __future__ import annotations

import threading
from pathlib import Path

from utils.annotation.shown import Shown
from utils.data.audio_features import AudioSettings
from utils.decoding.sounds import SoundDecoder
from utils.errors import DataError
from utils.showing.sound import wav
from utils.showing.spectrogram import spectrogram

LONGEST_RECORDING = 60.0
"""Seconds up to which a recording is handed out whole."""
_decoder, _one_at_a_time = SoundDecoder(), threading.Lock()
"""Kept, for people are shown many windows one after the other; nothing runs before the first."""


def show_window(path: Path, number: int, count: int, settings: AudioSettings) -> Shown:
    """What a person is shown of the window `number`, from 0, of the `count` that the recording `path` has.

    Raises:
        DataError: the recording cannot be read any more, or it has become shorter.
    """
    try:
        with _one_at_a_time:
            samples, rate = _decoder.at_own_rate(path, settings)
    except DataError as error:
        raise DataError(f"{path}: cannot be shown: {error}") from None
    per_window = settings.window_length / settings.sample_rate
    start = number * max(1, settings.window_length // 2) / settings.sample_rate
    length = len(samples) / rate
    part = samples[round(start * rate) : round((start + per_window) * rate)]
    if not len(part):
        raise DataError(
            f"{path}: cannot be shown: it has {length:.2f} seconds, and the window begins at {start:.2f}; put the file back as "
            "it was, or start the run again"
        )
    end = start + len(part) / rate
    picture = spectrogram(part, rate)
    whole = length > per_window and length <= LONGEST_RECORDING
    return Shown(
        "audio",
        sound=wav(part, rate),
        recording=wav(samples, rate) if whole else None,
        picture=picture.png,
        note=_note(number, count, start, end, length),
        seconds=(round(start, 6), round(end, 6)),
        hertz=picture.hertz,
    )


def _note(number: int, count: int, start: float, end: float, length: float) -> str:
    if count == 1 and end >= length - 0.005:
        return f"{length:.2f} s"
    window = f"window {number + 1} of {count}: " if count > 1 else ""
    return f"{window}{start:.2f}–{end:.2f} s of a recording of {length:.2f} s"
