"""A stand-in for the system calls of utils/files.py that fails at a chosen operation, having done half of it."""

from __future__ import annotations

from pathlib import Path

from utils import files


class Crash(BaseException):
    """The process dies here: nothing below may catch it."""


class FaultyDisk(files._OperatingSystem):
    """Counts operations; at number `fatal` it does half of it, or all of it, and raises `fault`."""

    def __init__(self, fatal: int | None = None, fault: BaseException | None = None, completes: bool = False) -> None:
        self.count = 0
        self.fatal = fatal
        self.fault = fault or Crash()
        self.completes = completes

    def _step(self) -> bool:
        """Whether this operation is the fatal one."""
        self.count += 1
        return self.count - 1 == self.fatal

    def make_folder(self, path: Path) -> None:
        fatal = self._step()
        if not fatal or self.completes:
            super().make_folder(path)
        self._fail(fatal)

    def write(self, descriptor: int, data: bytes) -> None:
        fatal = self._step()
        super().write(descriptor, data[: len(data) // 2] if fatal and not self.completes else data)
        self._fail(fatal)

    def sync(self, descriptor: int) -> None:
        self._fail(self._step())

    def replace(self, source: Path, target: Path) -> None:
        fatal = self._step()
        if not fatal or self.completes:
            super().replace(source, target)
        self._fail(fatal)

    def remove(self, path: Path) -> None:
        fatal = self._step()
        if not fatal or self.completes:
            super().remove(path)
        self._fail(fatal)

    def truncate(self, descriptor: int, size: int) -> None:
        fatal = self._step()
        if not fatal or self.completes:
            super().truncate(descriptor, size)
        self._fail(fatal)

    def _fail(self, fatal: bool) -> None:
        if fatal:
            raise self.fault
