"""Disturbs the program at full length: `python -m tests.torture [name …] [--seed 0] [--jobs 1]`, without names in every way.

Each sweep runs in a process and a folder of its own. Those of a sweep that failed stay, and its last lines say how to repeat
it; the exit code is 1 then. Another seed means other moments, other mutants, other orders.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from rich.console import Console

from tests.torture.sweeps import every_sweep, run_sweep

_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    sweeps = every_sweep()
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(sweeps)}")
    parser.add_argument("--seed", type=int, default=0, help="of moments, mutants and orders (default: 0)")
    parser.add_argument("--jobs", type=int, default=1, help="sweeps at the same time (default: 1)")
    options = parser.parse_args(arguments)
    names = options.names or list(sweeps)
    if unknown := [name for name in names if name not in sweeps]:
        parser.error(f"received {', '.join(unknown)}; expected of {', '.join(sweeps)}, or nothing for all")
    console = Console(markup=False, highlight=False, emoji=False, soft_wrap=True)
    spawn, failed = multiprocessing.get_context("spawn"), 0
    os.environ |= {name: os.environ.get(name, value) for name, value in _QUIET.items()}
    with ProcessPoolExecutor(options.jobs, mp_context=spawn, max_tasks_per_child=1) as pool:
        for done in as_completed([pool.submit(run_sweep, name, options.seed) for name in names]):
            outcome = done.result()
            failed += bool(outcome.fault)
            told = f"FAILED\n{outcome.fault}" if outcome.fault else outcome.reached
            console.print(f"{sweeps[outcome.sweep].guarantee:<4} {outcome.sweep:<24} {outcome.minutes:6.1f} min  {told}")
    console.print(f"sweeps: {len(names)}, seed: {options.seed}, {f'{failed} failed' if failed else 'all guarantees held'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
