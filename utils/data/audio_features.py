"""Samples of recordings → log-mel windows, as plain functions of samples and settings.

The samples, mono and at one rate, are cut into half-overlapping windows, and each window becomes a log-mel spectrogram with
its slope over time as second channel: what `librosa.feature.melspectrogram`, `power_to_db` and `delta` give for that window
alone. Windows go through in batches of one fixed shape, which makes this several times faster than a loop over librosa and
keeps every bit of a window's features independent of its neighbours. `utils/decoding/sound_file.py` tells how files become
samples.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from utils.errors import ParameterError

_WINDOWS_AT_A_TIME = 8
"""A multiple of the widest vector unit, so that no frame falls into an FFT's differently rounded remainder."""
_POWER_FLOOR = np.float32(1e-10)
_DYNAMIC_RANGE = np.float32(80)
_MOST_NUMBERS = 2**24
"""Of a window, and of its overlapping frames: those of the eight windows at a time take a GiB in double precision."""
_DELTA_REACH = 4
"""Frames to either side in a slope: librosa's default width of 9."""


@dataclass(frozen=True)
class AudioSettings:
    """How recordings become features; the defaults are those of the UrbanSound8K experiments."""

    sample_rate: int = 22_050
    """Hz, after resampling."""
    num_bands: int = 60
    num_frames: int = 41
    hop_length: int = 512
    """Samples from frame to frame."""
    fft_length: int = 2_048
    """Samples per frame."""
    delta: bool = True
    """Whether the slope over time is a second channel."""
    short_clips: Literal["pad", "drop"] = "pad"
    """What becomes of a clip shorter than one window: zeros at its end, or no sample."""
    max_seconds: float = 600.0
    """A longer recording is rejected."""

    def __post_init__(self) -> None:
        """Refuses settings that give no features.

        Raises:
            ParameterError: one sentence for each.
        """
        least = {"sample_rate": 1_000, "num_bands": 1, "num_frames": 2, "hop_length": 1, "fft_length": 2, "max_seconds": 0}
        received = {name: getattr(self, name) for name in least}
        problems = [
            f"{name}: received {received[name]}, expected {bound} or more"
            for name, bound in least.items()
            if not received[name] >= bound
        ]
        if self.fft_length % 2:
            problems.append(f"fft_length: received {self.fft_length}, expected an even number")
        if self.delta and self.num_frames <= 2 * _DELTA_REACH:
            problems.append(
                f"num_frames: received {self.num_frames}, expected {2 * _DELTA_REACH + 1} or more with delta; "
                "use more frames, or delta false"
            )
        for what, name, count in (
            ("samples", "hop_length", self.window_length),
            ("samples in overlapping frames", "fft_length", self.num_frames * self.fft_length),
        ):
            if count > _MOST_NUMBERS:
                problems.append(
                    f"num_frames, {name}: received {self.num_frames} and {getattr(self, name)}, which make {count:,} {what} a "
                    f"window, expected {_MOST_NUMBERS:,} at most; make one of them smaller"
                )
        if self.short_clips not in {"pad", "drop"}:
            problems.append(f"short_clips: received {self.short_clips!r}, expected 'pad' or 'drop'")
        if problems:
            raise ParameterError(problems, "audio settings")

    @property
    def window_length(self) -> int:
        """Samples per window."""
        return self.hop_length * (self.num_frames - 1)

    @property
    def feature_shape(self) -> tuple[int, int, int]:
        """Shape of one window's features: bands, frames, channels."""
        return self.num_bands, self.num_frames, 2 if self.delta else 1


def count_windows(length: int, settings: AudioSettings) -> int:
    """How many windows a recording of `length` samples at `settings.sample_rate` gives."""
    if length < settings.window_length:
        return 1 if settings.short_clips == "pad" and length > 0 else 0
    return 1 + (length - settings.window_length) // _step(settings)


