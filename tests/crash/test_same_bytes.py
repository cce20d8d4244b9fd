"""G16: real runs in other surroundings; see tests/torture/same_bytes.py."""

from __future__ import annotations

from pathlib import Path

from tests.torture.same_bytes import one_core, same_bytes


def test_one_core_and_other_hashes_change_no_byte(tmp_path: Path) -> None:
    assert same_bytes(tmp_path, "keras", (one_core,), framework_type="random", max_round=1) > 10
