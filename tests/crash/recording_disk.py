"""A stand-in for the system calls of utils/files.py that notes each of them, with its data, and what libraries wrote."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tests.crash.faulty_disk import path_of
from utils import files


@dataclass(frozen=True)
class Operation:
    """One change of the disk.

    Attributes:
        kind: make_folder, create, append, content (all of a file, written by a library), truncate, replace, remove,
            remove_tree, sync, or acknowledged: here the caller of `append_line` was told that its line is on the disk.
        path: below the folder that is recorded.
        data: appended, or the content.
        target: of a replacement.
        size: left by a truncation.
    """

    kind: str
    path: str
    data: bytes = b""
    target: str = ""
    size: int = 0


class RecordingDisk(files._OperatingSystem):
    """Does everything, and keeps a note of all that happens below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._contents: dict[str, bytes] = {}
        self.operations: list[Operation] = []

    def make_folder(self, path: Path) -> None:
        existed = path.exists()
        super().make_folder(path)
        if not existed:
            self._note("make_folder", path)

    def open(self, path: Path, flags: int, mode: int) -> int:
        existed = path.exists()
        descriptor = super().open(path, flags, mode)
        if not existed:
            self._note("create", path)
        if flags & os.O_TRUNC and existed:
            self._note("truncate", path)
        return descriptor

    def write(self, descriptor: int, data: bytes) -> None:
        super().write(descriptor, data)
        self._note("append", path_of(descriptor), data=bytes(data))

    def sync(self, descriptor: int) -> None:
        """Syncs nothing: no power is lost here."""
        path = path_of(descriptor)
        if path.is_file():
            content = path.read_bytes()
            if content != self._contents.get(self._name(path), b""):
                self._note("content", path, data=content)
        self._note("sync", path)

    def replace(self, source: Path, target: Path) -> None:
        super().replace(source, target)
        self._note("replace", source, target=self._name(target))

    def remove(self, path: Path) -> None:
        existed = path.exists()
        super().remove(path)
        if existed:
            self._note("remove", path)

    def remove_tree(self, folder: Path) -> None:
        super().remove_tree(folder)
        self._note("remove_tree", folder)

    def truncate(self, descriptor: int, size: int) -> None:
        super().truncate(descriptor, size)
        self._note("truncate", path_of(descriptor), size=size)

    def acknowledge(self, path: Path, line: bytes) -> None:
        """Who appended `line` to `path` was told that it is on the disk."""
        self._note("acknowledged", path, data=line + b"\n")

    def _name(self, path: Path) -> str:
        return str(path.resolve().relative_to(self._root))

    def _note(self, kind: str, path: Path, data: bytes = b"", target: str = "", size: int = 0) -> None:
        if not path.resolve().is_relative_to(self._root):
            return
        name, known = self._name(path), self._contents
        if kind == "append":
            known[name] = known.get(name, b"") + data
        elif kind == "content":
            known[name] = data
        elif kind == "truncate":
            known[name] = known.get(name, b"")[:size]
        elif kind == "replace":
            known[target] = known.pop(name, b"")
        elif kind == "remove":
            known.pop(name, None)
        self.operations.append(Operation(kind, name, data, target, size))
