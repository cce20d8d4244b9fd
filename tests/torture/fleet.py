"""Processes that begin at once, for sweeps that end them: forked from a server that has imported what takes seconds."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Self

_WHEN = re.compile(rb"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ROOT = Path(__file__).parents[2]
_HEAVY = (
    "pandas",
    "scipy.stats",
    "sklearn.metrics",
    "sklearn.cluster",
    "matplotlib.figure",
    "rich.live",
    "psutil",
    "PIL.Image",
)
"""What runs import when they get there."""
_SECONDS_AT_MOST = 300.0
_SECONDS_BETWEEN_LOOKS = 0.001


class Life:
    """One process of a program, which writes what it prints into files of its folder."""

    def __init__(self, process: BaseProcess, out: Path, err: Path) -> None:
        self.process, self._out, self._err = process, out, err

    @property
    def out(self) -> str:
        """What it has printed so far."""
        return self._out.read_text(encoding="utf-8", errors="replace") if self._out.exists() else ""

    @property
    def err(self) -> str:
        """What it has said of errors so far."""
        return self._err.read_text(encoding="utf-8", errors="replace") if self._err.exists() else ""

    def wait_until(self, happened: Callable[[], bool], seconds: float = _SECONDS_AT_MOST) -> bool:
        """Whether it `happened` before the process ended, or was still going after these `seconds`."""
        last = time.monotonic() + seconds
        while self.process.is_alive() and time.monotonic() < last:
            if happened():
                return True
            self.process.join(_SECONDS_BETWEEN_LOOKS)
        return False

    def kill(self) -> bool:
        """Sends SIGKILL; whether it was delivered: a process that had ended by itself before does not count."""
        self.process.kill()
        return self.end() == -signal.SIGKILL

    def end(self) -> int:
        """Waits for its end and returns its exit code."""
        self.process.join(_SECONDS_AT_MOST)
        code = self.process.exitcode
        assert code is not None, f"it has not ended after {_SECONDS_AT_MOST} seconds: {self.out[-2000:]}{self.err[-2000:]}"
        return code


class Fleet:
    """`with Fleet(…) as fleet`: starts processes that have the modules imported already."""

    def __init__(self, *modules: str) -> None:
        """`modules` are those of the programs."""
        paths = [str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(filter(None, paths)))
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([*_HEAVY, *modules])
        self._lives = list[Life]()

    def __enter__(self) -> Self:
        """Nothing has begun yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves none behind: where a sweep failed, some may wait for it."""
        for life in self._lives:
            life.kill()

    def start(
        self, folder: Path, program: Callable[[Sequence[str]], int], *arguments: str, environment: dict[str, str] | None = None
    ) -> Life:
        """Begins `program`, a function of a module, in the working directory `folder`."""
        number = len(self._lives) + 1
        files = folder / f"{number}.out", folder / f"{number}.err"
        given = folder, program, arguments, files, environment or {}
        process = self._context.Process(target=_live, args=given)
        process.start()
        self._lives.append(Life(process, *files))
        return self._lives[-1]


def _live(
    folder: Path,
    program: Callable[[Sequence[str]], int],
    arguments: Sequence[str],
    files: tuple[Path, Path],
    environment: dict[str, str],
) -> None:
    os.setsid()
    os.chdir(folder)
    os.environ |= environment
    for path, descriptor in zip(files, (1, 2), strict=True):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.exit(program(arguments))


def parameter_file(folder: Path, params: dict[str, Any], name: str = "params.json") -> str:
    """Writes a parameter file into `folder`, which is made where it is missing, and returns the option that names it."""
    folder.mkdir(exist_ok=True, parents=True)
    (folder / name).write_text(json.dumps(params), encoding="utf-8")
    return f"--param_file={name}"


def journals(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The committed records of every journal of rounds below `folder`, by its path."""
    found = dict[str, list[dict[str, Any]]]()
    for path in sorted(folder.rglob("rounds.log")):
        lines = path.read_bytes().split(b"\n")[:-1]
        found[str(path.relative_to(folder))] = [json.loads(line.partition(b" ")[2]) for line in lines]
    return found


def lasting(folder: Path) -> dict[str, bytes]:
    """What must not depend on how often a run was disturbed: its CSVs and weights, by their paths, without the times of day."""
    paths = [path for kind in ("*.csv", "*.weights.h5") for path in folder.rglob(kind) if path.name != "timing.csv"]
    return {str(path.relative_to(folder)): _WHEN.sub(b"when", path.read_bytes()) for path in sorted(paths)}


def differences(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    """The paths at which they differ."""
    return sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
