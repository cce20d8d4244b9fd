"""The only module that opens files for writing.

A file is replaced as a whole (temporary file, fsync, rename, fsync of the folder) or grows by whole synced lines, so a
crash leaves either the old content or the new one. Disk faults come out as `DiskError` with the path and the free space.
Readers live elsewhere; writers have no other door, which is what lets the crash tests reach every write through `_os`.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from utils.errors import DiskError, FolderGoneError, FolderInUseError, ParameterError
from utils.signals import Stopped

_DISK_FAULTS = {errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}
_NO_FILES = {errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY, errno.ELOOP}
_TEMPORARY_PREFIX = ".tmp-"
_MAX_NAME_BYTES = 200
_MAX_PATH_BYTES = 1000
_LOCK_TRIES = 10
_SECONDS_BETWEEN_TRIES = 0.02


class _OperatingSystem:
    """The system calls that change the disk, in one place so that tests can fail any of them."""

    def make_folder(self, path: Path) -> None:
        path.mkdir(exist_ok=True)

    def open(self, path: Path, flags: int, mode: int) -> int:
        return os.open(path, flags, mode)

    def write(self, descriptor: int, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        source.replace(target)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def remove_tree(self, folder: Path) -> None:
        shutil.rmtree(folder)

    def truncate(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)


_os = _OperatingSystem()
_locks: dict[int, Path] = {}
"""Descriptor → lock file, of the folders in which this process alone writes."""


def safe_join(root: Path, *names: str) -> Path:
    """Joins plain names onto `root` and refuses every path that would leave it, through `..`, a root or a symbolic link.

    Raises:
        ParameterError: a name is empty, absolute, too long, holds `..` or NUL, or leads elsewhere.
    """
    path = root
    for name in names:
        if len(name.encode(errors="replace")) > _MAX_PATH_BYTES:
            raise ParameterError(f"{name[:40]!r}… is too long for a folder: at most {_MAX_PATH_BYTES} bytes")
        for part in name.split("/"):
            if not part or part != part.strip(" .") or not part.isprintable():
                raise ParameterError(
                    f"{name!r} is no folder name below {root.name}/: use plain names without '..' or spaces at an end"
                )
            if not _can_be_encoded(part):
                raise ParameterError(
                    f"{part!r} cannot be written as the name of a folder here, in {sys.getfilesystemencoding()}: use plain "
                    "letters, or set PYTHONUTF8=1"
                )
            if len(part.encode()) > _MAX_NAME_BYTES:
                raise ParameterError(f"{part[:40]!r}… is too long for a folder name: at most {_MAX_NAME_BYTES} bytes")
            path = path / part
    if _leads_to_itself(path):
        raise ParameterError(f"{path} leads nowhere: a symbolic link on the way points to itself; remove it")
    if not path.resolve().is_relative_to(root.resolve()):
        raise ParameterError(f"{path} leads out of {root}: a symbolic link on the way points elsewhere; remove it")
    return path


def _can_be_encoded(name: str) -> bool:
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return True


def _leads_to_itself(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def make_folder(path: Path) -> Path:
    """Creates `path` and its parents, each synced into its parent, and returns it.

    One that is there and empty may be what a killed process created and did not sync any more.
    """
    with _writing(path):
        _make_folder(path)
    return path


def _make_folder(path: Path) -> None:
    _refuse_linked(path)
    occupied = next((place for place in (path, *path.parents) if place.exists() and not place.is_dir()), None)
    if occupied:
        raise ParameterError(f"{occupied} is a file where a folder is needed: move it away, or choose another name")
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    if not any(there.iterdir()):
        _sync_folder(there.parent)
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        _os.make_folder(folder)
        _sync_folder(folder.parent)


def write_bytes(path: Path, data: bytes, *, is_secret: bool = False) -> None:
    """Replaces the content of `path` by `data`, all or nothing; a secret can be read by its owner alone."""
    with (
        replacing(path) as temporary,
        _opened(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if is_secret else 0o644) as descriptor,
    ):
        _os.write(descriptor, data)


def write_text(path: Path, text: str) -> None:
    """Replaces the content of `path` by `text` in UTF-8, all or nothing."""
    write_bytes(path, text.encode())


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Hands out a temporary path beside `path` for a library to write to; on success it becomes `path`, all or nothing."""
    make_folder(path.parent)
    temporary = path.with_name(f"{_TEMPORARY_PREFIX}{secrets.token_hex(4)}-{path.name}")
    with _writing(path):
        try:
            yield temporary
            with _opened(temporary, os.O_RDONLY) as descriptor:
                _os.sync(descriptor)
            _os.replace(temporary, path)
        except (Exception, Stopped):
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Appends `line` and a newline to `path` and returns once they are on the disk.

    The folder is synced each time: who created the file may have been killed before he did.
    """
    with _writing(path):
        with _opened_in_place(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND) as descriptor:
            _os.write(descriptor, line + b"\n")
            _os.sync(descriptor)
        _sync_folder(path.parent)


def cut_file(path: Path, size: int) -> None:
    """Cuts `path` to its first `size` bytes; used to drop a half-written last line."""
    with _writing(path), _opened_in_place(path, os.O_WRONLY) as descriptor:
        _os.truncate(descriptor, size)
        _os.sync(descriptor)


def remove(path: Path, *, for_good: bool = False) -> None:
    """Removes the file `path` if it is there; `for_good`: after a loss of power it is not there again either."""
    with _writing(path):
        _os.remove(path)
        if for_good and path.parent.is_dir():
            _sync_folder(path.parent)


def remove_temporaries(folder: Path, name: str = "*") -> None:
    """Removes what killed processes left half-written in `folder` of files called `name`; no other process may write them."""
    for leftover in folder.glob(f"{_TEMPORARY_PREFIX}*-{name}"):
        remove(leftover)


def remove_tree(folder: Path) -> None:
    """Removes `folder` with all that is in it: no link, and nothing that the run could not make anew or was told to remove."""
    with _writing(folder):
        _os.remove_tree(folder)


@contextlib.contextmanager
def locked(path: Path, holder: str, *, whole_folder: bool = False) -> Iterator[None]:
    """Holds the exclusive lock of the file `path` and writes `holder` into it; the lock dies with the process.

    With `whole_folder` it is that of all that lies beside and below it, where this process writes nothing any more once the
    folder was moved or removed with the lock: another process may work in a new one at its place.

    Raises:
        FolderInUseError: another process holds it; the message names that process.
        FolderGoneError: the folder was moved or removed.
    """
    with contextlib.ExitStack() as stack:
        with _disk_faults(path):
            _make_folder(path.parent)
            descriptor = stack.enter_context(_opened_in_place(path, os.O_RDWR | os.O_CREAT))
            _lock(descriptor, path)
            _os.truncate(descriptor, 0)
            _os.write(descriptor, holder.encode())
        if whole_folder:
            stack.enter_context(_there(path, descriptor))
        yield


@contextlib.contextmanager
def _there(lock: Path, descriptor: int) -> Iterator[None]:
    """Lets writers refuse to write where the lock file no longer lies; what goes wrong meanwhile goes wrong for that reason."""
    _locks[descriptor] = lock
    try:
        yield
    except Exception:
        with contextlib.suppress(OSError):
            _check_there(lock, descriptor)
        raise
    finally:
        del _locks[descriptor]


def _check_there(lock: Path, descriptor: int) -> None:
    """Raises FolderGoneError where the file that this process locked is not the one at its path any more."""
    if not _is_at(lock, descriptor):
        raise FolderGoneError(
            f"{lock.parent} was moved or removed while this process worked in it ({lock.name} there is not the file that was "
            "locked), and nothing more is written there; give the same command again"
        )


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except (FileNotFoundError, NotADirectoryError):
        return False


@contextlib.contextmanager
def kept(folder: Path) -> Iterator[None]:
    """Holds the lock of `folder` itself, which nobody can remove while it is held as a file in there; not over a network.

    Raises:
        FolderInUseError: another process holds it.
    """
    with _opened(folder, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError(
                f"{folder} is in use by a process whose lock file was removed from it: wait for its end, or give this run "
                "another run_name"
            ) from None
        except OSError:  # network file systems lock no folders
            pass
        yield


def check_unlocked(path: Path) -> None:
    """Raises FolderInUseError when another process holds the lock of the file `path`, ParameterError where it is no file.

    Raises DiskError where nobody may look.
    """
    with _disk_faults(path):
        if path.exists():
            if not path.is_file():
                raise _not_its_own(path)
            with _opened(path, os.O_RDONLY | os.O_NONBLOCK) as descriptor:
                _lock(descriptor, path, fcntl.LOCK_SH)


def _lock(descriptor: int, path: Path, kind: int = fcntl.LOCK_EX) -> None:
    """Takes the lock, with some patience: another process that only checks holds it for an instant."""
    for _ in range(_LOCK_TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return
        time.sleep(_SECONDS_BETWEEN_TRIES)
    holder = os.read(descriptor, 200).decode(errors="replace").strip() or "another process"
    raise FolderInUseError(f"{path.parent} is in use by {holder}: wait for it, or give this run another run_name")


def open_to_read(folder: Path, name: str) -> int | None:
    """A descriptor, which the caller closes, of the plain file `name` in `folder`; None where no such file can be read.

    A symbolic link in place of either is not followed, and for a pipe nobody waits.
    """
    with contextlib.suppress(OSError), _opened(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW) as place:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(name, flags, dir_fd=place)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
    return None


@contextlib.contextmanager
def _opened(path: Path, flags: int, mode: int = 0o644) -> Iterator[int]:
    descriptor = _os.open(path, flags, mode)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _opened_in_place(path: Path, flags: int) -> Iterator[int]:
    """A descriptor of a file that is changed where it lies, so it has to be a plain one with no other name elsewhere.

    Raises:
        ParameterError: it is a symbolic or a hard link, or no file; or its folder is a symbolic link.
    """
    _refuse_linked(path.parent)
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(_opened(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK))
            about = os.fstat(descriptor)
            is_own = stat.S_ISREG(about.st_mode) and about.st_nlink <= 1
        except OSError as error:
            if error.errno not in {errno.ELOOP, errno.ENXIO, errno.EISDIR}:
                raise
            is_own = False
        if not is_own:
            raise _not_its_own(path)
        yield descriptor


def _not_its_own(path: Path) -> ParameterError:
    return ParameterError(f"{path} is a link, or no file at all: what is written there may lie elsewhere; remove it")


def _refuse_linked(folder: Path) -> None:
    if folder.is_symlink():
        raise ParameterError(f"{folder} is a symbolic link, and what is written there would lie elsewhere; remove it")


def _sync_folder(folder: Path) -> None:
    with _opened(folder, os.O_RDONLY) as descriptor:
        _os.sync(descriptor)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    with _disk_faults(path):
        for descriptor, lock in list(_locks.items()):
            if path.is_relative_to(lock.parent):
                _check_there(lock, descriptor)
        yield


@contextlib.contextmanager
def _disk_faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_FILES:
            raise ParameterError(f"{path} is a folder where a file is needed, or leads to none: move it away") from None
        if error.errno not in _DISK_FAULTS:
            raise
        raise DiskError(
            f"{path}: {os.strerror(error.errno)}, {_free_at(path):,} bytes free; "
            "what was committed is intact: make room, then run the same command again"
        ) from error


def _free_at(path: Path) -> int:
    for folder in path.parents:
        with contextlib.suppress(PermissionError):
            if folder.exists():
                return shutil.disk_usage(folder).free
    return 0
