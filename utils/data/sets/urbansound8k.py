"""City sounds in ten classes and ten folds; the set on which the project's founding experiments ran."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from utils import reading
from utils.data.audio_layout import AudioLayout, Recording, audio_files, read_table
from utils.data.audio_source import AudioSource
from utils.data.files_below import check_inside
from utils.data.source import DataSource, SourceRequest, sources
from utils.errors import DataError

_CLASSES = (
    "air_conditioner",
    "car_horn",
    "children_playing",
    "dog_bark",
    "drilling",
    "engine_idling",
    "gun_shot",
    "jackhammer",
    "siren",
    "street_music",
)
"""In the order of the class numbers 0 to 9."""
_NAME = re.compile(r"(?P<source>\d+)-(?P<label>\d)-\d+-\d+", re.ASCII)
_FOLD = re.compile(r"fold(\d+)", re.ASCII)
_TABLE = "metadata/UrbanSound8K.csv"


@sources.register("urbansound8k")
def urbansound8k(request: SourceRequest) -> DataSource:
    """UrbanSound8K: `audio/fold1` to `audio/fold10` with its table, or any folder of its files; full windows only.

    Clips shorter than one window give no sample, whatever `short_clips` says: so the published experiments had it.
    """
    full_windows = dataclasses.replace(request.audio, short_clips="drop")
    return AudioSource(dataclasses.replace(request, audio=full_windows), _LAYOUT)


def _find(folder: Path) -> tuple[Sequence[Recording], tuple[str, ...]]:
    listed = (folder / _TABLE).exists()
    names = _listed_files(folder) if listed else audio_files(folder)
    return [_recording(folder, name) for name in names], _CLASSES


def _listed_files(folder: Path) -> list[str]:
    """The files that the set's table lists, each checked against the table's own class and for being there."""
    names = []
    for line, row in read_table(folder / _TABLE, ("slice_file_name", "fold", "classID")):
        name = f"audio/fold{row['fold']}/{row['slice_file_name']}"
        where = f"{folder / _TABLE}: row {line}"
        if "/" in row["slice_file_name"] or not row["fold"].isdigit() or not reading.is_file(folder / name):
            raise DataError(
                f"{where}, column 'slice_file_name': there is no file {folder / name}; unpack the set again, or remove the "
                "table to use the files that are there"
            )
        check_inside(folder, name)
        match = _NAME.fullmatch(PurePosixPath(name).stem)
        if match is not None and match["label"] != row["classID"]:
            raise DataError(
                f"{where}, column 'classID': received {row['classID']}, but the file is named {row['slice_file_name']}, "
                f"class {match['label']}; get the table again"
            )
        names.append(name)
    return sorted(names)


def _recording(folder: Path, name: str) -> Recording:
    path = PurePosixPath(name)
    match = _NAME.fullmatch(path.stem)
    if match is None:
        raise DataError(
            f"{folder / name}: the name tells no label; expected source-class-occurrence-slice with a class from 0 to 9, such "
            "as 100032-3-0-0.wav; rename the file, or move it away"
        )
    groups = {"source": match["source"]}
    fold = _FOLD.fullmatch(path.parent.name)
    if fold is not None:
        groups["fold"] = fold[1]
    return Recording(name, _CLASSES[int(match["label"])], groups)


_LAYOUT = AudioLayout(
    _find,
    expected="UrbanSound8K, the folders audio/fold1 to audio/fold10 and metadata,",
    how_to_get="Get it from zenodo.org, record 1203745, and unpack it there.",
)
