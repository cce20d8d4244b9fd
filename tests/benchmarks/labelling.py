"""How long a label takes to be acknowledged, which means to be on the disk, while twenty people label and the model trains.

The labelling page is served by its own process, as in a run, and beside it another process keeps a core busy, as training
does. Once every annotator answers twice a second, which is more than people do, and once as fast as the server lets him.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from tests.benchmarks.report import Report
from tests.torture.annotators import ScriptedAnnotator
from tests.torture.labelling import free_port
from utils.annotation.questions import Question, Questions
from utils.web.page_server import PageServer

_ANNOTATORS, _ANSWERS = 20, 1_000
_MEDIAN, _MOST = 50.0, 200.0
"""Milliseconds: the median, and the 99th percentile."""
_PACES = {"two answers a second each": 0.5, "without a pause": 0.0}


def run(scratch: Path) -> Iterator[Report]:
    """Yields the one report."""
    with _busy_process():
        measured = {pace: _milliseconds(scratch / f"pace {think}", think) for pace, think in _PACES.items()}
    rows = [(pace, *(f"{np.percentile(took, share):.1f}" for share in (50, 99, 100))) for pace, took in measured.items()]
    median, most = np.percentile(measured["two answers a second each"], [50, 99])
    yield Report(
        f"acknowledging a label: {_ANNOTATORS} annotators, {_ANSWERS:,} answers, beside a process that computes",
        ("", "median, ms", "99th percentile, ms", "slowest, ms"),
        rows,
        f"at the median in less than {_MEDIAN:.0f} ms, at the 99th percentile in less than {_MOST:.0f} ms",
        f"{median:.1f} ms and {most:.1f} ms",
        bool(median < _MEDIAN and most < _MOST),
        ("Each answer was synced to the disk before it was acknowledged. The annotators share one process, which waits too.",),
    )


def _milliseconds(folder: Path, think: float) -> list[float]:
    """Of each answer of all annotators."""
    questions = tuple(Question(number, f"sample {number}") for number in range(2 * _ANSWERS))
    Questions("benchmark", 1, 1, "labelling", asked=questions, classes=("yes", "no")).write(folder)
    port, enough = free_port(), threading.Event()
    team = [ScriptedAnnotator(f"annotator {number}", port, number, False, think) for number in range(_ANNOTATORS)]
    with ThreadPoolExecutor(_ANNOTATORS) as pool, PageServer(folder, "127.0.0.1", port):
        work = [pool.submit(one.work, enough) for one in team]
        while sum(len(one.seconds) for one in team) < _ANSWERS and not any(one.done() for one in work):
            enough.wait(0.05)
        enough.set()
        for one in work:
            one.result()
    return [1e3 * seconds for one in team for seconds in one.seconds]


@contextlib.contextmanager
def _busy_process() -> Iterator[None]:
    """A process that multiplies matrices within the block."""
    process = multiprocessing.get_context("spawn").Process(target=_compute, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def _compute() -> None:
    matrix = np.eye(1_024, dtype=np.float32)
    while True:
        matrix @ matrix
