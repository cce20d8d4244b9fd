"""Single spoken words by thousands of speakers; the experiments that this project goes back to use the ten digits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from utils.data.audio_layout import AudioLayout, Recording, audio_files
from utils.data.audio_source import AudioSource
from utils.data.files_below import folders_in
from utils.data.source import DataSource, SourceRequest, sources
from utils.errors import DataError

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NOISE = "_background_noise_"


@sources.register("speech_commands")
def speech_commands(request: SourceRequest) -> DataSource:
    """Speech Commands: one folder per word; the words zero to nine unless class_names names others."""
    layout = AudioLayout(
        partial(_find, words=request.class_names or _DIGITS),
        expected="Speech Commands, a folder for each word with files such as seven/0a7c2a8d_nohash_0.wav,",
        how_to_get="Unpack download.tensorflow.org/data/speech_commands_v0.02.tar.gz there.",
    )
    return AudioSource(request, layout)


def _find(folder: Path, words: tuple[str, ...]) -> tuple[Sequence[Recording], tuple[str, ...]]:
    present = [name for name in folders_in(folder) if name != _NOISE]
    recordings = [
        Recording(name, word, {"speaker": PurePosixPath(name).stem.partition("_nohash_")[0]})
        for word in present
        if word in words
        for name in audio_files(folder, word)
    ]
    missing = [word for word in words if word not in {recording.label for recording in recordings}]
    if recordings and missing:
        raise DataError(
            f"{folder}: no recording of the word {' and none of '.join(map(repr, missing))}; expected a folder for each word; "
            f"there are the folders {', '.join(present)}; unpack the set again, or name the words to use in class_names"
        )
    return recordings, words
