"""Which files of a kind lie in and below a folder; for a data set none that a link brings in from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from utils.errors import DataError


def files_below(folder: Path, suffixes: tuple[str, ...], inner: str = "") -> list[str]:
    """Paths, relative to `folder` and sorted, of the files in and below its folder `inner` whose names end in `suffixes`.

    The suffixes are in lower case. Hidden files and folders are passed over.

    Raises:
        DataError: the name of a file or folder is not UTF-8, so that no table or page could name it, or a file is a link that
            leads out of `folder`.
    """
    found = names_below(folder, suffixes, inner)
    for name in found:
        check_utf8(folder, name)
        check_inside(folder, name)
    return found


def names_below(folder: Path, suffixes: tuple[str, ...], inner: str = "") -> list[str]:
    """As `files_below`, whatever a name is made of and leads to; folders that cannot be read are passed over as empty ones."""
    entries = entries_below(folder, inner, skip_unreadable=True)
    chosen = ((name, entry) for name, entry in entries if entry.name.lower().endswith(suffixes))
    return sorted(name for name, entry in chosen if not (entry.is_symlink() and Path(entry.path).is_dir()))


def folders_in(folder: Path, inner: str = "") -> list[str]:
    """Names of the folders in the folder `inner` of `folder`, sorted, without the hidden ones.

    Raises:
        DataError: one is a link that leads out of `folder`.
    """
    found = sorted(path.name for path in (folder / inner).iterdir() if path.is_dir() and not path.name.startswith("."))
    for name in found:
        check_inside(folder, f"{inner}/{name}" if inner else name)
    return found


def entries_below(folder: Path, inner: str = "", *, skip_unreadable: bool = False) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """(path relative to `folder`, entry) of all in and below its folder `inner` but folders and what is hidden.

    Links to folders are entries, too, and are not followed. No depth is too great: what waits is kept in a list.

    Raises:
        DataError: a folder cannot be read, unless they are skipped.
    """
    waiting = [inner]
    while waiting:
        parent = waiting.pop()
        try:
            with os.scandir(folder / parent) as listed:
                entries = [entry for entry in listed if not entry.name.startswith(".")]
        except OSError as error:
            if skip_unreadable:
                continue
            raise DataError(
                f"{folder / parent}: the folder cannot be read ({error.strerror}); make it readable, or move it away"
            ) from None
        for entry in entries:
            name = f"{parent}/{entry.name}" if parent else entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append(name)
            else:
                yield name, entry


def check_inside(folder: Path, name: str) -> None:
    """Raises DataError where `name` in or below `folder` is a link that leads out of it: a set could so show any file."""
    path = folder / name
    if path.is_symlink() and leads_out(folder, name):
        raise DataError(f"{path}: leads out of {folder} through a symbolic link; put the file itself there")


def leads_out(folder: Path, name: str) -> bool:
    """Whether the path `name` leads out of `folder`, which may be a link itself; one that leads to itself does not."""
    return not Path(os.path.realpath(folder / name)).is_relative_to(os.path.realpath(folder))


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
