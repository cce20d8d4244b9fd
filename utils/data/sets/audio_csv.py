"""Recordings with their labels in a table: what a person's own collection most often looks like."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from utils import reading
from utils.data.audio_layout import AudioLayout, Recording, class_order, read_table
from utils.data.audio_source import AudioSource
from utils.data.files_below import leads_out
from utils.data.label_rules import PEOPLE_CAN_LABEL
from utils.data.source import DataSource, SourceRequest, sources
from utils.errors import DataError

_HOW_TO_GET = (
    "Write one: a first line path,label (and group, where recordings belong together), then a line for each recording, "
    "its path relative to the table."
)


@sources.register("audio_csv")
def audio_csv(request: SourceRequest) -> DataSource:
    """Any recordings, listed in a CSV with the columns path, label and optionally group; the CSV itself or its folder.

    Where people label, the column label may be empty in some rows or in all.
    """
    named = request.folder.suffix.lower() == ".csv" and not request.folder.is_dir()
    layout = AudioLayout(
        partial(_find, table=request.folder.name if named else None, gaps=request.unlabelled),
        expected="one CSV with the columns path and label",
        how_to_get=_HOW_TO_GET,
        numbers=True,
    )
    folder = request.folder.parent if named else request.folder
    return AudioSource(dataclasses.replace(request, folder=folder), layout)


def _find(folder: Path, table: str | None, *, gaps: bool) -> tuple[Sequence[Recording], tuple[str, ...]]:
    path = folder / table if table else _only_table(folder)
    if not path.is_file():
        raise DataError(
            f"{path}: there is no such file; one CSV with the columns path and label is expected there. {_HOW_TO_GET}"
        )
    recordings = []
    first_row: dict[str, int] = {}
    for line, row in read_table(path, ("path", "label"), ("group",), ("label",)):
        place = f"{path}: row {line}, column 'label'"
        if not row["label"] and not gaps:
            raise DataError(f"{place}: is empty; fill it in, delete the row, or {PEOPLE_CAN_LABEL}")
        name = _checked(folder, row["path"], f"{path}: row {line}, column 'path'")
        if first_row.setdefault(name, line) != line:
            raise DataError(
                f"{path}: row {line}, column 'path': {row['path']!r} stands in row {first_row[name]} already; delete one"
            )
        groups = {"group": row["group"] or name} if "group" in row else {}
        recordings.append(Recording(name, row["label"], groups, place=place))
    return recordings, class_order({recording.label for recording in recordings} - {""})


def _only_table(folder: Path) -> Path:
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv" and not path.name.startswith("."))
    if len(found) != 1:
        received = ", ".join(path.name for path in found) or "none"
        raise DataError(
            f"{folder}: expected exactly one CSV with the columns path and label, received {received}; set data_dir to the CSV "
            f"itself. {_HOW_TO_GET}"
        )
    return found[0]


def _checked(folder: Path, text: str, where: str) -> str:
    """The path `text` in its plainest form, relative to `folder`, after a look at what it leads to."""
    name = PurePosixPath(text)
    if name.is_absolute() or ".." in name.parts or not text.isprintable():
        raise DataError(f"{where}: {text!r} leads out of {folder}; expected a path below it, without '..'; move the file there")
    if not reading.is_file(folder / name):
        raise DataError(f"{where}: there is no file {folder / name}; correct the path, or delete the row")
    if leads_out(folder, text):
        raise DataError(f"{where}: {text!r} leads out of {folder} through a symbolic link; put the file itself there")
    return str(name)
