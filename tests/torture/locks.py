"""Many processes that begin at the same moment in one folder, and what becomes of a lock when its holder dies.

A holder is kept in the middle of its training while the others try, so that none can be through before another begins.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.torture import fake_process
from tests.torture.fleet import Fleet, Life, differences, lasting, parameter_file
from tests.torture.kills import FAKE, QUIETLY
from tests.torture.sweep import Sweep

_HELD = re.compile(r".* is in use by process (\d+) on .*: wait for it, or give this run another run_name\n")
_SECONDS = re.compile(r"refused in ([0-9.]+) s of processor time\n")


@dataclass(frozen=True)
class Refusals:
    """What came of simultaneous starts.

    Attributes:
        starts: how often several processes began together.
        refused: processes that ended with 75.
        processor_seconds: the longest that the refusal of one took, of a processor, from when its program began.
    """

    starts: int
    refused: int
    processor_seconds: float


def simultaneous_starts(folder: Path, seed: int, starts: int, processes: int) -> Refusals:
    """In the empty `folder`, `processes` begin together `starts` times; every second holder is killed, the others finish."""
    with Fleet("tests.torture.fake_process", "tests.torture.locks") as fleet:
        slowest = _started(fleet, folder, random.Random(seed), starts, processes)
    return Refusals(starts, starts * (processes - 1), slowest)


def _started(fleet: Fleet, folder: Path, rng: random.Random, starts: int, processes: int) -> float:
    """The most processor time that a refusal took, in seconds."""
    slowest = 0.0
    given = parameter_file(folder, FAKE | {"max_round": 1})
    alone = fleet.start(folder, fake_process.main, given, environment=QUIETLY)
    assert alone.end() == 0, alone.err
    expected = lasting(folder / "outputs")
    gate, line = folder / "gate", folder / "line"
    os.mkfifo(gate)
    os.mkfifo(line)
    keeper = os.open(gate, os.O_RDWR)
    environment = QUIETLY | {fake_process.GATE: str(gate)}
    for number in range(starts):
        shutil.rmtree(folder / "outputs")
        lives = [fleet.start(folder, at_the_line, given, environment=environment) for _ in range(processes)]
        with line.open("wb"):
            _wait_for_all(lives)
        slowest = max(slowest, _check_refusals(lives, f"start {number}"))
        holder = next(life for life in lives if life.process.is_alive())
        if rng.random() < 0.5:
            assert holder.kill(), holder.err
            nobody = fleet.start(folder, fake_process.main, given, environment=QUIETLY)
            assert nobody.end() == 0, f"start {number}, after a kill: {nobody.err}"
        else:
            os.write(keeper, b"12")
            assert holder.end() == 0, f"start {number}: {holder.err}"
        wrong = differences(lasting(folder / "outputs"), expected)
        assert not wrong, f"start {number}: other bytes in {wrong}"
    os.close(keeper)
    return slowest


def at_the_line(arguments: Sequence[str]) -> int:
    """The fake program, as soon as somebody opens the pipe `line`; says what a refusal took."""
    with Path("line").open("rb"):
        begun = time.process_time()
    code = fake_process.main(arguments)
    print(f"refused in {time.process_time() - begun} s of processor time")  # noqa: T201
    return code


def _wait_for_all(lives: Sequence[Life]) -> None:
    """Until all but one have ended."""
    last = time.monotonic() + 60
    while sum(life.process.is_alive() for life in lives) > 1:
        assert time.monotonic() < last, [life.out for life in lives]
        for life in lives:
            life.process.join(0.001)


def _check_refusals(lives: Sequence[Life], what: str) -> float:
    """One works, the others name it; the most processor time that took, in seconds."""
    holders = [life for life in lives if life.process.is_alive()]
    assert len(holders) == 1, f"{what}: {[(life.process.exitcode, life.err) for life in lives]}"
    slowest = 0.0
    for life in lives:
        if life is not holders[0]:
            said, took = _HELD.fullmatch(life.err), _SECONDS.search(life.out)
            assert life.end() == 75, f"{what}: exit code {life.end()}: {life.err}"
            assert said, f"{what}: {life.err}"
            assert int(said[1]) == holders[0].process.pid, f"{what}: names {said[1]}, not {holders[0].process.pid}"
            assert took, life.out
            slowest = max(slowest, float(took[1]))
    assert slowest < 1, f"{what}: a refusal took {slowest} s of processor time"
    return slowest


def _hundred_starts(seed: int, folder: Path) -> str:
    done = simultaneous_starts(folder, seed, 100, 8)
    return (
        f"{done.starts} simultaneous starts of 8: one worked, {done.refused} were refused with 75 and its name, "
        f"each in at most {done.processor_seconds:.2f} s of processor time; what came after a killed holder just worked"
    )


SWEEPS = (Sweep("locks", "G7", _hundred_starts),)
