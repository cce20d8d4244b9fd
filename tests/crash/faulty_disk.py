"""A stand-in for the system calls of utils/files.py that fails at a chosen operation, having done half of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from utils import files

_OF_WRITERS = {"contextlib", "utils.files", "tests.crash.recording"}


class Unsynced(files._OperatingSystem):
    """The system's own calls, but that it waits for no disk: no power is lost in tests."""

    def sync(self, descriptor: int) -> None:
        """Nothing."""


_SYSTEM = Unsynced()


class Crash(BaseException):
    """The process dies here: nothing below may catch it."""


class FaultyDisk(files._OperatingSystem):
    """Counts operations; at number `fatal` it does half of it, or all of it, and raises `fault`.

    Attributes:
        count: operations so far.
        delivered: whether `fatal` was reached.
        sites: module and line of everything that wrote so far, as far as it is of the program.
    """

    def __init__(
        self,
        fatal: int | None = None,
        fault: BaseException | None = None,
        completes: bool = False,
        system: files._OperatingSystem = _SYSTEM,
    ) -> None:
        self.count = 0
        self.fatal = fatal
        self.fault = fault or Crash()
        self.completes = completes
        self.delivered = False
        self.sites: set[tuple[str, int]] = set()
        self._system = system

    def make_folder(self, path: Path) -> None:
        self._do(lambda: self._system.make_folder(path))

    def open(self, path: Path, flags: int, mode: int) -> int:
        """Counts where it may create something."""
        if not flags & os.O_CREAT:
            return self._system.open(path, flags, mode)
        opened: list[int] = []
        try:
            self._do(lambda: opened.append(self._system.open(path, flags, mode)))
        except BaseException:
            for descriptor in opened:
                os.close(descriptor)
            raise
        return opened[0]

    def write(self, descriptor: int, data: bytes) -> None:
        self._do(
            lambda: self._system.write(descriptor, data),
            lambda: self._system.write(descriptor, data[: len(data) // 2]),
        )

    def sync(self, descriptor: int) -> None:
        """Half of it: a library was still writing to the temporary file that it was given."""
        self._do(lambda: self._system.sync(descriptor), lambda: _halve_temporary(descriptor))

    def replace(self, source: Path, target: Path) -> None:
        self._do(lambda: self._system.replace(source, target))

    def remove(self, path: Path) -> None:
        self._do(lambda: self._system.remove(path))

    def remove_tree(self, folder: Path) -> None:
        """Half of it: half of the files are gone."""
        inside = sorted(path for path in folder.rglob("*") if path.is_file())
        self._do(
            lambda: self._system.remove_tree(folder),
            lambda: [self._system.remove(path) for path in inside[: len(inside) // 2]],
        )

    def truncate(self, descriptor: int, size: int) -> None:
        self._do(lambda: self._system.truncate(descriptor, size))

    def _do(self, whole: Callable[[], object], half: Callable[[], object] = lambda: None) -> None:
        self.sites |= _sites(sys._getframe(2))
        self.count += 1
        if self.count - 1 != self.fatal:
            whole()
            return
        self.delivered = True
        (whole if self.completes else half)()
        raise self.fault


def path_of(descriptor: int) -> Path:
    """Of an open file or folder."""
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def _halve_temporary(descriptor: int) -> None:
    path = path_of(descriptor)
    if path.name.startswith(files._TEMPORARY_PREFIX):
        os.truncate(path, path.stat().st_size // 2)


def _sites(frame: FrameType | None) -> set[tuple[str, int]]:
    """Who called utils/files.py: that frame alone."""
    while frame and frame.f_globals["__name__"] in _OF_WRITERS:
        frame = frame.f_back
    return {(frame.f_globals["__name__"], frame.f_lineno)} if frame else set()
