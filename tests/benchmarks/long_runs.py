"""What two hundred rounds of the real loop hold and take: memory, open files, threads, traces, and the time of a round.

The same runs as in `tests/torture/long_runs.py`, which fails where a limit is not kept; here the whole course is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tests.benchmarks.report import Report
from tests.torture.flatness import MEGABYTES_A_ROUND, TIMES_AS_LONG, Flatness
from tests.torture.long_run import BACKENDS, CASES, Moment, watched

_ROUNDS = 200
_EVERY = 20
_STEPS = "▁▂▃▄▅▆▇█"


def run(scratch: Path) -> Iterator[Report]:
    """Yields one report for each case and backend."""
    for case in CASES:
        for backend in BACKENDS:
            folder = scratch / f"{case}, {backend}"
            folder.mkdir()
            yield _report(f"{_ROUNDS} rounds: {case}, {backend}", watched(case, backend, _ROUNDS, folder))


def _report(title: str, moments: Sequence[Moment]) -> Report:
    flatness = Flatness.of(moments)
    starts = [0, 1, *range(_EVERY, len(moments), _EVERY)]
    memory = [moment.resident for moment in moments]
    time = _medians([moment.processor for moment in moments[1:]])
    return Report(
        title,
        ("round", "MB", "since round 1", "ms of processor", "ms on the wall", "samples", "descriptors", "threads", "graphs"),
        [_row(moments[max(0, number - 4) : number + 1], memory[1]) for number in starts],
        f"at most {MEGABYTES_A_ROUND} MB a round over the second half, no graph after round 1, descriptors and threads "
        f"constant, the last ten rounds at most {TIMES_AS_LONG} × the time of rounds 3 to 12",
        f"{flatness.megabytes:+.3f} MB a round, {flatness.graphs} graphs, {flatness.times_as_long:.2f} × the time on "
        f"{flatness.samples:.2f} × the samples",
        not flatness.faults(),
        (
            f"memory, rounds 1 to {len(moments) - 1}, {min(memory[1:]):,.1f} to {max(memory):,.1f} MB: {curve(memory[1:])}",
            f"time, the same, medians of five, 0 to {1e3 * max(time):,.0f} ms of processor: {curve([0, *time])[1:]}",
            "times in the table are medians of the five rounds up to that one; samples count once an epoch",
        ),
    )


def _row(moments: Sequence[Moment], first: float) -> tuple[str, ...]:
    last = moments[-1]
    times = [1e3 * np.median([getattr(moment, name) for moment in moments]) for name in ("processor", "wall")]
    return (
        f"{last.number}",
        f"{last.resident:,.1f}",
        f"{last.resident - first:+.1f}",
        *(f"{time:,.0f}" for time in times),
        *(f"{count:,}" for count in (last.samples, last.descriptors, last.threads, last.graphs)),
    )


def _medians(values: Sequence[float]) -> list[float]:
    """Of each five in turn."""
    return [float(np.median(values[start : start + 5])) for start in range(0, len(values), 5)]


def curve(values: Sequence[float], width: int = 40) -> str:
    """A line of blocks, at most `width`, between the smallest and the largest of `values`; each is a median."""
    groups = np.array_split(np.asarray(values, float), min(width, len(values)))
    medians = np.array([np.median(group) for group in groups])
    span = np.ptp(medians) or 1.0
    steps = np.rint((medians - medians.min()) / span * (len(_STEPS) - 1)).astype(int)
    return "".join(_STEPS[step] for step in steps)
