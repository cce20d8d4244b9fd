"""The plainest form of labelled recordings: a folder for each class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from utils.data.audio_layout import SUFFIXES, AudioLayout, Recording, audio_files, class_order
from utils.data.audio_source import AudioSource
from utils.data.files_below import folders_in
from utils.data.source import DataSource, SourceRequest, sources
from utils.errors import DataError


@sources.register("audio_folders")
def audio_folders(request: SourceRequest) -> DataSource:
    """Any recordings: one folder per class, named after it, with audio files in and below it."""
    return AudioSource(request, _LAYOUT)


def _find(folder: Path) -> tuple[Sequence[Recording], tuple[str, ...]]:
    for path in sorted(folder.iterdir()):
        if path.name.lower().endswith(SUFFIXES) and not path.name.startswith(".") and path.is_file():
            raise DataError(f"{path}: lies in no class folder, so it has no label; move it into the folder of its class")
    recordings = [Recording(name, label) for label in folders_in(folder) for name in audio_files(folder, label)]
    return recordings, class_order(recording.label for recording in recordings)


_LAYOUT = AudioLayout(
    _find,
    expected=f"a folder for each class with its recordings ({', '.join(SUFFIXES)})",
    how_to_get="Sort your recordings into such folders, or use the data set audio_csv, which reads labels from a table.",
)
