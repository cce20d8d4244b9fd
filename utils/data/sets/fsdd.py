"""Spoken digits by a few speakers: small, free, and the quickest real audio set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from utils.data.audio_layout import AudioLayout, Recording, audio_files, class_order
from utils.data.audio_source import AudioSource
from utils.data.source import DataSource, SourceRequest, sources
from utils.errors import DataError

_NAME = re.compile(r"(?P<label>[^_]+)_(?P<speaker>.+)_\d+")


@sources.register("fsdd")
def fsdd(request: SourceRequest) -> DataSource:
    """Free Spoken Digit Dataset: `{label}_{speaker}_{n}.wav`, in the folder or in `recordings` below it."""
    return AudioSource(request, _LAYOUT)


def _find(folder: Path) -> tuple[Sequence[Recording], tuple[str, ...]]:
    recordings = []
    for name in audio_files(folder):
        match = _NAME.fullmatch(PurePosixPath(name).stem)
        if match is None:
            raise DataError(
                f"{folder / name}: the name tells no label; expected label_speaker_number, such as 7_jackson_32.wav; "
                "rename the file, or move it away"
            )
        recordings.append(Recording(name, match["label"], {"speaker": match["speaker"]}))
    return recordings, class_order(recording.label for recording in recordings)


_LAYOUT = AudioLayout(
    _find,
    expected="the Free Spoken Digit Dataset, files such as 7_jackson_32.wav,",
    how_to_get="Get it from github.com/Jakobovski/free-spoken-digit-dataset and set data_dir to its recordings folder.",
)
