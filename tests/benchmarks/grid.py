"""What a grid costs beside its training, how much two workers gain over one, and how fast reports and status are made."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd

import framework
from hparams import HParams
from tests.benchmarks.report import Report
from tests.utils.known_runs import write_grid
from utils.console import Reporter
from utils.journal import Journal, Record
from utils.parameter_file import read_parameter_file
from utils.results import stats_csv
from utils.summary import Summary

_OVERHEAD, _GAIN = 0.05, 1.6
_SECONDS_OF_A_REPORT, _MEGABYTES_OF_A_REPORT, _SECONDS_OF_A_STATUS = 10, 3, 1.0
_RUNS, _ROUNDS, _MANY = 100, 60, 1000
_STRATEGIES = tuple(f"strategy {number}" for number in range(19))
_QUICKSTART = Path(__file__).parents[2] / "params" / "quickstart.json"


class _Clock(Reporter):
    """Notes when runs begin and end, and says nothing."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.begun: list[float] = []
        self.ended: list[float] = []

    def start_run(self, name: str, committed: int) -> None:
        self.begun.append(time.perf_counter())

    def end_run(self, name: str, last: Record, how: str) -> None:
        self.ended.append(time.perf_counter())


def run(scratch: Path) -> Iterator[Report]:
    """Yields the four reports."""
    with contextlib.chdir(scratch):
        yield _overhead(scratch)
        yield _gain(scratch)
    yield _report(scratch)
    yield _status(scratch)


def _quickstart(**changes: Any) -> HParams:
    return HParams.parse(read_parameter_file(_QUICKSTART) | {"full_data_baseline": False, "threads": 1} | changes)


def _overhead(scratch: Path) -> Report:
    clock, drawing = _Clock(), [0.0]
    compare = Summary._compare

    def timed(self: Summary) -> Any:
        begun = time.perf_counter()
        try:
            return compare(self)
        finally:
            drawing[0] += time.perf_counter() - begun

    with mock.patch.object(Summary, "_compare", timed):
        begun = time.perf_counter()
        framework.run(_quickstart(random_seed=list(range(1, 11)), framework_type=["random", "margin"], num_workers=2), clock)
        wall = time.perf_counter() - begun
    timing = pd.concat(pd.read_csv(path) for path in scratch.rglob("timing.csv"))
    train, runs = float(timing["train"].sum()), sum(clock.ended) - sum(clock.begun)
    start_up = sum(sorted(clock.begun)[:2]) - 2 * begun
    between = 2 * (max(clock.ended) - begun) - start_up - runs
    rows = [
        ("training", train),
        ("the rest of the runs: selecting, evaluating, commits, pictures", runs - train),
        ("start-up of two processes: TensorFlow, tracing", start_up),
        ("processes between and after runs", between),
        ("comparison and report, in the parent", drawing[0]),
    ]
    overhead = (between + drawing[0]) / train
    return Report(
        f"20 runs of the quickstart on 2 workers: {wall:.1f} s",
        ("part", "seconds, of both", "of the training"),
        [(name, f"{seconds:.2f}", f"{seconds / train:.1%}") for name, seconds in rows],
        f"grid and report cost less than {_OVERHEAD:.0%} of the training time",
        f"{overhead:.1%} (with the start-up {overhead + start_up / train:.1%})",
        overhead < _OVERHEAD,
    )


def _gain(scratch: Path) -> Report:
    walls: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(2):
        for workers, found in walls.items():
            clock = _Clock()
            name = {"sub_dir": f"turn {turn}, {workers}", "num_workers": workers}
            framework.run(_quickstart(random_seed=[1, 2, 3, 4], framework_type=["random", "margin"], **name), clock)
            found.append(max(clock.ended) - min(clock.begun))
    rows = [(f"{workers}", *(f"{seconds:.1f}" for seconds in found)) for workers, found in walls.items()]
    gain = min(walls[1]) / min(walls[2])
    return Report(
        "8 runs of the quickstart, one thread each, from the first start of a run to the last end",
        ("workers", "first turn, seconds", "second turn, seconds"),
        rows,
        f"two workers do at least {_GAIN} × as much as one",
        f"{gain:.2f} ×",
        gain >= _GAIN,
        ("a process's start-up is not in it: it is the same for a grid of any size",),
    )


def _report(scratch: Path) -> Report:
    folder = scratch / "many"
    write_grid(folder, ("random", *_STRATEGIES), seeds=(1, 2, 3, 4, 5), rounds=_ROUNDS, pool=1400)
    seconds = _seconds([sys.executable, "-m", "utils.compare", str(folder)])
    megabytes = (folder / "report.html").stat().st_size / 1e6
    return Report(
        f"comparison and report of {_RUNS} runs × {_ROUNDS} rounds, a process of its own",
        ("", "measured", "limit"),
        [
            ("seconds", f"{seconds:.1f}", f"{_SECONDS_OF_A_REPORT}"),
            ("megabytes", f"{megabytes:.2f}", f"{_MEGABYTES_OF_A_REPORT}"),
        ],
        f"made in less than {_SECONDS_OF_A_REPORT} s, smaller than {_MEGABYTES_OF_A_REPORT} MB",
        f"{seconds:.1f} s, {megabytes:.2f} MB",
        seconds < _SECONDS_OF_A_REPORT and megabytes < _MEGABYTES_OF_A_REPORT,
    )


def _status(scratch: Path) -> Report:
    seeds = list(range(_MANY // 2))
    values = {"sub_dir": "digits", "framework_type": ["random", "margin"], "random_seed": seeds, "model": "cnn", "threads": 1}
    for single in framework.resolve(HParams.parse(values))[0].single_runs():
        _write_done(single.run_folder(scratch / "outputs"), single.result_params())
    given = [f"--{name}={value}".replace("'", '"') for name, value in values.items()]
    command = [sys.executable, str(_QUICKSTART.parents[1] / "framework.py"), *given, "--status"]
    text = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=True).stdout
    seconds = min(_seconds(command, scratch) for _ in range(3))
    return Report(
        f"--status of {_MANY:,} runs, a process of its own",
        ("last line", "seconds"),
        [(text.splitlines()[-1], f"{seconds:.2f}")],
        f"less than {_SECONDS_OF_A_STATUS:.0f} s",
        f"{seconds:.2f} s",
        seconds < _SECONDS_OF_A_STATUS and f"{_MANY:,} done" in text,
    )


def _write_done(folder: Path, params: Record) -> None:
    """The journal and the CSV of a run of 60 rounds, as far as its status is read off them."""
    folder.mkdir(parents=True)
    stats = {"round": 60, "num_total_labeled": 1000, "eval_acc": 0.9}
    with mock.patch("os.fsync"):
        journal = Journal(folder / "rounds.log")
        journal.append({"type": "header", "version": 1, "fingerprint": {"params": params}})
        journal.append({"type": "round", "round": 60, "stats": stats, "selected": [[0, "name", 0.5, 1, "by"]] * 200})
        journal.append({"type": "end", "reason": "max_round: 60 rounds done"})
    path = folder.parent / f"al_stats_{folder.name.removeprefix('run_')}.csv"
    path.write_text(stats_csv([{"round": 60, "stats": stats}]), encoding="utf-8")


def _seconds(command: Sequence[str], folder: Path | None = None) -> float:
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - begun
