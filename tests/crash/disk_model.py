"""What may lie on a disk after any part of recorded operations: once the process is killed, and once power is lost.

A killed process loses nothing that it did. When power is lost, what was not synced may be there wholly, partly or not at
all: of a file the bytes since its last sync, of a folder the names that were created, replaced or removed since its own. Names
are lost independently of one another, which is more than a journalling file system does, so nothing leans on its order.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tests.crash.recording_disk import Operation

State = dict[str, bytes | None]
"""Path → content; None for a folder."""
_SECTOR = 512


@dataclass(eq=False)
class _File:
    """A file, which may have any number of names.

    Attributes:
        durable: content at its last sync.
        current: content.
        appended_only: whether all that happened since is that it grew.
    """

    durable: bytes = b""
    current: bytes = b""
    appended_only: bool = True


_Entry = _File | str | None
"""What a name stands for: a file, "folder", or nothing."""


@dataclass
class DiskModel:
    """A disk that operations are applied to, one by one."""

    names: dict[str, _Entry] = field(default_factory=dict)
    """As every process sees them."""
    _durable: dict[str, _Entry] = field(default_factory=dict)
    _since: dict[str, list[_Entry]] = field(default_factory=dict)
    """What each name stood for since its folder was last synced."""

    @classmethod
    def of(cls, folder: Path) -> DiskModel:
        """A disk on which all that lies in `folder` is synced."""
        return cls.holding(state_of(folder))

    @classmethod
    def holding(cls, state: State) -> DiskModel:
        """A disk with `state`, all of it synced."""
        model = cls()
        model.names = {name: "folder" if content is None else _File(content, content) for name, content in state.items()}
        model._durable = dict(model.names)
        return model

    def apply(self, operation: Operation) -> None:
        """Does what the operation does."""
        path, entry = operation.path, self.names.get(operation.path)
        if operation.kind == "make_folder":
            self._set(path, "folder")
        elif operation.kind == "create":
            self._set(path, _File())
        elif operation.kind in {"append", "content", "truncate"}:
            self._change(path, operation)
        elif operation.kind == "replace":
            self._set(operation.target, entry)
            self._set(path, None)
        elif operation.kind == "remove":
            self._set(path, None)
        elif operation.kind == "remove_tree":
            for name in [name for name in self.names if name == path or name.startswith(f"{path}/")]:
                self._set(name, None)
        elif operation.kind == "sync" and isinstance(entry, _File):
            entry.durable, entry.appended_only = entry.current, True
        elif operation.kind == "sync":
            self._sync_folder(path)

    def killed(self) -> State:
        """What lies there for the next process."""
        return _reachable({name: _content(entry) for name, entry in self.names.items() if entry is not None})

    def halfway(self, operation: Operation) -> State:
        """The same, where the process is killed in the midst of the next operation, an append or a library's writing."""
        state = self.killed()
        half = operation.data[: len(operation.data) // 2]
        state[operation.path] = (state.get(operation.path) or b"") + half if operation.kind == "append" else half
        return _reachable(state)

    def without_power(self, *, kept: bool) -> State:
        """What lies there when power is lost: nothing that was not synced, or all of it (`kept`)."""
        place = -1 if kept else 0
        return self._lost(lambda choices: choices[place], lambda file: file.current if kept else file.durable)

    def without_power_at_random(self, rng: random.Random) -> State:
        """What may lie there when power is lost, drawn at random."""
        return self._lost(rng.choice, lambda file: _torn(file, rng))

    def _lost(self, choose: Callable[[Sequence[_Entry]], _Entry], content: Callable[[_File], bytes]) -> State:
        state: State = {}
        for name in sorted({*self._durable, *self._since}):
            entry = choose([self._durable.get(name), *self._since.get(name, [])])
            if entry is not None:
                state[name] = content(entry) if isinstance(entry, _File) else None
        return _reachable(state)

    def _change(self, path: str, operation: Operation) -> None:
        file = self.names.get(path)
        if not isinstance(file, _File):
            file = _File()
            self._set(path, file)
        if operation.kind == "append":
            file.current += operation.data
        elif operation.kind == "content":
            file.current = operation.data
        else:
            file.current = file.current[: operation.size]
        file.appended_only &= file.current.startswith(file.durable)

    def _set(self, name: str, entry: _Entry) -> None:
        self.names[name] = entry
        self._since.setdefault(name, []).append(entry)

    def _sync_folder(self, path: str) -> None:
        for name in [name for name in self._since if str(PurePosixPath(name).parent) == path]:
            self._durable[name] = self.names[name]
            del self._since[name]


def state_of(folder: Path) -> State:
    """What lies in `folder`."""
    paths = sorted(folder.rglob("*"))
    return {str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes() for path in paths}


def lay_out(state: State, folder: Path) -> None:
    """Makes `folder` hold `state` and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in sorted(state.items()):
        if content is None:
            (folder / name).mkdir(parents=True, exist_ok=True)
        else:
            (folder / name).write_bytes(content)


def fingerprint(state: State) -> int:
    """Equal for states that differ in nothing but the names of temporary files."""
    return hash(frozenset((re.sub(r"\.tmp-[0-9a-f]+-", ".tmp-", name), content) for name, content in state.items()))


def _content(entry: _Entry) -> bytes | None:
    return entry.current if isinstance(entry, _File) else None


def _reachable(state: State) -> State:
    """Without what lies in folders that are not there."""
    there: State = {}
    for name in sorted(state, key=lambda name: name.count("/")):
        folder = name.rpartition("/")[0]
        if not folder or there.get(folder, b"") is None:
            there[name] = state[name]
    return there


def _torn(file: _File, rng: random.Random) -> bytes:
    """Some of what was written since the last sync: the beginning of it, or its length with some sectors full of zeros."""
    if not file.appended_only:
        return rng.choice([file.durable, file.current, file.current[: rng.randint(0, len(file.current))]])
    start, new = len(file.durable), bytearray(file.current[len(file.durable) :])
    way = rng.randrange(3)
    if way == 0:
        return file.durable + bytes(new[: rng.randint(0, len(new))])
    if way == 1:
        for sector in range(start // _SECTOR, (start + len(new)) // _SECTOR + 1):
            if rng.random() < 0.5:
                first, last = max(0, sector * _SECTOR - start), min(len(new), (sector + 1) * _SECTOR - start)
                new[first:last] = bytes(last - first)
    return file.durable + bytes(new)
