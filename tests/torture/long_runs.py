"""G14 and G15: memory, open files, threads, traces and time of a process stay what they were, round after round."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.torture.flatness import Flatness
from tests.torture.long_run import BACKENDS, CASES, PICTURES, watched
from tests.torture.sweep import Sweep

_ROUNDS = 200
_RUNS = 100


def long_runs(
    backend: str, folder: Path, cases: Sequence[str] = tuple(CASES), rounds: int = _ROUNDS, *, timed: bool = True
) -> dict[str, Flatness]:
    """Does `rounds` rounds of each of the `cases` below the empty `folder` and asks that nothing grows; what was measured.

    Whether they take longer in the end is asked where they are `timed`.
    """
    found = {}
    for case in cases:
        below = folder / case
        below.mkdir()
        moments = watched(case, backend, rounds, below)
        assert len(moments) == rounds + 1, f"{case}, {backend}: {len(moments)} rounds, expected {rounds + 1}; its run: {below}"
        found[case] = Flatness.of(moments)
        faults = found[case].faults(timed=timed)
        assert not faults, f"{case}, {backend}: {'; '.join(faults)}; its run: {below}"
    return found


def _rounds(backend: str, _seed: int, folder: Path) -> str:
    found = long_runs(backend, folder)
    each = "; ".join(
        f"{case}: {one.megabytes:+.3f} MB a round, {one.times_as_long:.2f} × the time" for case, one in found.items()
    )
    return f"{_ROUNDS} rounds each, {each}; no graph after round 1, descriptors and threads constant"


def _pictures(backend: str, _seed: int, folder: Path) -> str:
    flatness = Flatness.of(watched(PICTURES, backend, _RUNS, folder))
    # TensorFlow's own format of a model is a graph, which is built anew for each run
    faults = flatness.faults(traces=backend != "tf")
    assert not faults, "; ".join(faults)
    grown = f"{flatness.megabytes:+.3f} MB a run, {flatness.times_as_long:.2f} × the time"
    return f"{_RUNS} runs with their pictures in one process: {grown}, descriptors and threads constant"


SWEEPS = tuple(
    Sweep(f"{name}_{backend}", "G14", partial(work, backend))
    for name, work in (("long_runs", _rounds), ("pictures", _pictures))
    for backend in BACKENDS
)
