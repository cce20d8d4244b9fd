"""Measures the project's speed claims: `python -m tests.benchmarks [name …]`, without names all of them.

Rivals take turns within one run, because a machine is never equally busy twice, and medians are compared. A claim that does
not hold is said in the last line of its table and is no error: the exit code tells only whether the measuring went well.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tests.benchmarks.report import NOT_A_TERMINAL_WIDTH, Benchmark, show

_NAMES = (
    "startup",
    "extraction",
    "training",
    "overhead",
    "strategies",
    "pool_of_a_million",
    "texts",
    "grid",
    "labelling",
    "long_runs",
)


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(_NAMES)}")
    names = parser.parse_args(arguments).names or _NAMES
    if unknown := [name for name in names if name not in _NAMES]:
        parser.error(f"received {', '.join(unknown)}; expected of {', '.join(_NAMES)}, or nothing for all")
    width = None if sys.stdout.isatty() else NOT_A_TERMINAL_WIDTH
    console = Console(markup=False, highlight=False, emoji=False, width=width)
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as scratch:
        _keep_settings_in(Path(scratch))
        for name in names:
            benchmark: Benchmark = importlib.import_module(f"tests.benchmarks.{name}").run
            folder = Path(scratch, name)
            folder.mkdir(exist_ok=True)
            for report in benchmark(folder):
                show(report, console)
    return 0


def _keep_settings_in(scratch: Path) -> None:
    """Lets Keras and Matplotlib write their settings and caches below `scratch` instead of the home folder."""
    os.environ["KERAS_HOME"] = str(scratch / "keras")
    os.environ["MPLCONFIGDIR"] = str(scratch / "matplotlib")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
