"""Six ways to train the same model on the same samples, and beside them both engines as they run.

Keras's `fit` on arrays, Keras's `fit` on a cached tf.data pipeline, and a bare `tf.function` loop, each with and without XLA,
all of the model in `models_keras`. The engines run with deterministic operations, of which XLA has no MaxPoolGrad: hence rows
of their own.
Each way has a process of its own (see `training_ways.py`); the processes take turns, one measuring while the others sleep.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Self

from tests.benchmarks.machine import multiply_adds_per_second
from tests.benchmarks.report import Report
from tests.benchmarks.training_ways import CASES, WAYS, Case

_ROOT = Path(__file__).parents[2]
_ROUNDS, _ROUNDS_OF_THE_SLOW = 10, 2
_SLOW = 2.5
"""Times the fastest; what is slower takes part in the first rounds only, so that the others meet at short intervals."""
_AT_MOST = 1.05
_ENGINES = [way for way, about in WAYS.items() if about.deterministic]
_SIX = [way for way in WAYS if way not in _ENGINES]


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
                sgemm.append(multiply_adds_per_second())
            yield _report(case, first, rounds, max(sgemm))


def _without_the_slow(rounds: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ways near the fastest, by the best of each."""
    best = {way: min(answers[way]["seconds"] for answers in rounds) for way in WAYS}
    return [way for way in WAYS if best[way] <= _SLOW * min(best.values())]


def _report(case: Case, first: Mapping[str, Any], rounds: Sequence[Mapping[str, Any]], sgemm: float) -> Report:
    """`first` holds each way's first answer, `rounds` the answers of those that took part, `sgemm` multiply-adds a second."""
    seconds = {way: [answers[way]["seconds"] / case.epochs for answers in rounds if way in answers] for way in WAYS}
    fastest = min(_SIX, key=lambda way: median(seconds[way]))
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
        f"each engine as it runs takes at most {_AT_MOST} × the fastest of the six",
        ", ".join(f"{WAYS[engine].loop} {ratio[engine]:.2f} ×" for engine in _ENGINES),
        all(ratio[engine] <= _AT_MOST for engine in _ENGINES),
        _notes(case, first, {engine: min(seconds[engine]) for engine in _ENGINES}, sgemm),
    )


def _notes(case: Case, first: Mapping[str, Any], fastest: Mapping[str, float], sgemm: float) -> tuple[str, ...]:
    """`fastest` are the seconds of each engine's fastest epoch, `sgemm` is in multiply-adds a second."""
    multiply_adds = first[_ENGINES[0]]["multiply_adds"]
    rates = {WAYS[engine].loop: multiply_adds * case.samples / seconds for engine, seconds in fastest.items()}
    reached = ", ".join(f"{name} {rate / 1e9:,.1f} billion a second ({rate / sgemm:.0%})" for name, rate in rates.items())
    return (
        f"{case.epochs} epoch(s) a turn, medians, ratios within a turn; set-up: building, tracing, compiling by XLA",
        f"what takes over {_SLOW:g} × the fastest has {_ROUNDS_OF_THE_SLOW} turns; loss: of that turn's last epoch",
        f"{multiply_adds / 1e6:,.1f} million multiply-adds a sample; fastest: {reached} of NumPy's {sgemm / 1e9:,.1f}",
    )
