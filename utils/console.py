"""What an experiment says while it goes on: a live table of all its runs on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console as RichConsole
from rich.live import Live

from utils.journal import Record
from utils.measure import ACCURACY, ERROR
from utils.printable import printable_lines
from utils.run_table import RunLine, RunTable

_REFRESHES_PER_SECOND = 4
_SECONDS_BETWEEN_LINES = 10


class Reporter:
    """Tells how far the runs of an experiment are; a context manager that owns the live table."""

    def __init__(self, quiet: bool = False) -> None:
        """`quiet` says nothing at all, for calls from Python."""
        self._console = RichConsole(quiet=quiet, highlight=False, emoji=False, soft_wrap=True)
        self._table = RunTable()
        self._is_live = self._console.is_terminal and not quiet
        self._live = Live(
            self._table, console=self._console, transient=True, refresh_per_second=_REFRESHES_PER_SECOND, redirect_stdout=False
        )
        self._labels_trained_on = 0
        self._begun = time.monotonic()
        self._last_progress = 0.0

    def __enter__(self) -> Self:
        """Starts the live table."""
        if self._is_live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Takes the live table away."""
        self._live.stop()

    def say(self, text: str, style: str = "") -> None:
        """One line that stays."""
        self._console.print(printable_lines(text), style=style, markup=False)

    def progress(self, what: str, done: int, total: int) -> None:
        """Progress of something long that is no round, such as the extraction of features."""
        text = f"{what}: {done:,}/{total:,}"
        if self._is_live:
            self._table.below = text if done < total else ""
        elif done == total or time.monotonic() - self._last_progress > _SECONDS_BETWEEN_LINES:
            self._last_progress = time.monotonic()
            self.say(text)

    def start(self, plan: str, planned: Mapping[str, list[int]]) -> None:
        """All is ready; `planned` holds for each run, by its title, the labels of its rounds, which tell the time left."""
        for line in plan.splitlines():
            self.say(line, style="yellow" if line.startswith("warning") else "")
        self._table.lines.update({title: RunLine(list(labels)) for title, labels in planned.items()})
        self._begun = time.monotonic()

    def start_run(self, name: str, committed: int) -> None:
        """The run `name` begins, with `committed` of its rounds done before."""
        line = self._line(name)
        line.state, line.committed, line.text = "running", committed, "starts"
        if 0 < committed < len(line.planned):
            self.say(f"{name}: continues after round {committed - 1}")

    def round_done(self, name: str, record: Record) -> None:
        """One round more is committed."""
        line, row = self._line(name), record["stats"]
        self._labels_trained_on += row["num_total_labeled"]
        line.committed = row["round"] + 1
        last = len(line.planned) - 1
        status = f"round {row['round']:>3}/{last}  labels {row['num_total_labeled']:>6,}  {_result(row, 7)}"
        to_come = sum(other.labels_to_come for other in self._table.lines.values())
        left = _duration((time.monotonic() - self._begun) * to_come / max(self._labels_trained_on, 1))
        if self._is_live:
            line.text, self._table.below = status, f"{left} left"
        else:
            self.say(f"{name}  {status}  {left} left")

    def end_run(self, name: str, last: Record, how: str) -> None:
        """A run ended with the round `last`."""
        line, row = self._line(name), last["stats"]
        line.state, line.text = "done", f"{row['num_total_labeled']:,} labels  {_result(row)}"
        self.say(f"{name}  {row['num_total_labeled']:,} labels, {_result(row)}  ({how})", style="bold")

    def fail_run(self, name: str, error: str) -> None:
        """A run ended with an error."""
        line = self._line(name)
        line.state, line.text = "failed", error.split("\n", maxsplit=1)[0]
        self.say(f"{name}  failed: {error}", style="red")

    def _line(self, name: str) -> RunLine:
        return self._table.lines.setdefault(name, RunLine([]))


def _result(row: Record, width: int = 0) -> str:
    """What a round reached on the test part; an accuracy takes at least `width` places."""
    measure = ERROR if ERROR.column in row else ACCURACY
    if row[measure.column] is None:
        return f"{measure.label} not known yet"
    if measure is ERROR:
        return f"{ERROR.label} {ERROR.shown(row[ERROR.column])}"
    return f"{ACCURACY.label} {row[ACCURACY.column]:{width}.2%}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
