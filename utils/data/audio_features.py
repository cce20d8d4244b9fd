"""Audio files → log-mel windows, as plain functions of samples and settings.

A file is decoded to mono at one rate, cut into half-overlapping windows, and each window becomes a log-mel spectrogram with
its slope over time as second channel: what `librosa.feature.melspectrogram`, `power_to_db` and `delta` give for that window
alone. Windows go through in batches of one fixed shape, which makes this several times faster than a loop over librosa and
keeps every bit of a window's features independent of its neighbours. What is wrong with a file is one sentence.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from utils.errors import DataError, ParameterError

_MAX_CHANNELS = 64
_RATES = (1_000, 768_000)
_MAX_SAMPLE = 2.0**32
"""Louder than any integer format stored as floats; beyond it powers overflow."""
_VALUES_AT_A_TIME = 2**20
_WINDOWS_AT_A_TIME = 8
"""A multiple of the widest vector unit, so that no frame falls into an FFT's differently rounded remainder."""
_POWER_FLOOR = np.float32(1e-10)
_DYNAMIC_RANGE = np.float32(80)
_DELTA_REACH = 4
"""Frames to either side in a slope: librosa's default width of 9."""

_PROMISED = re.compile(r"^\s*(?:data|SSND) : (\d+) \(should be (\d+)\)", re.MULTILINE)
_UNKNOWN_SIZE = 0x7FFFF000
"""Sizes from here on are what programs write that stream WAV without knowing its length."""
_OGG_CUT = "without an End-Of-Stream flag"
_ESTIMATED_LENGTH = 0.01
"""Share by which the length in an MP3 header, an estimate in some files, may exceed what is decoded."""


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


def read_length(path: Path, settings: AudioSettings) -> int:
    """Samples at `settings.sample_rate` that `path` decodes to, as its header tells.

    Raises:
        DataError: the header is damaged, tells of a file that was cut off, or is outside the limits.
    """
    with _opened(path, settings) as file:
        return _resampled_length(file.frames, file.samplerate, settings)


def decode(path: Path, settings: AudioSettings) -> NDArray[np.float32]:
    """(n,) mono samples of `path` at `settings.sample_rate`: the mean of its channels, resampled as librosa does by default.

    Raises:
        DataError: in addition to `read_length`, the content is damaged, cut off, or holds NaN, infinite or absurd values.
    """
    with _opened(path, settings) as file:
        blocks = _mono_blocks(file)
        if file.samplerate != settings.sample_rate:
            blocks = _resampled(blocks, file.samplerate, settings.sample_rate)
        samples = np.concatenate([*blocks, np.empty(0, np.float32)])
        return _fixed_length(samples, _resampled_length(file.frames, file.samplerate, settings))


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


@contextlib.contextmanager
def _opened(path: Path, settings: AudioSettings) -> Iterator[Any]:
    """Opens `path` with checked header and turns the decoder's errors into reasons."""
    try:
        with soundfile.SoundFile(path) as file:
            _check_header(file, settings)
            yield file
    except (soundfile.SoundFileError, OSError, RuntimeError, TypeError, ValueError) as error:
        said = str(getattr(error, "error_string", error)).strip().rstrip(".")
        raise DataError(f"it cannot be decoded: the decoder says {said!r}") from error


def _check_header(file: Any, settings: AudioSettings) -> None:
    if not 1 <= file.channels <= _MAX_CHANNELS:
        raise DataError(f"it has {file.channels} channels, expected 1 to {_MAX_CHANNELS}")
    if not _RATES[0] <= file.samplerate <= _RATES[1]:
        raise DataError(f"its sample rate is {file.samplerate:,} Hz, expected {_RATES[0]:,} to {_RATES[1]:,} Hz")
    remarks = file.extra_info
    for promised, present in _PROMISED.findall(remarks):
        if int(present) < int(promised) < _UNKNOWN_SIZE:
            raise DataError(f"it is cut off: its header tells of {int(promised):,} bytes of sound, {int(present):,} are there")
    if _OGG_CUT in remarks:
        raise DataError("it is cut off: the Ogg stream ends without its last page")
    if file.frames <= 0:
        raise DataError("it is empty: it holds no sound")
    if file.frames > settings.max_seconds * file.samplerate:
        raise DataError(
            f"it is too long: {file.frames / file.samplerate:,.1f} seconds, at most {settings.max_seconds:,g} are read; "
            "cut it, or raise max_seconds"
        )


def _mono_blocks(file: Any) -> Iterator[NDArray[np.float32]]:
    """Yields the mean of the channels, (frames,) at a time, in blocks that bound the memory for any length."""
    left = file.frames
    while left > 0:
        block = file.read(min(left, max(1, _VALUES_AT_A_TIME // file.channels)), dtype="float32", always_2d=True)
        if not len(block):
            break
        mono: NDArray[np.float32] = block[:, 0] if file.channels == 1 else block.mean(axis=1)
        loudest = np.abs(mono).max()
        if not np.isfinite(loudest):
            raise DataError("it holds samples that are NaN or infinite")
        if loudest > _MAX_SAMPLE:
            raise DataError(f"it holds samples up to {loudest:.3g}, expected −1 to 1 (at most {_MAX_SAMPLE:.3g} either way)")
        left -= len(block)
        yield mono
    if left > (_ESTIMATED_LENGTH * file.frames if file.format == "MP3" else 0):
        raise DataError(f"it is cut off: its header tells of {file.frames:,} frames, {file.frames - left:,} could be read")


def _resampled(blocks: Iterator[NDArray[np.float32]], rate: int, target: int) -> Iterator[NDArray[np.float32]]:
    """Yields `blocks`, one signal at `rate` Hz, at `target` Hz; the same as `librosa.resample` on the whole signal.

    A signal of one block takes the call that lets other threads run meanwhile; a stream holds the interpreter's lock while
    it designs its filter, which takes as long as resampling a short clip.
    """
    first = next(blocks, None)
    second = next(blocks, None)
    if first is not None and second is None:
        yield soxr.resample(first, rate, target, "HQ")
    elif first is not None and second is not None:
        stream = soxr.ResampleStream(rate, target, 1, dtype="float32", quality="HQ")
        for block in itertools.chain((first, second), blocks):
            yield stream.resample_chunk(block)
        yield stream.resample_chunk(np.empty(0, np.float32), last=True)


def _resampled_length(frames: int, rate: int, settings: AudioSettings) -> int:
    return -(-frames * settings.sample_rate // rate)


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
