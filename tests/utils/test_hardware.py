"""What is told of the machine, against what its files say; and the limits of control groups of either version."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from utils import hardware as module
from utils.hardware import available_memory, hardware

GIB = 2**30


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of 64 GiB, 40 of them free, without control groups."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=64 * GIB, available=40 * GIB))
    for name, path in {"_PROCESSOR": "cpuinfo", "_OWN_GROUPS": "own", "_GROUPS": "cgroup"}.items():
        monkeypatch.setattr(module, name, tmp_path / path)
    return tmp_path


def limit(folder: Path, version: int, most: int | str, used: int, cached: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = {
        2: ("memory.max", "memory.current", "inactive_file"),
        1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    }
    for name, value in zip(names[version][:2], (most, used), strict=True):
        (folder / name).write_text(f"{value}\n", encoding="utf-8")
    (folder / "memory.stat").write_text(f"anon 1\n{names[version][2]} {cached}\nslab 2\n", encoding="utf-8")


def test_it_tells_of_this_machine_what_a_record_may_hold() -> None:
    told = hardware("NVIDIA H200, NVIDIA L4")
    assert list(told) == ["processor", "cores", "memory_gib", "gpus"]
    assert told["cores"] == len(os.sched_getaffinity(0))
    assert 0 < told["memory_gib"] <= round(psutil.virtual_memory().total / GIB)
    assert told["gpus"] == ["NVIDIA H200", "NVIDIA L4"]
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize("device", [None, "CPU", "cpu", ""])
def test_without_a_graphics_processor_it_names_none(device: str | None) -> None:
    assert hardware(device)["gpus"] == []


def test_the_processor_is_named_as_the_kernel_names_it(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "cpuinfo").write_text("processor\t: 0\nmodel\t\t: 7\nmodel name\t: Some: CPU @ 2 GHz\n", encoding="utf-8")
    assert hardware()["processor"] == "Some: CPU @ 2 GHz"
    (machine / "cpuinfo").write_text("processor\t: 0\nBogoMIPS\t: 50.00\n", encoding="utf-8")
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert hardware()["processor"] == "aarch64"
    (machine / "cpuinfo").unlink()
    monkeypatch.setattr(platform, "processor", lambda: "arm")
    assert hardware()["processor"] == "arm"


def test_without_control_groups_what_the_machine_has_free_is_available(machine: Path) -> None:
    assert available_memory() == 40 * GIB
    assert hardware()["memory_gib"] == 64


def test_a_group_of_version_2_limits_it(machine: Path) -> None:
    (machine / "own").write_text("0::/user/job\n", encoding="utf-8")
    limit(machine / "cgroup/user/job", 2, 8 * GIB, 3 * GIB)
    assert available_memory() == 5 * GIB
    assert hardware()["memory_gib"] == 8


def test_so_does_the_group_around_it(machine: Path) -> None:
    (machine / "own").write_text("0::/user/job\n", encoding="utf-8")
    limit(machine / "cgroup/user/job", 2, "max", 3 * GIB)
    limit(machine / "cgroup/user", 2, 10 * GIB, 8 * GIB)
    assert available_memory() == 2 * GIB


def test_copies_of_files_give_way(machine: Path) -> None:
    (machine / "own").write_text("0::/job\n", encoding="utf-8")
    limit(machine / "cgroup/job", 2, 8 * GIB, 8 * GIB, cached=6 * GIB)
    assert available_memory() == 6 * GIB


def test_a_group_of_version_1_limits_it_where_a_container_shows_it_as_the_root(machine: Path) -> None:
    (machine / "own").write_text("9:name=systemd:/\n4:memory,hugetlb:/docker/0a:b1\n0::/\n", encoding="utf-8")
    limit(machine / "cgroup/memory", 1, 4 * GIB, 2 * GIB, cached=GIB)
    assert available_memory() == 3 * GIB


def test_a_limit_above_what_the_machine_has_is_none(machine: Path) -> None:
    (machine / "own").write_text("4:memory:/\n", encoding="utf-8")
    limit(machine / "cgroup/memory", 1, 9223372036854771712, GIB)
    assert available_memory() == 40 * GIB
    assert hardware()["memory_gib"] == 64


def test_what_is_used_up_is_not_less_than_nothing(machine: Path) -> None:
    (machine / "own").write_text("0::/\n", encoding="utf-8")
    limit(machine / "cgroup", 2, GIB, 2 * GIB)
    assert available_memory() == 0
