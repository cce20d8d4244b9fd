"""Sounds as the run gets them: decoded in a process with limits, and checked before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.data.audio_features import AudioSettings
from utils.decoding.frames import FrameError
from utils.decoding.limits import SECONDS
from utils.decoding.process import DecodingProcess, Reply
from utils.errors import DataError

_USUAL_LENGTH = 600.0
"""Seconds of sound; whoever allows longer recordings allows as much more time to decode one."""
_HIGHEST_RATE = 768_000
_LARGEST_SAMPLE = 2.0**34
"""Beyond what a file may hold, for what resampling adds."""


class SoundDecoder(DecodingProcess):
    """Decodes sound files for one thread at a time."""

    def __init__(self) -> None:
        """Starts nothing yet."""
        super().__init__("utils.decoding.sound_tasks")

    def lengths(self, paths: Sequence[Path], settings: AudioSettings) -> Iterator[int | DataError]:
        """Yields how many samples at `settings.sample_rate` each file's header tells of, or why it cannot be used."""
        most = _most(settings, settings.sample_rate)

        def take(replies: Iterator[Reply]) -> int:
            (header, _) = next(replies)
            return _whole(header.get("length"), most)

        yield from self.each(_task("length", settings), paths, 0, take)

    def samples(self, paths: Sequence[Path], settings: AudioSettings) -> Iterator[NDArray[np.float32] | DataError]:
        """Yields the samples of each file, (n,) mono at `settings.sample_rate`, or why it cannot be used."""
        for answer in self._samples(paths, settings):
            yield answer if isinstance(answer, DataError) else answer[0]

    def one(self, path: Path, settings: AudioSettings) -> NDArray[np.float32]:
        """The samples of one file, as `samples` gives them.

        Raises:
            DataError: why it cannot be used.
        """
        (answer,) = self.samples([path], settings)
        if isinstance(answer, DataError):
            raise answer
        return answer

    def at_own_rate(self, path: Path, settings: AudioSettings) -> tuple[NDArray[np.float32], int]:
        """The samples of a file, (n,) mono at its own rate, and that rate in Hz.

        Raises:
            DataError: why it cannot be used.
        """
        (answer,) = self._samples([path], settings, own_rate=True)
        if isinstance(answer, DataError):
            raise answer
        return answer

    def _samples(
        self, paths: Sequence[Path], settings: AudioSettings, *, own_rate: bool = False
    ) -> Iterator[tuple[NDArray[np.float32], int] | DataError]:
        def take(replies: Iterator[Reply]) -> tuple[NDArray[np.float32], int]:
            blocks, rate, left = [], 0, None
            for header, content in replies:
                rate = _whole(header.get("rate"), _HIGHEST_RATE) if own_rate else settings.sample_rate
                left = (_most(settings, rate) if left is None else left) - len(content) // 4
                if left < 0:
                    raise FrameError("more sound than the recording may have")
                blocks.append(_checked(content))
            return np.concatenate(blocks) if len(blocks) > 1 else blocks[0], rate

        most = 4 * _most(settings, _HIGHEST_RATE)
        yield from self.each({**_task("samples", settings), "own_rate": own_rate}, paths, most, take)


def _task(kind: str, settings: AudioSettings) -> dict[str, Any]:
    seconds = SECONDS * max(1.0, settings.max_seconds / _USUAL_LENGTH)
    return {"kind": kind, "seconds": seconds, "settings": asdict(settings)}


def _most(settings: AudioSettings, rate: int) -> int:
    """Samples that a recording may have."""
    return int(settings.max_seconds * rate) + 2


def _whole(value: Any, most: int) -> int:
    if type(value) is not int or not 0 < value <= most:
        raise FrameError(f"{value!r:.40} instead of a number up to {most:,}")
    return value


def _checked(content: bytes | bytearray) -> NDArray[np.float32]:
    if not content or len(content) % 4:
        raise FrameError(f"{len(content):,} bytes of samples")
    samples = np.frombuffer(content, np.float32)
    if not np.abs(samples).max() <= _LARGEST_SAMPLE:
        raise FrameError("samples that are not finite")
    return samples
