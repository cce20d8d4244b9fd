"""What a run says while it goes on: one live line on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console as RichConsole
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from utils.journal import Record
from utils.measure import ACCURACY, ERROR


class Reporter:
    """Tells how far a batch of runs is; a context manager that owns the live line."""

    def __init__(self, quiet: bool = False) -> None:
        """`quiet` says nothing at all, for calls from Python."""
        self._console = RichConsole(quiet=quiet, highlight=False, emoji=False, soft_wrap=True)
        self._live = self._console.is_terminal and not quiet
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[status]}"),
            console=self._console, transient=True, disable=not self._live,
        )  # fmt: skip
        self._task: TaskID | None = None
        self._run: list[int] = []
        self._runs_left: list[list[int]] = []
        self._labels_trained_on = 0
        self._begun = time.monotonic()
        self._last_extraction = 0.0

    def __enter__(self) -> Self:
        """Starts the live line."""
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Takes the live line away."""
        self._progress.stop()

    def say(self, text: str, style: str = "") -> None:
        """One line that stays."""
        self._console.print(text, style=style, markup=False)

    def progress(self, what: str, done: int, total: int) -> None:
        """Progress of something long that is no round, such as the extraction of features."""
        if self._live:
            self._show(what, done, f"{done:,}/{total:,}", total)
        elif done == total or time.monotonic() - self._last_extraction > 10:
            self._last_extraction = time.monotonic()
            self.say(f"{what}: {done:,}/{total:,}")

    def start(self, plan: str, planned: list[list[int]]) -> None:
        """All is ready for a batch of runs; `planned` labels of each of their rounds tell the time left."""
        for line in plan.splitlines():
            self.say(line, style="yellow" if line.startswith("warning") else "")
        self._runs_left = planned
        self._begun = time.monotonic()

    def start_run(self, name: str, committed: int) -> None:
        """The next run begins, with `committed` of its rounds done before."""
        self._run, self._runs_left = (self._runs_left or [[]])[0], self._runs_left[1:]
        if 0 < committed < len(self._run):
            self.say(f"{name}: continues after round {committed - 1}")
        if self._live:
            self._show(name, committed, "starts")

    def round_done(self, name: str, record: Record) -> None:
        """One round more is committed."""
        row, last = record["stats"], len(self._run) - 1
        self._labels_trained_on += row["num_total_labeled"]
        to_come = sum(self._run[row["round"] + 1 :]) + sum(map(sum, self._runs_left))
        left = (time.monotonic() - self._begun) * to_come / max(self._labels_trained_on, 1)
        status = (
            f"round {row['round']:>3}/{last}  labels {row['num_total_labeled']:>6,}  {_result(row, 7)}  {_duration(left)} left"
        )
        if self._live:
            self._show(name, row["round"] + 1, status)
        else:
            self.say(f"{name}  {status}")

    def end_run(self, name: str, last: Record, how: str) -> None:
        """A run ended with the round `last`."""
        row = last["stats"]
        self.say(f"{name}  {row['num_total_labeled']:,} labels, {_result(row)}  ({how})", style="bold")

    def _show(self, name: str, done: int, status: str, total: int | None = None) -> None:
        total = total or len(self._run)
        if self._task is None:
            self._task = self._progress.add_task(name, total=total, status=status)
        self._progress.update(self._task, description=name, completed=done, total=total, status=status)


def _result(row: Record, width: int = 0) -> str:
    """What a round reached on the test part; an accuracy takes at least `width` places."""
    if ERROR.column in row:
        return f"{ERROR.label} {ERROR.shown(row[ERROR.column])}"
    return f"{ACCURACY.label} {row[ACCURACY.column]:{width}.2%}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
