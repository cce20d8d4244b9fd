"""What a machine is and what it has to give: for the record of a run, and for how many runs may share its memory.

In a container or under a batch system the machine has more memory than a process may use; what counts is the tightest limit
of the control groups that the process is in. No name of a host and no path is told, so that results can be passed on.
"""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from utils.errors import MemoryShortError

_PROCESSOR = Path("/proc/cpuinfo")
_OWN_GROUPS = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")
_GIB = 2**30
_FILES = {2: ("memory.max", "memory.current"), 1: ("memory.limit_in_bytes", "memory.usage_in_bytes")}
"""Limit and use in bytes, by the version of the control groups."""
_CACHES = {2: "inactive_file", 1: "total_inactive_file"}
"""Copies of files that count as used and give way at once when memory is asked for; a line of memory.stat."""


def hardware(device: str | None = None) -> dict[str, Any]:
    """The machine as this process may use it.

    Args:
        device: what the environment of a run tells of it: names of graphics processors with ", " between them, or "CPU".

    Returns:
        "processor", its name; "cores", those that this process may use; "memory_gib", in whole GiB; "gpus", a list of names.
    """
    from utils.data.audio_extraction import core_count

    names = device.split(", ") if device else []
    return {
        "processor": _processor(),
        "cores": core_count(),
        "memory_gib": round(all_memory() / _GIB),
        "gpus": [name for name in names if name.upper() != "CPU"],
    }


def all_memory() -> int:
    """Bytes that this process could take if there were no other: what is there, or less where a control group limits it."""
    import psutil

    return min([psutil.virtual_memory().total, *(limit for limit, _ in _limits())])


def available_memory() -> int:
    """Bytes that new processes can take before something is killed: what is free, or less where a control group limits it."""
    import psutil

    return max(0, min([psutil.virtual_memory().available, *(limit - used for limit, used in _limits())]))


def refuse_beyond_memory(needed: int, what: str, advice: str) -> None:
    """Raises MemoryShortError where the `needed` bytes for `what` are more than there can ever be; says so with the `advice`.

    The system would grant them, and then end the process, or stand still, while they are filled.
    """
    there = all_memory()
    if needed > there:
        raise MemoryShortError(f"{what} need {needed / _GIB:,.1f} GiB of memory, and there are {there / _GIB:,.1f}; {advice}")


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in _PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name" and value.strip():
                return value.strip()
    return platform.processor() or platform.machine()


def _limits() -> Iterator[tuple[int, int]]:
    """Limit and use, in bytes, of each control group of this process and of those around it that have a limit."""
    try:
        lines = _OWN_GROUPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        number, controllers, group = line.split(":", 2)
        if number == "0":
            yield from _limits_around(_GROUPS, group, 2)
        elif "memory" in controllers.split(","):
            yield from _limits_around(_GROUPS / "memory", group, 1)


def _limits_around(root: Path, group: str, version: int) -> Iterator[tuple[int, int]]:
    """Those of the `group` below `root`; inside a container its own folder may be the root, and the path lead nowhere."""
    folder = root / group.lstrip("/")
    for place in (folder, *(parent for parent in folder.parents if parent.is_relative_to(root))):
        with contextlib.suppress(OSError, ValueError):  # no such group, or "max": no limit
            limit, used = (int((place / name).read_text(encoding="utf-8")) for name in _FILES[version])
            yield limit, used - _cache(place, version)


def _cache(folder: Path, version: int) -> int:
    for line in (folder / "memory.stat").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(" ")
        if name == _CACHES[version]:
            return int(value)
    return 0
