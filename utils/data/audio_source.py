"""A folder of recordings as a data source: every layout's files become windows with labels, names and groups.

`scan` reads headers alone and so answers in the time of a dry run; `load` takes the features from the cache or extracts
them. A file whose header is already unreadable has no known number of windows: `scan` passes over it, `load` lists it.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.annotation.shown import Shown
from utils.data.audio_extraction import FEWER_WINDOWS, extract, read_lengths
from utils.data.audio_features import AudioSettings, count_windows
from utils.data.audio_layout import AudioLayout, Recording
from utils.data.bad_files import refuse_if_too_many
from utils.data.given_label import FOUND_UNUSABLE
from utils.data.kept_features import KeptFeatures
from utils.data.label_rules import LabelRules
from utils.data.most_samples import refuse_too_many
from utils.data.padded_texts import padded_texts
from utils.data.source import DataSet, DataSource, Kind, Progress, SampleTable, SourceRequest
from utils.errors import DataError
from utils.rows import Features
from utils.showing.recording import show_window


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
        self.layout = layout
        self.how_to_get = layout.how_to_get
        self._request = dataclasses.replace(request, regression=request.regression and layout.numbers)

    def scan(self) -> SampleTable:
        """The windows that the files' headers promise; files with damaged headers are left out, and listed by `load`.

        Raises:
            DataError: already more of the headers are damaged than files may be, or there are too many windows.
        """
        recordings, classes, _ = self._recordings()
        told = read_lengths(self.folder, [recording.name for recording in recordings], self.settings)
        lengths = np.array([0 if isinstance(length, str) else length for length in told], np.int64)
        counts = np.array([count_windows(length, self.settings) for length in lengths.tolist()])
        if not counts.any():
            reasons = (f"; {recordings[i].name}: {reason}" for i, reason in enumerate(told) if isinstance(reason, str))
            raise DataError(
                f"{self.folder}: no sample is left: of {len(recordings):,} files none is both undamaged and as long as one "
                f"window, {self.settings.window_length / self.settings.sample_rate:.2f} seconds{next(reasons, '')}"
            )
        bad = [(one.name, length) for one, length in zip(recordings, told, strict=True) if isinstance(length, str)]
        refuse_if_too_many(bad, len(recordings), self._request.max_bad_files)
        refuse_too_many(int(counts.sum()), self.folder, FEWER_WINDOWS)
        table = self._table(recordings, classes, _windows(recordings, counts), lengths)
        return dataclasses.replace(table, note=f"{len(bad):,} of {len(recordings):,} files cannot be used") if bad else table

    def load(self, cache: Path, progress: Progress) -> DataSet:
        """The windows with their features, (n, num_bands, num_frames, 1 or 2), memory-mapped from the folder `cache`."""
        recordings, classes, left_out = self._recordings()
        names = [recording.name for recording in recordings]
        most = self._request.max_bad_files
        extraction = extract(self.folder, names, self.settings, cache, progress, most)
        windows = _windows(recordings, extraction.counts)
        table = self._table(recordings, classes, windows, extraction.lengths)
        digest = hashlib.sha256(bytes.fromhex(extraction.sha256))
        digest.update(table.labels.astype(table.labels.dtype.newbyteorder("<")).tobytes())
        features: Features = extraction.features
        if len(windows.ids) < len(extraction.features):
            digest.update(windows.ids.astype("<i8").tobytes())
            features = KeptFeatures(extraction.features, windows.ids)
        unusable = [(name, FOUND_UNUSABLE) for name in [*left_out, *windows.left_out]]
        show = partial(_show, self.folder, names, extraction.counts, self.settings, windows.ids)
        return DataSet(table, digest.hexdigest(), self.kind, (*unusable, *extraction.rejected), features, show=show)

    def _recordings(self) -> tuple[list[Recording], tuple[str, ...], list[str]]:
        """The recordings of the classes in use, these classes in the order of their labels, and what people found unusable."""
        if not self.folder.is_dir():
            received = "it is a file" if self.folder.exists() else "there is no such folder"
            raise DataError(f"{self.folder}: {received}; {self.layout.expected} is expected there. {self.how_to_get}")
        every, own_order = self.layout.find(self.folder)
        if not every:
            raise DataError(f"{self.folder}: no recording found; {self.layout.expected} is expected there. {self.how_to_get}")
        left_out = [recording.name for recording in every if recording.unusable and not recording.windows]
        found = [recording for recording in every if recording.windows or not recording.unusable]
        if not found:
            raise DataError(f"{self.folder}: no sample is left; {left_out[0]}: {FOUND_UNUSABLE}")
        given = [label for recording in found for label in recording.windows.values()]
        places = [*(recording.place or recording.name for recording in found), *(label.place for label in given)]
        labels, rules = [recording.label for recording in found], self._rules("recording", own_order)
        if not given:
            rules.refuse_unlabelled(labels, places.__getitem__)
        if self._request.regression:
            return found, (), left_out
        if given:  # a recording is chosen by its class as a whole, so where windows have their own no class is left out
            labels += [*(label.label for label in given), ""]
        classes = rules.classes(labels, places.__getitem__)
        wanted = {"", *classes}
        return [recording for recording in found if recording.label in wanted], classes, left_out

    def _rules(self, what: str, own_order: tuple[str, ...] | None = None) -> LabelRules:
        return LabelRules(str(self.folder), what, self._request, own_order)

    def _table(
        self,
        recordings: Sequence[Recording],
        classes: tuple[str, ...],
        windows: _Windows,
        lengths: NDArray[np.int64],
    ) -> SampleTable:
        """One row per window; `lengths` tells the samples of each recording."""
        owner, window = windows.owner, windows.number
        if not len(owner):
            raise DataError(f"{self.folder}: no sample is left; {windows.left_out[0]}: {FOUND_UNUSABLE}")
        labels = [_label(recordings[clip], number) for clip, number in zip(owner.tolist(), window.tolist(), strict=True)]
        values = self._rules("window").values(labels, classes, lambda row: _place(recordings[owner[row]], int(window[row])))
        place = partial(_place_of_clip, recordings)
        clips = padded_texts([recording.name for recording in recordings], "the name of a file", place)[owner]
        names = np.array([f"{clip}#{number}" for clip, number in zip(clips.tolist(), window.tolist(), strict=True)])
        kinds = [kind for kind in recordings[0].groups if all(kind in recording.groups for recording in recordings)]
        groups = {}
        for kind in kinds:
            members = [recording.groups[kind] for recording in recordings]
            groups[kind] = padded_texts(members, f"a clip with the name of a {kind}", place)[owner]
        seconds = lengths[owner] / self.settings.sample_rate
        return SampleTable(values, classes, names, {"clip": clips, **groups}, lengths=seconds)


@dataclasses.dataclass(frozen=True)
class _Windows:
    """The n windows that are samples; of those that people found unusable only the names."""

    ids: NDArray[np.int64]
    """(n,) which of all windows of all recordings."""
    owner: NDArray[np.int64]
    """(n,) the recording that each is of."""
    number: NDArray[np.int64]
    """(n,) which window of it."""
    left_out: list[str]


def _windows(recordings: Sequence[Recording], counts: NDArray[np.int64]) -> _Windows:
    """The windows of the recordings, of which each has as many as `counts` tells."""
    _check_windows(recordings, counts)
    owner = np.repeat(np.arange(len(counts)), counts)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    pairs = zip(owner.tolist(), number.tolist(), strict=True)
    unusable = np.array([_is_unusable(recordings[clip], window) for clip, window in pairs], np.bool_)
    ids, others = np.flatnonzero(~unusable), np.flatnonzero(unusable)
    left_out = [f"{recordings[clip].name}#{window}" for clip, window in zip(owner[others], number[others], strict=True)]
    return _Windows(ids, owner[ids], number[ids], left_out)


def _is_unusable(recording: Recording, window: int) -> bool:
    """Whether people found that the window, or else the whole recording, cannot be labelled."""
    return recording.windows[window].unusable if window in recording.windows else recording.unusable


def _label(recording: Recording, window: int) -> str:
    """The label of a window: its own where it has one, otherwise that of the whole recording."""
    return recording.windows[window].label if window in recording.windows else recording.label


def _place(recording: Recording, window: int) -> str:
    """Where that label stands."""
    return recording.windows[window].place if window in recording.windows else recording.place or recording.name


def _place_of_clip(recordings: Sequence[Recording], clip: int) -> str:
    """Where the label of a whole recording stands."""
    return recordings[clip].place or recordings[clip].name


def _check_windows(recordings: Sequence[Recording], counts: NDArray[np.int64]) -> None:
    """Refuses labels of windows that a recording does not have; one that was left out has none anyway."""
    for recording, count in zip(recordings, counts.tolist(), strict=True):
        for number, given in recording.windows.items():
            if 0 < count <= number:
                raise DataError(
                    f"{given.place}: {recording.name}#{number} is the window {number + 1} of a recording that has {count} with "
                    "these settings; use the audio settings that the labels were given with, or delete the row"
                )


def _show(
    folder: Path,
    names: Sequence[str],
    counts: NDArray[np.int64],
    settings: AudioSettings,
    ids: NDArray[np.int64],
    sample: int,
) -> Shown:
    """What a person is shown of the window `ids[sample]` of all windows."""
    window = int(ids[sample])
    owner = int(np.searchsorted(np.cumsum(counts), window, side="right"))
    return show_window(folder / names[owner], window - int(counts[:owner].sum()), int(counts[owner]), settings)
