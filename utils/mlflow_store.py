"""Where MLflow may write on this machine: below `outputs/` alone, whatever the parameter file or an earlier store says."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from utils import files
from utils.errors import FolderInUseError, ParameterError

_SQLITE = re.compile(r"sqlite:///(outputs/[^?#%:]+)")
_ELSEWHERE = {
    "mlflow-artifacts", "http", "https", "s3", "r2", "b2", "gs", "wasbs", "abfss", "dbfs", "hdfs", "viewfs", "ftp", "sftp",
}  # fmt: skip
"""Schemes of stores that no file of this machine belongs to."""
_TRIES_TO_LOCK = 300
_WRITTEN_BESIDE = ("", "-wal", "-shm", "-journal")


def database_of(uri: str) -> Path:
    """The file of an SQLite database.

    Raises:
        ParameterError: it does not lie below `outputs/`.
    """
    found = _SQLITE.fullmatch(uri)
    if not found:
        raise ParameterError(
            f"mlflow_uri: received {uri!r}, a file outside outputs/, where nothing is written; expected "
            "sqlite:///outputs/…, or null for a local store beside the results"
        )
    path = Path(found[1])
    return files.safe_join(Path(path.parts[0]), *path.parts[1:])


def check_no_links(database: Path, artefacts: Path) -> None:
    """Raises ParameterError where a link lies in place of the database, or among the files of runs: it may lead elsewhere."""
    written = [database.with_name(f"{database.name}{end}") for end in _WRITTEN_BESIDE]
    for path in [*written, artefacts, *artefacts.rglob("*")]:
        if path.is_symlink() or (path.is_file() and path.stat().st_nlink > 1):
            raise ParameterError(f"{path} is a link, and what is written there may lie elsewhere; remove it")


def is_elsewhere(uri: str) -> bool:
    """Whether files that go to `uri` leave this machine, so that none of its own can be written over."""
    return urlsplit(uri).scheme in _ELSEWHERE


def check_artefacts(uri: str, expected: str) -> None:
    """Raises ParameterError where the files of a run would go to `uri`, which is not below the URI `expected`."""
    if not uri.startswith(f"{expected}/") or ".." in uri or "%2e" in uri.lower():
        raise ParameterError(
            f"the store has the files of this run in {uri}, expected in {expected}: it was moved or altered, and is made anew "
            "where it is removed; or it is a server that keeps no files, and takes them with --serve-artifacts"
        )


@contextlib.contextmanager
def waited_lock(path: Path) -> Iterator[None]:
    """Holds the lock `path`, for which it waits while another process does.

    Raises:
        FolderInUseError: the other process has it for more than a minute.
    """
    with contextlib.ExitStack() as stack:
        for tries_left in reversed(range(_TRIES_TO_LOCK)):
            try:
                stack.enter_context(files.locked(path, f"process {os.getpid()}"))
                break
            except FolderInUseError:
                if not tries_left:
                    raise
        yield
