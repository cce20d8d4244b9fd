"""The same runs in other surroundings: other cores, other hash seeds, other processes, one at a time, with features kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.torture.fleet import ROOT, differences, lasting, parameter_file
from tests.torture.recordings import recordings
from tests.torture.sweep import Sweep

PARAMS: dict[str, Any] = {
    "sub_dir": "sounds", "dataset": "audio_folders", "data_dir": "../data", "num_bands": 20, "threads": 2, "model": "cnn",
    "model_params": {"filters": [4], "embedding_units": 8}, "framework_type": ["random", "bald"], "num_passes": 2,
    "max_round": 2, "num_select_per_round": 5, "num_epochs": 2, "pre_train": True, "pseudo_label": True, "decay_threshold": 0.9,
}  # fmt: skip
_SECONDS_AT_MOST = 600.0
Surroundings = Callable[[Path, Path, dict[str, Any], set[int]], None]
"""Does the runs in a folder; given besides: that of those on all cores, the parameters, the cores of the machine."""


def one_core(folder: Path, kept: Path, params: dict[str, Any], cores: set[int]) -> None:
    """On one core, with other hashes."""
    _run(folder, params, {min(cores)}, "1")


def two_cores(folder: Path, kept: Path, params: dict[str, Any], cores: set[int]) -> None:
    """On two cores, with hashes drawn at random."""
    _run(folder, params, {*sorted(cores)[:2]}, "random")


def two_workers(folder: Path, kept: Path, params: dict[str, Any], cores: set[int]) -> None:
    """In two processes at once."""
    _run(folder, params | {"num_workers": 2}, cores, "2")


def features_kept(folder: Path, kept: Path, params: dict[str, Any], cores: set[int]) -> None:
    """With the features that were extracted before."""
    for path in (kept / "outputs").glob("*/features"):
        shutil.copytree(path, folder / path.relative_to(kept))
    _run(folder, params, cores, "3")


def single_runs(folder: Path, kept: Path, params: dict[str, Any], cores: set[int]) -> None:
    """Each by a command of its own, the last one first."""
    for name in reversed(params["framework_type"]):
        _run(folder, params | {"framework_type": name}, cores, "4")


SURROUNDINGS = (one_core, two_cores, two_workers, features_kept, single_runs)


def same_bytes(folder: Path, backend: str, surroundings: Sequence[Surroundings] = SURROUNDINGS, **changes: Any) -> int:
    """Runs on all cores and in each of the `surroundings`; how many files, of CSVs and weights, are the same each time.

    `changes` of the parameters make it shorter.
    """
    recordings(folder / "data", 36, seconds=1.2)
    cores, params, kept = os.sched_getaffinity(0), PARAMS | {"backend": backend} | changes, folder / "undisturbed"
    _run(kept, params, cores, "0")
    expected = lasting(kept / "outputs")
    assert len(expected) > 10, [*expected]
    for run in surroundings:
        place = folder / run.__name__
        run(place, kept, params, cores)
        wrong = differences(lasting(place / "outputs"), expected)
        assert not wrong, f"{place}, {backend}: other bytes than in {kept}: {wrong}"
    return len(expected)


def _run(folder: Path, params: dict[str, Any], cores: set[int], hash_seed: str) -> None:
    option = parameter_file(folder, params)
    done = subprocess.run(
        [sys.executable, str(ROOT / "framework.py"), option],
        cwd=folder,
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "TF_CPP_MIN_LOG_LEVEL": "3"},
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
        capture_output=True,
        text=True,
        timeout=_SECONDS_AT_MOST,
        check=False,
    )
    assert done.returncode == 0, f"{folder}: {done.stderr}"


def _sweep(backend: str) -> Sweep:
    def told(seed: int, folder: Path) -> str:
        files = same_bytes(folder, backend)
        return f"{files} CSVs and weights the same in {1 + len(SURROUNDINGS)} surroundings on {backend}"

    return Sweep(f"same_bytes_{backend}", "G16", told)


SWEEPS = (_sweep("keras"), _sweep("tf"))
