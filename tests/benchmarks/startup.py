"""How long the front door takes to answer when nothing is trained: help, a dry run, and a mistake in a parameter.

Someone who mistypes a name should know at once, so TensorFlow and its like must not load before they are needed. Where an
answer is late, a second table says which packages were imported meanwhile and through which of the project's files.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks.report import Report

_ROOT = Path(__file__).parents[2]
_PROJECT = {"framework", "hparams", "models_keras", "models_tf", "strategies", "utils"}
_LIMIT = 0.5
"""Seconds."""
_ROUNDS = 5
_SHOWN = 10
_WHILE_RUNNING = "a function, while running"
_QUICKSTART = "--param_file=params/quickstart.json"
_COMMANDS = {
    "--help": (["framework.py", "--help"], 0),
    "--dry_run": (["framework.py", _QUICKSTART, "--dry_run"], 0),
    "a wrong parameter": (["framework.py", _QUICKSTART, "--num_epochs=many"], 2),
    "(Python alone)": (["-c", "pass"], 0),
}
"""Name → arguments of Python, and the exit code expected."""


def run(scratch: Path) -> Iterator[Report]:
    """Yields the answer times and, for each command that is late, its imports."""
    for name in _COMMANDS:
        _seconds(name)
    measured: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    for _ in range(_ROUNDS):
        for name, seconds in measured.items():
            seconds.append(_seconds(name))
    ours = [name for name in _COMMANDS if _COMMANDS[name][0][0] == "framework.py"]
    slowest = max(median(measured[name]) for name in ours)
    rows = [(name, f"{median(took):.2f}", f"{min(took):.2f}", f"{max(took):.2f}") for name, took in measured.items()]
    yield Report(
        "start-up",
        ("framework.py …", "seconds (median)", "fastest", "slowest"),
        rows,
        f"each answers in less than {_LIMIT} s",
        f"the slowest takes {slowest:.2f} s, {slowest / _LIMIT:.2f} × the limit",
        slowest < _LIMIT,
    )
    for name in ours:
        if median(measured[name]) >= _LIMIT:
            yield _imports(name)


def _seconds(name: str) -> float:
    begun = time.perf_counter()
    _call(name)
    return time.perf_counter() - begun


def _call(name: str, *options: str) -> str:
    """Runs the command and returns what it wrote to standard error."""
    arguments, expected = _COMMANDS[name]
    done = subprocess.run([sys.executable, *options, *arguments], cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode != expected:
        raise RuntimeError(f"{name}: exit code {done.returncode}, expected {expected}: {done.stderr[-2000:]}")
    return done.stderr


def _imports(name: str) -> Report:
    """The packages that a late command imports, by their own time, without that of what they import in turn."""
    own: dict[str, float] = defaultdict(float)
    needed_by: dict[str, str] = {}
    begun = time.perf_counter()
    for module, seconds, importer in _import_tree(_call(name, "-X", "importtime")):
        package = module.partition(".")[0]
        package = "(the project's own files)" if package in _PROJECT else package
        own[package] += seconds
        needed_by[package] = importer
    total, imports = time.perf_counter() - begun, sum(own.values())
    slowest = sorted(own, key=lambda package: -own[package])[:_SHOWN]
    rows = [(package, f"{own[package]:.2f}", needed_by[package]) for package in slowest]
    rows += [("(other imports)", f"{imports - sum(own[package] for package in slowest):.2f}", "")]
    rows += [("(no import: Python's start, and what is computed)", f"{total - imports:.2f}", "")]
    return Report(
        f"where {name} spends its time",
        ("package", "seconds", "first needed by"),
        rows,
        f"{name} answers in less than {_LIMIT} s",
        f"{total:.2f} s with -X importtime, which itself costs some; {imports:.2f} s of it are imports",
        total < _LIMIT,
    )


def _import_tree(text: str) -> Iterator[tuple[str, float, str]]:
    """Yields (module, own seconds, module of the project that led to it), the last import first.

    Python writes a module after those that it imports, deeper ones further to the right; so, read from the end, the modules
    above a line are the latest ones with less indentation.
    """
    above: list[tuple[int, str]] = []
    for line in reversed(text.splitlines()):
        if not line.startswith("import time:") or "[us]" in line:
            continue
        own, _, shown = line.removeprefix("import time:").split("|")
        module, depth = shown.strip(), len(shown) - len(shown.lstrip())
        while above and above[-1][0] >= depth:
            above.pop()
        importers = [name for _, name in above if name.partition(".")[0] in _PROJECT]
        yield module, int(own) / 1e6, importers[-1] if importers else _WHILE_RUNNING
        above.append((depth, module))
