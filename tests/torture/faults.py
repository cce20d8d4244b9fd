"""A full or failing disk at any write: one line that says so, exit code 74, and nothing lost (G4)."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.crash import scenarios
from tests.crash.faulty_disk import FaultyDisk
from tests.crash.recording import Recording
from tests.crash.scenarios import Scenario
from tests.crash.stage import disk, on_stage
from tests.torture.sweep import Sweep
from utils.errors import FrameworkError

FAULTS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)
_SAID = re.compile(r".+: [^:]+, [\d,]+ bytes free; what was committed is intact: make room, then run the same command again")


@dataclass
class Reached:
    """What a sweep over faults did.

    Attributes:
        faults: that were delivered.
        told: of them ended the program, as they should.
        overcome: of them did not, and the results were the same at once.
        commits: whose budget was checked.
    """

    faults: int = 0
    told: int = 0
    overcome: int = 0
    commits: int = 0


def fail_everywhere(
    scenario: Scenario, folder: Path, reached: Reached, numbers: Sequence[int], step: int = 1, start: int = 0
) -> None:
    """Fails every `step`th operation of `scenario` with each of the error `numbers`, then lets it go on."""
    outputs = folder / scenario.name / "outputs"
    with on_stage(outputs) as seen:
        recording = Recording.of(scenario, outputs)
        for fatal in range(start % step, recording.count, step):
            for number in numbers:
                _fail(recording, fatal, number, reached)
        recording.end()
    reached.commits += seen["commits"]


def _fail(recording: Recording, fatal: int, number: int, reached: Reached) -> None:
    where = f"{recording.scenario.name}, {errno.errorcode[number]} at operation {fatal}"
    faulty = FaultyDisk(fatal, OSError(number, os.strerror(number)))
    recording.begin(recording.base)
    try:
        with disk(faulty):
            recording.scenario.do(recording.outputs)
        reached.overcome += 1
    except FrameworkError as error:
        check_told(error, where)
        reached.told += 1
    except OSError as error:
        raise AssertionError(f"{where}: came out as {error!r}") from error
    assert faulty.delivered, f"{where}: never got there"
    reached.faults += 1
    recording.check(where)


def check_told(error: FrameworkError, where: str) -> None:
    """Raises AssertionError where the error is not what a user should read of a full disk."""
    assert error.exit_code == 74, f"{where}: exit code {error.exit_code}, {error}"
    assert _SAID.search(str(error)), f"{where}: said {error}"


def _every_operation(seed: int, folder: Path) -> str:
    reached = Reached()
    for scenario in [*scenarios.compositions(rounds=4), *scenarios.people(rounds=2), *scenarios.other_kinds()]:
        fail_everywhere(scenario, folder, reached, FAULTS[:3])
    fail_everywhere(scenarios.compositions(rounds=2)[0], folder, reached, FAULTS[3:])
    return _told(reached)


def _of_commands(seed: int, folder: Path) -> str:
    reached = Reached()
    for scenario in scenarios.whole_commands():
        for place, number in enumerate(FAULTS[:3]):
            fail_everywhere(scenario, folder, reached, [number], step=6, start=seed + 2 * place)
    return _told(reached)


def _told(reached: Reached) -> str:
    return (
        f"{reached.faults:,} faults: {reached.told:,} ended with exit code 74 and one line, {reached.overcome:,} were "
        f"overcome; the same bytes after each; {reached.commits:,} commits within the budget"
    )


SWEEPS = (Sweep("fault-runs", "G4", _every_operation), Sweep("fault-commands", "G4", _of_commands))