def windows_together(settings: AudioSettings, most: int) -> int:
    """How many windows of several recordings are worked on at a time: `most`, or fewer where they are long."""
    return max(1, min(most, _MOST_NUMBERS // max(settings.window_length, *np.cumprod(settings.feature_shape).tolist())))


def cut_windows(samples: NDArray[np.float32], settings: AudioSettings) -> NDArray[np.float32]:
    """(k, window_length) half-overlapping full windows of `samples`; a read-only view except where a short clip is padded."""
    length = settings.window_length
    if count_windows(len(samples), settings) == 0:
        return np.empty((0, length), np.float32)
    if len(samples) < length:
        return _fixed_length(samples, length)[np.newaxis]
    return np.lib.stride_tricks.sliding_window_view(samples, length)[:: _step(settings)]


def log_mel(windows: NDArray[np.float32], settings: AudioSettings) -> NDArray[np.float32]:
    """Log-mel spectrograms, in decibels, at most 80 below each window's own peak, and their slopes in decibels per frame.

    Args:
        windows: (k, window_length) samples.
        settings: of the features.

    Returns:
        (k, num_bands, num_frames, 1 or 2); a window's features do not depend on which windows stand beside it.
    """
    features = np.empty((len(windows), *settings.feature_shape), np.float32)
    reach = settings.fft_length // 2
    padded = np.zeros((_WINDOWS_AT_A_TIME, settings.window_length + settings.fft_length), np.float32)
    for start in range(0, len(windows), _WINDOWS_AT_A_TIME):
        batch = windows[start : start + _WINDOWS_AT_A_TIME]
        padded[: len(batch), reach : reach + settings.window_length] = batch
        padded[len(batch) :] = 0
        decibels = _decibels(_mel_power(padded, settings))[: len(batch)]
        features[start : start + len(batch), ..., 0] = decibels
        if settings.delta:
            features[start : start + len(batch), ..., 1] = _slope(decibels)
    return features


def _fixed_length(samples: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    if len(samples) >= length:
        return samples[:length]
    return np.concatenate([samples, np.zeros(length - len(samples), np.float32)])


def _step(settings: AudioSettings) -> int:
    return max(1, settings.window_length // 2)


@functools.lru_cache(maxsize=4)
def _filters(sample_rate: int, fft_length: int, num_bands: int) -> tuple[NDArray[np.float64], Any]:
    """Returns the (fft_length,) Hann window and the sparse (num_bands, fft_length/2 + 1) mel filters of librosa."""
    from librosa.filters import get_window, mel  # costs a second, and only extraction needs it
    from scipy.sparse import csr_array

    window: NDArray[np.float64] = get_window("hann", fft_length, fftbins=True)
    return window, csr_array(mel(sr=sample_rate, n_fft=fft_length, n_mels=num_bands))


def _mel_power(padded: NDArray[np.float32], settings: AudioSettings) -> NDArray[np.float32]:
    """(b, window_length + fft_length) samples → (b, num_bands, num_frames) power.

    The filters are sparse not only for speed: a sparse product adds in one order, a dense one in the order that the BLAS
    library finds best for the shape and the number of threads.
    """
    from scipy.fft import rfft  # costs 0.2 seconds

    hann, filters = _filters(settings.sample_rate, settings.fft_length, settings.num_bands)
    frames = np.lib.stride_tricks.sliding_window_view(padded, settings.fft_length, axis=1)[:, :: settings.hop_length]
    spectrum = rfft(frames * hann, axis=-1, overwrite_x=True).astype(np.complex64)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    bands = filters @ power.reshape(-1, power.shape[-1]).T
    return np.asarray(bands, np.float32).reshape(settings.num_bands, len(padded), settings.num_frames).transpose(1, 0, 2)


def _decibels(power: NDArray[np.float32]) -> NDArray[np.float32]:
    decibels = np.float32(10) * np.log10(np.maximum(power, _POWER_FLOOR))
    peaks = decibels.max(axis=(1, 2), keepdims=True)
    return np.maximum(decibels, peaks - _DYNAMIC_RANGE)


def _slope(decibels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Least-squares slope of the 9 frames around each frame; the first and last 4 take the slope of the 9 at that end.

    This is `librosa.feature.delta` with its defaults: a Savitzky–Golay filter of order one and mode "interp".
    """
    frames = decibels.shape[-1]
    inner = np.zeros_like(decibels[..., : frames - 2 * _DELTA_REACH])
    for step in range(1, _DELTA_REACH + 1):
        after = decibels[..., _DELTA_REACH + step : frames - _DELTA_REACH + step]
        before = decibels[..., _DELTA_REACH - step : frames - _DELTA_REACH - step]
        inner += np.float32(step) * (after - before)
    inner /= np.float32(2 * sum(step**2 for step in range(1, _DELTA_REACH + 1)))
    return np.pad(inner, ((0, 0), (0, 0), (_DELTA_REACH, _DELTA_REACH)), mode="edge")
