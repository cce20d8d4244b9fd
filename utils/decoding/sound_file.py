"""One sound file → its samples; what is wrong with a file is one sentence.

Decoding is done by libsndfile and soxr, in C, and so in a process of its own: see `process.py`.
"""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from utils.data.audio_features import AudioSettings
from utils.decoding.sound_container import UNKNOWN_SIZE, check_header
from utils.decoding.sound_stream import check_flac, check_ogg
from utils.decoding.sound_tag import check_mp3
from utils.errors import DataError

_MAX_CHANNELS = 64
_RATES = (1_000, 768_000)
_MAX_SAMPLE = 2.0**32
"""Louder than any integer format stored as floats; beyond it powers overflow."""
_VALUES_AT_A_TIME = 2**20
_PROMISED = re.compile(r"^\s*(?:data|SSND) : (\d+) \(should be (\d+)\)", re.MULTILINE)
_OGG_CUT = "without an End-Of-Stream flag"
_ESTIMATED_LENGTH = 0.01
"""Share by which the length in an MP3 header, an estimate in some files, may exceed what is decoded."""


def read_length(path: Path, settings: AudioSettings) -> int:
    """Samples at `settings.sample_rate` that `path` decodes to, as its header tells.

    Raises:
        DataError: the header is damaged, tells of a file that was cut off, or is outside the limits.
    """
    with _opened(path, settings) as file:
        return _resampled_length(file.frames, file.samplerate, settings)


def own_rate(path: Path, settings: AudioSettings) -> int:
    """The rate of `path` in Hz, as its header tells; raises as `read_length`."""
    with _opened(path, settings) as file:
        return int(file.samplerate)


def decode(path: Path, settings: AudioSettings) -> NDArray[np.float32]:
    """(n,) mono samples of `path` at `settings.sample_rate`: the mean of its channels, resampled as librosa does by default.

    Raises:
        DataError: in addition to `read_length`, the content is damaged, cut off, or holds NaN, infinite or absurd values.
    """
    return np.concatenate([np.empty(0, np.float32), *read_blocks(path, settings)])


def read_blocks(path: Path, settings: AudioSettings) -> Iterator[NDArray[np.float32]]:
    """Yields the samples that `decode` gives, some at a time, so that a recording of any length takes little memory.

    Raises:
        DataError: as `decode`; also behind blocks that have been handed out.
    """
    with _opened(path, settings) as file:
        left = _resampled_length(file.frames, file.samplerate, settings)
        if file.format == "OGG":
            check_ogg(path)
        blocks = _mono_blocks(file)
        if file.samplerate != settings.sample_rate:
            blocks = _resampled(blocks, file.samplerate, settings.sample_rate)
        for block in blocks:
            part = np.ascontiguousarray(block[:left])
            left -= len(part)
            if len(part):
                yield part
        if file.format == "FLAC":
            check_flac(path, file)
        if left:
            yield np.zeros(left, np.float32)


@contextlib.contextmanager
def _opened(path: Path, settings: AudioSettings) -> Iterator[Any]:
    """Opens `path` with checked header and turns the decoder's errors into reasons."""
    try:
        with soundfile.SoundFile(path) as file:
            _check_header(file, settings)
            check_header(path, file)
            if file.format == "MP3":
                check_mp3(path)
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
        if int(present) < int(promised) < UNKNOWN_SIZE:
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
