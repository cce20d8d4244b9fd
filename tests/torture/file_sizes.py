"""The same with a real limit on the size of files, which fails a write of the libraries themselves in its midst (G4)."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.fakes import results_of
from tests.torture.sweep import Sweep

ROOT = Path(__file__).parents[2]
LIMITS = (0, 100, 700, 3_000, 9_000, 20_000, 40_000, 80_000, 160_000)
"""Bytes: from where the first file fails, over weights and pictures, to where almost nothing does."""
_SAID = re.compile(
    r"\S.*: (File too large|No usable temporary .*), [\d,]+ bytes free.*; what was committed is intact: make room, .*\n"
)


def run_within(folder: Path, backend: str, limit: int | None = None, **changes: Any) -> tuple[int, str, str]:
    """Exit code, output and errors of a real run below `folder` whose files may have at most `limit` bytes."""
    params = {
        "sub_dir": "real", "dataset": "digits", "framework_type": "margin", "num_total": 200, "labeled_percent": 0.1,
        "num_select_per_round": 10, "max_round": 2, "num_epochs": 1, "pre_train": True, "checkpoint": "best", "threads": 1,
        "backend": backend, "model": "cnn", "model_params": {"filters": [4], "embedding_units": 8}, "tensorboard": True,
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / "params.json").write_text(json.dumps(params | changes), encoding="utf-8")
    command = [sys.executable, str(ROOT / "framework.py"), "--param_file=params.json"]

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, preexec_fn=limited, check=False, timeout=300)
    return done.returncode, done.stdout, done.stderr


def check_told(outcome: tuple[int, str, str], where: str) -> None:
    """Raises AssertionError where a run did not end as it should on a full disk."""
    code, _, errors = outcome
    assert (code, bool(_SAID.fullmatch(errors))) == (74, True), f"{where}: exit code {code}, said {errors[-2000:]}"


def fail_at_sizes(folder: Path, backend: str, limits: tuple[int, ...] = LIMITS) -> tuple[int, int]:
    """(failures, limits under which nothing failed); each time the run then goes on to the bytes of an undisturbed one."""
    folder.mkdir()
    undisturbed = run_within(folder / "undisturbed", backend)
    assert undisturbed[0] == 0, undisturbed[2]
    results = results_of(folder / "undisturbed" / "outputs")
    failed = 0
    for limit in limits:
        place, where = folder / str(limit), f"{backend}, at most {limit:,} bytes a file"
        outcome = run_within(place, backend, limit)
        if outcome[0] != 0:
            check_told(outcome, where)
            failed += 1
            code, _, errors = run_within(place, backend)
            assert code == 0, f"{where}: went on to {code}, {errors}"
        assert results_of(place / "outputs") == results, f"{where}: other bytes"
    return failed, len(limits) - failed


def _real_limits(seed: int, folder: Path) -> str:
    keras, tf = (fail_at_sizes(folder / backend, backend) for backend in ("keras", "tf"))
    told = f"{keras[0]} ended keras and {tf[0]} tf with exit code 74 and one line"
    return f"real limits of files' sizes: {told}; the same bytes after each"


SWEEPS = (Sweep("file-sizes", "G4", _real_limits),)
