"""Whether selection from a million samples stays within a gibibyte and grows no faster than the pool.

The embeddings lie in a memory-mapped file. Each selection has a process of its own, which this module is when it is run:
`python -m tests.benchmarks.pool_of_a_million NAME FOLDER SAMPLES` answers with one line of JSON. Memory is what the process
itself holds (RssAnon of /proc, looked at every few milliseconds); pages of the file, which the system drops at will, are not.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from tests.benchmarks.pools import CLASSES, LABELLED, PICKS, SIZE, mixture
from tests.benchmarks.report import Report

_ROOT = Path(__file__).parents[2]
_ENGINES = ("margin", "badge", "coreset")
_SAMPLES = (250_000, 500_000, 1_000_000)
_BLOCK, _WARM_UP = 50_000, 2_000
_TURNS, _MOST_CALLS, _ENOUGH_SECONDS = 3, 10, 1.0
_MEBIBYTES, _GROWTH = 1024, 1.3
_INTERVAL = 0.002
"""Seconds."""


def run(scratch: Path) -> Iterator[Report]:
    """Yields one report for each engine."""
    _write_pool(scratch)
    for name in _ENGINES:
        turns = [[_ask(name, scratch, samples) for samples in _SAMPLES] for _ in range(_TURNS)]
        yield _report(name, {samples: [turn[number] for turn in turns] for number, samples in enumerate(_SAMPLES)})


def _write_pool(folder: Path) -> None:
    """Writes embeddings and probabilities of the largest pool and, behind them, of the labelled samples, block by block."""
    rng = np.random.default_rng(0)
    source, count = mixture(CLASSES, rng), max(_SAMPLES) + LABELLED
    widths = {"embeddings": SIZE, "probabilities": CLASSES}
    files = {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.float32, (count, width))
        for name, width in widths.items()
    }
    for start in range(0, count, _BLOCK):
        embeddings = source.embeddings(min(_BLOCK, count - start), rng)[0]
        files["embeddings"][start : start + _BLOCK] = embeddings
        files["probabilities"][start : start + _BLOCK] = source.probabilities(embeddings)
    for file in files.values():
        file.flush()


def _ask(name: str, folder: Path, samples: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.pool_of_a_million", name, str(folder), str(samples)]
    return json.loads(subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True).stdout)


def _report(name: str, answers: dict[int, list[dict[str, float]]]) -> Report:
    seconds = {samples: [answer["seconds"] for answer in turns] for samples, turns in answers.items()}
    mebibytes = {samples: max(answer["mebibytes"] for answer in turns) for samples, turns in answers.items()}
    of_each = {samples: min(all_seconds) / samples for samples, all_seconds in seconds.items()}
    growth, largest = of_each[max(_SAMPLES)] / of_each[min(_SAMPLES)], mebibytes[max(_SAMPLES)]
    numbers = [(median(seconds[n]), min(seconds[n]), 1e6 * of_each[n], mebibytes[n]) for n in _SAMPLES]
    return Report(
        f"{name}, pool in a mapped file",
        ("n", "s (median)", "fastest", "µs a sample", "MiB"),
        [(f"{n:,}", *(f"{number:.3g}" for number in row)) for n, row in zip(_SAMPLES, numbers, strict=True)],
        f"less than {_MEBIBYTES:,} MiB for the largest, and a sample takes at most {_GROWTH} × its time in the smallest",
        f"{largest:.0f} MiB, {growth:.2f} ×",
        largest < _MEBIBYTES and growth <= _GROWTH,
        (
            f"{PICKS} picks, {LABELLED} labelled; probabilities n × {CLASSES}, embeddings and last inputs n × {SIZE}",
            f"{_TURNS} turns, each in a process of its own, the fastest call of its first second; a sample: the fastest of all",
            "MiB: the most above what the process held before it was asked",
        ),
    )


class _Peak(threading.Thread):
    """The most memory of its own that the process holds while this runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = self.before = _anonymous_memory()
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(_INTERVAL):
            self.most = max(self.most, _anonymous_memory())

    def end(self) -> float:
        """Mebibytes above those at the start."""
        self._ended.set()
        self.join()
        return self.most - self.before


def _anonymous_memory() -> float:
    """Mebibytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (line,) = (line for line in lines if line.startswith("RssAnon:"))
    return int(line.split()[1]) / 1024


def _answer(name: str, folder: Path, samples: int) -> dict[str, Any]:
    """Selects once from a small pool, for the imports, then from `samples`."""
    from strategies.base import strategies
    from utils.inference import Inference
    from utils.pool_view import PoolView

    embeddings, probabilities = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("embeddings", "probabilities"))

    def view(count: int) -> PoolView:
        of_pool = Inference(probabilities[:count], embeddings[:count], embeddings[:count])
        of_labelled = Inference(probabilities[-LABELLED:], embeddings[-LABELLED:], embeddings[-LABELLED:])
        labels = of_labelled.probabilities.argmax(axis=1)
        return PoolView(np.arange(LABELLED, LABELLED + count), np.arange(LABELLED), labels, CLASSES, 1, of_pool, of_labelled)

    engine, pool = strategies.get(name)(), view(samples)
    engine.select(view(_WARM_UP), PICKS, np.random.default_rng(0))
    peak = _Peak()
    peak.start()
    seconds: list[float] = []
    while not seconds or (sum(seconds) < _ENOUGH_SECONDS and len(seconds) < _MOST_CALLS):
        begun = time.perf_counter()
        engine.select(pool, PICKS, np.random.default_rng(0))
        seconds.append(time.perf_counter() - begun)
    return {"seconds": min(seconds), "mebibytes": peak.end()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_answer(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))) + "\n")
