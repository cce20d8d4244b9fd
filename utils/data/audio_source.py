"""A folder of recordings as a data source: every layout's files become windows with labels, names and groups.

`scan` reads headers alone and so answers in the time of a dry run; `load` takes the features from the cache or extracts
them. A file whose header is already unreadable has no known number of windows: `scan` passes over it, `load` lists it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.data.audio_extraction import extract, read_lengths
from utils.data.audio_features import count_windows
from utils.data.audio_layout import AudioLayout, Recording
from utils.data.source import DataSet, DataSource, Kind, Progress, SampleTable, SourceRequest
from utils.errors import DataError
from utils.registry import did_you_mean


class AudioSource(DataSource):
    """Recordings in one folder; a sample is one window of one recording."""

    kind: Kind = "audio"
    default_model = "vggish"

    def __init__(self, request: SourceRequest, layout: AudioLayout) -> None:
        """Keeps what it is given; nothing is read yet.

        Args:
            request: the folder of the set, the settings of its features, the classes to use.
            layout: the form in which the set lies there.
        """
        self.folder = request.folder
        self.settings = request.audio
        self.class_names = request.class_names
        self.max_bad_files = request.max_bad_files
        self.layout = layout
        self.how_to_get = layout.how_to_get

    def scan(self) -> SampleTable:
        """The windows that the files' headers promise; files with damaged headers are left out here and listed by `load`."""
        recordings, classes = self._recordings()
        lengths = read_lengths(self.folder, [recording.name for recording in recordings], self.settings)
        counts = np.array([0 if isinstance(length, str) else count_windows(length, self.settings) for length in lengths])
        if not counts.any():
            reasons = (f"; {recordings[i].name}: {reason}" for i, reason in enumerate(lengths) if isinstance(reason, str))
            raise DataError(
                f"{self.folder}: no sample is left: of {len(recordings):,} files none is both undamaged and as long as one "
                f"window, {self.settings.window_length / self.settings.sample_rate:.2f} seconds{next(reasons, '')}"
            )
        return _table(recordings, classes, counts)

    def load(self, cache: Path, progress: Progress) -> DataSet:
        """The windows with their features, (n, num_bands, num_frames, 1 or 2), memory-mapped from the folder `cache`."""
        recordings, classes = self._recordings()
        names = [recording.name for recording in recordings]
        extraction = extract(self.folder, names, self.settings, cache, progress, self.max_bad_files)
        table = _table(recordings, classes, extraction.counts)
        digest = hashlib.sha256(bytes.fromhex(extraction.sha256))
        digest.update(table.labels.astype("<i8").tobytes())
        return DataSet(table, digest.hexdigest(), self.kind, extraction.rejected, extraction.features)

    def _recordings(self) -> tuple[list[Recording], tuple[str, ...]]:
        """The recordings of the classes in use, and these classes in the order of their labels."""
        if not self.folder.is_dir():
            received = "it is a file" if self.folder.exists() else "there is no such folder"
            raise DataError(f"{self.folder}: {received}; {self.layout.expected} is expected there. {self.how_to_get}")
        found, own_order = self.layout.find(self.folder)
        if not found:
            raise DataError(f"{self.folder}: no recording found; {self.layout.expected} is expected there. {self.how_to_get}")
        classes = self.class_names or own_order
        recordings = [recording for recording in found if recording.label in classes]
        present = {recording.label for recording in found}
        for name in self.class_names or ():
            if name not in present:
                raise DataError(
                    f"{self.folder}: the class {name!r} of class_names has no recording{did_you_mean(name, sorted(present))}; "
                    f"there are recordings of: {', '.join(sorted(present)[:40])}"
                )
        return recordings, classes


def _table(recordings: Sequence[Recording], classes: tuple[str, ...], counts: NDArray[np.int64]) -> SampleTable:
    """One row per window; `counts` (number of recordings,) tells how many each recording has."""
    owner = np.repeat(np.arange(len(recordings)), counts)
    window = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    index = {name: label for label, name in enumerate(classes)}
    labels = np.array([index[recording.label] for recording in recordings], np.int64)[owner]
    clips = np.array([recording.name for recording in recordings])[owner]
    names = np.array([f"{clip}#{number}" for clip, number in zip(clips.tolist(), window.tolist(), strict=True)])
    kinds = [kind for kind in recordings[0].groups if all(kind in recording.groups for recording in recordings)]
    groups = {kind: np.array([recording.groups[kind] for recording in recordings])[owner] for kind in kinds}
    return SampleTable(labels, classes, names, {"clip": clips, **groups})
