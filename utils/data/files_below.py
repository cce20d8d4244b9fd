"""Which files of a kind lie in and below a folder."""

from __future__ import annotations

import os
from pathlib import Path

from utils.errors import DataError


def files_below(folder: Path, suffixes: tuple[str, ...]) -> list[str]:
    """Paths of the files in and below `folder` whose names end in `suffixes` (in lower case), relative to it, sorted.

    Hidden files and folders are passed over.

    Raises:
        DataError: the name of a file or folder is not UTF-8, so that no table or page could name it.
    """
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        chosen = [name for name in names if name.lower().endswith(suffixes) and not name.startswith(".")]
        found += [Path(parent, name).relative_to(folder).as_posix() for name in chosen]
    for name in found:
        check_utf8(folder, name)
    return sorted(found)


def check_utf8(folder: Path, name: str) -> None:
    """Raises DataError where the path `name` below `folder` is not UTF-8, so that no table or page could name it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(name).decode("utf-8", "backslashreplace")
        raise DataError(
            f"{folder}: the name of the file '{shown}' is not UTF-8, so that no table and no page can tell it; rename it, "
            "such as by convmv -f latin1 -t utf8 --notest"
        ) from None
