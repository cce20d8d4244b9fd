"""The live table of a grid: one line a run, and one that counts them; no more lines than the terminal has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from rich.console import Console, ConsoleOptions, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

_ORDER = {"running": 0, "failed": 1, "waiting": 2, "done": 3}
_STYLES = {"running": "", "failed": "red", "waiting": "dim", "done": "green"}
_LINES_LEFT_FREE = 4


@dataclass
class RunLine:
    """How far one run is.

    Attributes:
        planned: labels by the end of each of its rounds, round 0 first.
        state: of the run.
        committed: rounds done so far.
        text: labels and result of the last round, or an error.
    """

    planned: list[int]
    state: Literal["waiting", "running", "done", "failed"] = "waiting"
    committed: int = 0
    text: str = ""

    @property
    def labels_to_come(self) -> int:
        """Labels that its rounds still train on, summed over the rounds: what the time left goes by."""
        return sum(self.planned[self.committed :]) if self.state in {"waiting", "running"} else 0


@dataclass
class RunTable:
    """What the terminal shows of a grid while it runs; whoever holds it changes the lines."""

    lines: dict[str, RunLine] = field(default_factory=dict)
    """Title → how far that run is, in the order of the grid."""
    below: str = ""
    """Something else that goes on, and the time left."""

    def counts(self) -> str:
        """How many runs are in which state."""
        counted = Counter(line.state for line in self.lines.values())
        return ", ".join(f"{counted[state]:,} {state}" for state in ("running", "waiting", "done", "failed") if counted[state])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draws as many runs as there is room for: those that run first, then failed, waiting and done ones."""
        room = max(1, options.size.height - _LINES_LEFT_FREE)
        shown = set(sorted(self.lines, key=lambda title: _ORDER[self.lines[title].state])[:room])
        yield self._drawn((title, line) for title, line in self.lines.items() if title in shown)
        hidden = len(self.lines) - len(shown)
        counts = self.counts() + (f"; {hidden:,} not shown" if hidden else "")
        yield Text("  ".join(filter(None, [counts if len(self.lines) > 1 else "", self.below])))

    def _drawn(self, lines: Iterable[tuple[str, RunLine]]) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column(width=20)
        table.add_column(no_wrap=True, overflow="ellipsis")
        for title, line in lines:
            total = max(len(line.planned), 1)
            bar = ProgressBar(total=total, completed=total if line.state == "done" else line.committed)
            text = line.text or line.state
            table.add_row(Text(title), bar, Text(text, style=_STYLES[line.state]))
        return table
