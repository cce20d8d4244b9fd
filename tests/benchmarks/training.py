"""Six ways to train the same model on the same samples, and beside them the engine with the deterministic operations it uses.

Keras's `fit` on arrays, Keras's `fit` on a cached tf.data pipeline, and a bare `tf.function` loop, each with and without XLA.
Each way has a process of its own (see `training_ways.py`); the processes take turns, one measuring while the others sleep.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Self

import numpy as np

from tests.benchmarks.report import Report
from tests.benchmarks.training_ways import CASES, WAYS, Case

_ROOT = Path(__file__).parents[2]
_ROUNDS, _ROUNDS_OF_THE_SLOW = 10, 2
_SLOW = 2.5
"""Times the fastest; what is slower takes part in the first rounds only, so that the others meet at short intervals."""
_AT_MOST = 1.05
_THE_ENGINES_WAY, _THE_ENGINE = "loop", "engine"
_MATRIX = 2_048


class _Worker:
    """A process that trains in one way; a context manager."""

    def __init__(self, way: str) -> None:
        self._errors = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 - closed in __exit__
        command = [sys.executable, "-m", "tests.benchmarks.training_ways", way]
        self._process = subprocess.Popen(
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )

    def __enter__(self) -> Self:
        self._answer()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def measure(self, case: str) -> dict[str, Any]:
        """Lets the process train `case` once; its answer."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(case + "\n")
            self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            raise RuntimeError(f"{' '.join(self._process.args)} ended: {self._errors.read()[-2000:]}")
        return json.loads(line)


def run(scratch: Path) -> Iterator[Report]:
    """Yields one report for each case."""
    with contextlib.ExitStack() as stack:
        workers = {way: stack.enter_context(_Worker(way)) for way in WAYS}
        for name, case in CASES.items():
            first = {way: worker.measure(name) for way, worker in workers.items()}
            rounds, sgemm = [], []
            taking_part = list(workers)
            for number in range(_ROUNDS):
                if number == _ROUNDS_OF_THE_SLOW:
                    taking_part = _without_the_slow(rounds)
                taking_part.append(taking_part.pop(0))
                rounds.append({way: workers[way].measure(name) for way in taking_part})
                sgemm.append(_multiply_adds_per_second())
            yield _report(case, first, rounds, max(sgemm))


def _without_the_slow(rounds: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ways near the fastest, by the best of each."""
    best = {way: min(answers[way]["seconds"] for answers in rounds) for way in WAYS}
    return [way for way in WAYS if best[way] <= _SLOW * min(best.values())]


def _multiply_adds_per_second() -> float:
    """Of NumPy's sgemm on all cores: the best of five."""
    matrix = np.random.default_rng(0).standard_normal((_MATRIX, _MATRIX), dtype=np.float32)
    seconds = []
    for _ in range(5):
        begun = time.perf_counter()
        matrix @ matrix
        seconds.append(time.perf_counter() - begun)
    return _MATRIX**3 / min(seconds)


def _report(case: Case, first: Mapping[str, Any], rounds: Sequence[Mapping[str, Any]], sgemm: float) -> Report:
    """`first` holds each way's first answer, `rounds` the answers of those that took part, `sgemm` multiply-adds a second."""
    seconds = {way: [answers[way]["seconds"] / case.epochs for answers in rounds if way in answers] for way in WAYS}
    fastest = min((way for way in WAYS if way != _THE_ENGINE), key=lambda way: median(seconds[way]))
    pairs = {way: zip(seconds[way], seconds[fastest], strict=False) for way in WAYS}
    ratio = {way: median(ours / theirs for ours, theirs in pairs[way]) for way in WAYS}
    rows = []
    for way, about in WAYS.items():
        set_up = first[way]["seconds"] - case.epochs * min(seconds[way])
        options = "yes" if about.xla else "no", "yes" if about.deterministic else "no", f"{len(seconds[way])}"
        shown = [f"{number:.4g}" for number in (median(seconds[way]), min(seconds[way]), max(seconds[way]))]
        loss = rounds[_ROUNDS_OF_THE_SLOW - 1][way]["loss"]
        rows.append((about.text, *options, *shown, f"{ratio[way]:.2f}", f"{set_up:.1f}", f"{loss:.3f}"))
    return Report(
        f"training {case.model}: {case.samples:,} samples of {'×'.join(map(str, case.shape))}, batches of {case.batch}",
        ("way", "XLA", "determ.", "turns", "s/epoch", "fastest", "slowest", "× best", "set-up, s", "loss"),
        rows,
        f"the engine's way takes at most {_AT_MOST} × the fastest of the six",
        f"{ratio[_THE_ENGINES_WAY]:.2f} × (with deterministic operations, as the engine runs: {ratio[_THE_ENGINE]:.2f} ×)",
        ratio[_THE_ENGINES_WAY] <= _AT_MOST,
        _notes(case, first[_THE_ENGINE]["multiply_adds"], min(seconds[_THE_ENGINE]), sgemm),
    )


def _notes(case: Case, multiply_adds: int, seconds: float, sgemm: float) -> tuple[str, ...]:
    """`multiply_adds` of one sample, `seconds` of the engine's fastest epoch, `sgemm` in multiply-adds a second."""
    rate = multiply_adds * case.samples / seconds
    needed = f"{multiply_adds / 1e6:,.1f} million multiply-adds a sample"
    reached = f"{rate / 1e9:,.1f} billion a second, {rate / sgemm:.0%} of the {sgemm / 1e9:,.1f} that NumPy's sgemm does here"
    return (
        f"{case.epochs} epoch(s) a turn, medians, ratios within a turn; set-up: building, tracing, compiling by XLA",
        f"what takes over {_SLOW:g} × the fastest has {_ROUNDS_OF_THE_SLOW} turns; loss: of that turn's last epoch",
        "the engine runs with deterministic operations, of which XLA has no MaxPoolGrad: hence its row apart from the six",
        f"the engine as it runs: {needed}, at its fastest {reached}",
    )
