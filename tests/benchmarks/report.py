"""What a benchmark hands back, and how it is shown: a table, remarks, and a last line with the claim and what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.table import Table

NOT_A_TERMINAL_WIDTH = 128
"""Characters."""


@dataclass(frozen=True)
class Report:
    """One table; the first column is text, the others are numbers."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    claim: str
    measured: str
    holds: bool
    notes: tuple[str, ...] = ()


class Benchmark(Protocol):
    """What each benchmark's module offers under the name `run`."""

    def __call__(self, scratch: Path) -> Iterator[Report]:
        """Yields its reports as soon as they are measured; writes below the folder `scratch` alone."""


def show(report: Report, console: Console) -> None:
    """Prints `report`; the last line is the claim."""
    table = Table(title=report.title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(report.columns):
        table.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in report.rows:
        table.add_row(*row)
    console.print(table)
    for note in report.notes:
        console.print(note, soft_wrap=True)
    verdict = "holds" if report.holds else "DOES NOT HOLD"
    line = f"claim: {report.claim}; measured: {report.measured}; {verdict}"
    console.print(line, style="green" if report.holds else "red", soft_wrap=True)
    console.print()
