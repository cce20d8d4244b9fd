"""Every registered selection engine on a pool of 50,000 samples: seconds, memory, and a plain NumPy rival where there is one.

Engine and rival take turns on the same arrays. A new engine is measured by itself as soon as it is registered. Memory is what
Python's own allocations reach above the arrays that were there before, in a call apart, which the book-keeping slows down.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

import numpy as np

from strategies.base import CLASSIFICATION, strategies
from tests.benchmarks.machine import multiply_adds_per_second
from tests.benchmarks.plain import PLAIN, Plain
from tests.benchmarks.pools import CLASSES, PICKS, SIZE, classification_view, regression_view
from tests.benchmarks.report import Report
from utils.pool_view import PoolView

_SAMPLES, _WARM_UP = 50_000, 2_000
_SAMPLES_OF_PLAIN = {"dpc": 8_000}
"""Where the rival holds the matrix of all distances, which 50,000 samples would fill 10 GB with: both run on fewer."""
_MOST_TURNS, _LEAST_TURNS = 25, 3
_ENOUGH_SECONDS = 2.0
"""Of an engine's turns together."""
_QUADRATIC = {"dpc", "probcover"}
"""Engines that need all distances: held against n²·d multiply-adds."""


@dataclass(frozen=True)
class _Limit:
    """What is claimed of an engine; infinite where nothing is."""

    times: float = np.inf
    """The plain rival's seconds."""
    seconds: float = np.inf
    mebibytes: float = np.inf

    def __str__(self) -> str:
        parts = (f"{self.times:g} × plain", f"{self.seconds:g} s", f"{self.mebibytes:g} MiB")
        return ", ".join(part for part in parts if not part.startswith("inf"))


_LIMITS = {
    **dict.fromkeys(("entropy", "margin", "least_confidence", "egl", "ecg", "edpc"), _Limit(times=1.5)),
    **dict.fromkeys(("bald", "coreset", "badge"), _Limit(times=1.2)),
    "dpc": _Limit(seconds=6, mebibytes=200),
    "typiclust": _Limit(seconds=1),
    "probcover": _Limit(seconds=8, mebibytes=300),
    "batchbald": _Limit(seconds=10),
}


@dataclass(frozen=True)
class _Measured:
    """One engine on one pool."""

    name: str
    samples: int
    seconds: list[float]
    plain: list[float]
    """Empty where there is no rival."""
    mebibytes: float

    @property
    def times(self) -> float:
        """How many times the rival's seconds it takes, turn by turn."""
        return median(ours / theirs for ours, theirs in zip(self.seconds, self.plain, strict=True)) if self.plain else 0.0

    @property
    def limit(self) -> _Limit:
        return _LIMITS.get(self.name, _Limit()) if self.samples == _SAMPLES else _Limit()

    @property
    def holds(self) -> bool:
        limit = self.limit
        return self.times <= limit.times and median(self.seconds) <= limit.seconds and self.mebibytes <= limit.mebibytes


def run(scratch: Path) -> Iterator[Report]:
    """Yields the one report."""
    measured, rates = [], []
    for name in strategies.names():
        rates.append(multiply_adds_per_second())
        fewer = _SAMPLES_OF_PLAIN.get(name)
        measured.append(_measure(name, _SAMPLES, None if fewer else PLAIN.get(name)))
        if fewer:
            measured.append(_measure(name, fewer, PLAIN[name]))
    yield _report(measured, max(rates))


def _measure(name: str, samples: int, rival: Plain | None) -> _Measured:
    engine = strategies.get(name)()
    view, small = _view(engine.tasks, samples), _view(engine.tasks, _WARM_UP)
    calls: list[Callable[[PoolView], object]] = [lambda view: engine.select(view, PICKS, np.random.default_rng(0))]
    if rival:
        calls.append(lambda view: rival(view, PICKS, np.random.default_rng(0)))
    for call in calls:
        call(small)
    turns: list[list[float]] = []
    while len(turns) < _LEAST_TURNS or (len(turns) < _MOST_TURNS and sum(map(sum, turns)) < _ENOUGH_SECONDS * len(calls)):
        turns.append([_seconds(call, view) for call in calls])
    of_engine, *of_rival = ([turn[number] for turn in turns] for number in range(len(calls)))
    return _Measured(name, samples, of_engine, of_rival[0] if rival else [], _peak(calls[0], view))


@cache
def _view(tasks: frozenset[str], samples: int) -> PoolView:
    if not tasks & CLASSIFICATION:
        return regression_view(samples)
    return classification_view(samples, CLASSES if "multiclass" in tasks else 2)


def _seconds(call: Callable[[PoolView], object], view: PoolView) -> float:
    begun = time.perf_counter()
    call(view)
    return time.perf_counter() - begun


def _peak(call: Callable[[PoolView], object], view: PoolView) -> float:
    """Mebibytes."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        call(view)
        return (tracemalloc.get_traced_memory()[1] - before) / 2**20
    finally:
        tracemalloc.stop()


def _report(measured: list[_Measured], rate: float) -> Report:
    """`rate` in multiply-adds a second."""
    misses = [one for one in measured if not one.holds]
    limited = [one for one in measured if str(one.limit)]
    told = "; ".join(f"{one.name} misses {one.limit}" for one in misses) or f"{len(limited)} engines with a limit keep it"
    return Report(
        f"selection of {PICKS} of a pool: probabilities n × {CLASSES}, embeddings, last inputs and features n × {SIZE}",
        ("engine", "n", "turns", "s (median)", "fastest", "MiB", "plain, s", "× plain", "at most", "× sgemm"),
        [_row(one, rate) for one in measured],
        "each engine keeps the limit in its row",
        told,
        not misses,
        (f"× plain: median of the turns' ratios; × sgemm: n²·d multiply-adds at its {rate / 1e9:,.1f} billion a second",),
    )


def _row(one: _Measured, rate: float) -> tuple[str, ...]:
    seconds = median(one.seconds)
    return (
        one.name,
        f"{one.samples:,}",
        f"{len(one.seconds)}",
        f"{seconds:.4f}",
        f"{min(one.seconds):.4f}",
        f"{one.mebibytes:.1f}",
        f"{median(one.plain):.4f}" if one.plain else "",
        f"{one.times:.2f}" if one.plain else "",
        str(one.limit),
        f"{seconds * rate / (one.samples**2 * SIZE):.1f}" if one.name in _QUADRATIC else "",
    )
