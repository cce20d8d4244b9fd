"""New recordings: windows with the features that training made of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.data.audio_features import AudioSettings, cut_windows, log_mel, windows_together
from utils.data.audio_layout import SUFFIXES
from utils.decoding.sounds import SoundDecoder
from utils.errors import DataError
from utils.prediction.new_data import Batch, NewData, find_files

_WINDOWS_TOGETHER = 256


class Recordings(NewData):
    """A file, a folder of them, or a CSV whose column `path` lists them; a sample is one window."""

    def __init__(self, path: Path, settings: AudioSettings) -> None:
        """Looks at names alone.

        Raises:
            ParameterError: there is nothing at `path`.
            DataError: no recording is there.
        """
        super().__init__()
        self._settings = settings
        self.sample_shape = settings.feature_shape
        self._found = find_files(path, SUFFIXES)

    def batches(self) -> Iterator[Batch]:
        """The windows of whole recordings, some hundred at a time."""
        waiting: list[tuple[str, NDArray[np.float32]]] = []
        together = windows_together(self._settings, _WINDOWS_TOGETHER)
        with SoundDecoder() as decoder:
            for name, windows in self.read_each(self._found, partial(self._windows, decoder)):
                waiting.append((name, windows))
                if sum(len(found) for _, found in waiting) >= together:
                    yield self._batch(waiting)
                    waiting = []
        if waiting:
            yield self._batch(waiting)

    def _windows(self, decoder: SoundDecoder, path: Path) -> NDArray[np.float32]:
        windows = cut_windows(decoder.one(path, self._settings), self._settings)
        if not len(windows):
            seconds = self._settings.window_length / self._settings.sample_rate
            raise DataError(f"it is shorter than one window, {seconds:.2f} seconds, and the run dropped such recordings")
        return windows

    def _batch(self, waiting: list[tuple[str, NDArray[np.float32]]]) -> Batch:
        names = [f"{name}#{number}" for name, windows in waiting for number in range(len(windows))]
        files = [name for name, windows in waiting for _ in windows]
        return Batch(names, files, log_mel(np.concatenate([windows for _, windows in waiting]), self._settings))
