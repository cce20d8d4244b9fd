"""The command that compares all strategies that ran in one folder: `python -m utils.compare outputs/<sub_dir>`.

It prints the answer, the table behind it, what limits it and what to do next, and writes the picture, the tidy table and the
report. `framework.py` does the same, without a word, after its runs.
"""

from __future__ import annotations

import sys

from utils.signals import end_on_signal, run_program

if __name__ == "__main__":  # before all that takes longer to import
    end_on_signal()

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from utils.comparison.comparison import TABLE_GOALS, Comparison
from utils.comparison.comparisons import Comparisons
from utils.comparison_table import comparison_table
from utils.errors import DataError, FrameworkError, naming_the_cause
from utils.printable import printable

_NOT_A_TERMINAL_WIDTH = 120


@naming_the_cause()
def compare(folder: Path, metric: str | None = None) -> Comparisons:
    """Compares all runs below `folder` by `metric`, and writes the pictures, the table and the report into it.

    Raises:
        ParameterError: `folder` does not exist or holds no CSV of a run; there is no such metric, or no run has it.
        DiskError: a file could not be written, or may not be read.
    """
    from utils.report.page import write_report

    comparisons = Comparisons(folder.resolve() if folder.is_symlink() and folder.is_dir() else folder, metric)
    comparisons.write()
    if any(comparison.curves for comparison in comparisons.each):
        write_report(comparisons)
    return comparisons


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m utils.compare", description="Compare all strategies that ran in a folder.")
    parser.add_argument("folder", type=Path, help="results of one task: outputs/<sub_dir>")
    parser.add_argument("--metric", help="column of al_stats, such as eval_f1; default: accuracy, in regression eval_mae")
    options = parser.parse_args(arguments)
    try:
        comparisons = compare(options.folder, options.metric)
        _print(comparisons)
        if not any(comparison.curves for comparison in comparisons.each):
            raise DataError(f"{comparisons.folder}: no run of a strategy has a result yet, so there is nothing to draw")
    except FrameworkError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(printable(str(comparisons.picture)) + "\n" + printable(str(comparisons.report)) + "\n")
    return 0


def _print(comparisons: Comparisons) -> None:
    answer, shown = comparisons.answer(), [comparison for comparison in comparisons.each if comparison.curves]
    width = None if sys.stdout.isatty() else _NOT_A_TERMINAL_WIDTH
    console = Console(markup=False, highlight=False, emoji=False, width=width)
    if shown:
        console.print(f"{answer.sentence}\n", style="bold")
    for comparison in shown:
        if len(shown) > 1:
            console.print(f"{comparison.dataset}: {comparison.answer().sentence}")
        _print_table(console, comparison)
    sys.stdout.flush()
    for warning in comparisons.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    sys.stderr.flush()
    if shown:
        console.print("".join(f"→ {sentence}\n" for sentence in answer.advice), end="")


def _print_table(console: Console, comparison: Comparison) -> None:
    console.print(comparison_table(comparison.summary(), TABLE_GOALS, comparison.measure))
    if comparison.has_full_data or not comparison.of_people:
        console.print(_full_data(comparison))
    console.print()


def _full_data(comparison: Comparison) -> str:
    """The results on all labels; of variants with more than the lines that a picture can hold only how far they range."""
    measure, lines = comparison.measure, comparison.full_data_lines
    if not comparison.has_full_data:
        return f"no full-data run, so no labels to reach its {measure.label}"
    if len(lines) == 1:
        return f"full data: {measure.shown(*lines.values())}"
    if lines:
        each = [f"{measure.shown(value)} ({variant or 'no variant'})" for variant, value in lines.items()]
        return f"full data: {', '.join(each)}"
    full = comparison.full_data_by_variant.values()
    return f"full data: {measure.shown(min(full))} to {measure.shown(max(full))}, each variant against its own"


if __name__ == "__main__":
    sys.exit(run_program(main))
