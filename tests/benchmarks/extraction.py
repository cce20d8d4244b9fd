"""The project's extraction of audio features beside a plain loop of librosa calls that gives the same features.

Clips of half a second are the hardest case: the shorter a clip, the more of its time goes into calls rather than into
transforms. The plain loop is what one would write first; it takes turns with the extraction, a part of the clips each time. So
does the extraction with its decoders in the run's own process, in threads: what decoding in processes with limits costs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Self, TypeVar
from unittest.mock import patch

import librosa
import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.benchmarks.report import Report
from utils.data.audio_extraction import Extraction, core_count, extract
from utils.data.audio_features import AudioSettings
from utils.decoding.sound_file import decode

_CLIPS = 2_000
_SECONDS = 0.5
_RATE = 8_000
"""Hz."""
_ROUNDS = 5
_THREADS = 2
_LEAST = 400
"""Clips per second."""
_SETTINGS = AudioSettings()

T = TypeVar("T")


def run(scratch: Path) -> Iterator[Report]:
    """Yields the one report."""
    names = _write_clips(scratch)
    _extract(scratch, names[:40], scratch / "cache of the warm-up")
    _plain_loop(scratch, names[:40])
    cold, plain, cached, within = [], [], [], []
    furthest = 0.0
    share = _CLIPS // _ROUNDS
    for number in range(_ROUNDS):
        cache = scratch / f"cache {number}"
        part = slice(number * share, (number + 1) * share)
        seconds, extraction = _timed(lambda cache=cache: _extract(scratch, names, cache))
        cold.append(_CLIPS / seconds)
        seconds, features = _timed(lambda part=part: _plain_loop(scratch, names[part]))
        plain.append(share / seconds)
        within.append(_CLIPS / _timed(lambda number=number: _extract_within(scratch, names, scratch / f"within {number}"))[0])
        cached.append(_timed(lambda cache=cache: _extract(scratch, names, cache))[0])
        furthest = max(furthest, float(np.abs(extraction.features[part] - features).max()))
    yield _report(cold, within, plain, cached, furthest)


def _report(cold: list[float], within: list[float], plain: list[float], cached: list[float], furthest: float) -> Report:
    """`cold`, `within`, `plain` in clips per second, `cached` in seconds, `furthest` the largest difference of two features."""
    ratio = median(ours / theirs for ours, theirs in zip(cold, plain, strict=True))
    rows = [
        (name, f"{median(rates):,.0f}", f"{min(rates):,.0f}", f"{max(rates):,.0f}", f"{median(rates) / median(plain):,.1f}")
        for name, rates in (
            ("plain loop of librosa calls, one thread", plain),
            (f"utils.data.audio_extraction, {_THREADS} decoding processes with limits", cold),
            (f"the same, decoding in {_THREADS} threads of the run itself", within),
            ("second start, from the cache", [_CLIPS / seconds for seconds in cached]),
        )
    ]
    return Report(
        f"extraction of {_CLIPS:,} clips of {_SECONDS} s at {_RATE:,} Hz",
        ("way", "clips/s (median)", "slowest", "fastest", "× plain loop"),
        rows,
        f"at least {_LEAST} clips/s on two cores",
        f"{median(cold):,.0f} clips/s, {median(cold) / _LEAST:.2f} × the claim and {ratio:.1f} × the plain loop",
        median(cold) >= _LEAST,
        (
            f"{_ROUNDS} turns each on {core_count()} cores; the plain loop takes {_CLIPS // _ROUNDS} clips a turn",
            f"a second start takes {median(cached):.3f} s in all",
            f"largest difference between the two ways' features: {furthest:.2g} (decibels, decibels per frame)",
        ),
    )


def _write_clips(folder: Path) -> list[str]:
    """Writes noise and tones by turns, 16 bits; returns the names of the files."""
    rng = np.random.default_rng(0)
    moments = np.arange(round(_SECONDS * _RATE)) / _RATE
    names = [f"{number:04d}.wav" for number in range(_CLIPS)]
    for number, name in enumerate(names):
        tone = np.sin(2 * np.pi * rng.uniform(100, 3_500) * moments)
        samples = 0.3 * rng.standard_normal(len(moments)) if number % 2 else 0.5 * tone
        soundfile.write(folder / name, samples, _RATE, subtype="PCM_16")
    return names


def _extract(folder: Path, names: Sequence[str], cache: Path) -> Extraction:
    return extract(folder, names, _SETTINGS, cache, lambda *_: None, threads=_THREADS)


def _extract_within(folder: Path, names: Sequence[str], cache: Path) -> Extraction:
    with patch("utils.data.audio_extraction.SoundDecoder", _DecoderWithin):
        return _extract(folder, names, cache)


class _DecoderWithin:
    """Decodes in the thread that asks, without limits."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """There is nothing to start."""

    def stop(self) -> None:
        """There is nothing to stop."""

    def samples(self, paths: Sequence[Path], settings: AudioSettings) -> Iterator[NDArray[np.float32]]:
        """Yields the samples of each file."""
        return (decode(path, settings) for path in paths)


def _plain_loop(folder: Path, names: Sequence[str]) -> NDArray[np.float32]:
    """(n, bands, frames, 2) features of clips that are shorter than one window."""
    features = []
    for name in names:
        samples, _ = librosa.load(folder / name, sr=_SETTINGS.sample_rate, res_type="soxr_hq")
        power = librosa.feature.melspectrogram(
            y=librosa.util.fix_length(samples, size=_SETTINGS.window_length),
            sr=_SETTINGS.sample_rate,
            n_fft=_SETTINGS.fft_length,
            hop_length=_SETTINGS.hop_length,
            n_mels=_SETTINGS.num_bands,
        )
        decibels = librosa.power_to_db(power)
        features.append(np.stack([decibels, librosa.feature.delta(decibels)], axis=-1))
    return np.stack(features).astype(np.float32)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds that `work` takes, and its result."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result
