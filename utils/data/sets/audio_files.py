"""Recordings that nobody has sorted: what people label."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from utils.data.audio_layout import SUFFIXES, AudioLayout, Recording, audio_files, class_order
from utils.data.audio_source import AudioSource
from utils.data.given_labels import read_given_labels
from utils.data.source import DataSource, SourceRequest, sources


@sources.register("audio_files")
def audio_files_set(request: SourceRequest, *, labels: str | None = None) -> DataSource:
    """All recordings in and below a folder, without labels, for people to label.

    `labels` names a CSV in that folder with the columns file, label and, where wanted, group: what is known already. A
    labels.csv that a run has written is such a file, too; what its annotators found unusable is left out.
    """
    layout = AudioLayout(
        partial(_find, table=labels, numbers=request.regression),
        expected=f"a folder of recordings ({', '.join(SUFFIXES)})",
        how_to_get="Put your recordings there, in folders or not; people label them.",
        numbers=True,
    )
    return AudioSource(request, layout)


def _find(folder: Path, table: str | None, *, numbers: bool) -> tuple[Sequence[Recording], tuple[str, ...]]:
    names = audio_files(folder)
    given = read_given_labels(folder, table, names, numbers=numbers, windows=True)
    recordings = []
    for name in names:
        label = given.label(name)
        windows, groups = given.windows.get(name, {}), given.groups_of(name)
        recordings.append(Recording(name, label.label, groups, windows, label.place, unusable=label.unusable))
    labels = [*given.files.values(), *(label for windows in given.windows.values() for label in windows.values())]
    return recordings, class_order({label.label for label in labels} - {""})
