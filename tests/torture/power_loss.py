"""Power lost at any moment: whatever of the last writes reached the disk, the program goes on to the same bytes (G3, G21).

What is on the disk then follows from a record of all operations (see tests/crash/disk_model.py). Labels are not asked for
again when their journal said that they are on the disk: every line whose writer was told so has to be there still.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.crash import scenarios
from tests.crash.disk_model import State, fingerprint
from tests.crash.recording import Recording
from tests.crash.recording_disk import Operation
from tests.crash.scenarios import Scenario
from tests.crash.stage import on_stage
from tests.torture.sweep import Sweep


@dataclass
class Reached:
    """What a sweep over losses of power did.

    Attributes:
        moments: at which power was lost, with nothing and with everything unsynced kept.
        drawn: disks drawn at random.
        disks: different ones; as many times the program recovered.
        commits: whose budget was checked.
    """

    moments: int = 0
    drawn: int = 0
    disks: int = 0
    commits: int = 0


def lose_power(
    scenario: Scenario,
    folder: Path,
    reached: Reached,
    *,
    drawn: int,
    seed: int,
    step: int = 1,
    killed_at: int | None = None,
) -> None:
    """Loses power at every `step`th moment of `scenario`, and `drawn` times at a random one with random remains.

    With `killed_at` the process had been killed at that operation before, and begun anew.
    """
    outputs, rng = folder / scenario.name / "outputs", random.Random(seed)
    with on_stage(outputs) as seen:
        recording = Recording.of(scenario, outputs, killed_at)
        times = Counter(rng.randrange(len(recording.operations) + 1) for _ in range(drawn))
        known = set[int]()
        for number, model in recording.disks():
            states = [model.without_power_at_random(rng) for _ in range(times[number])]
            reached.drawn += len(states)
            if number % step == 0:
                states += [model.without_power(kept=False), model.without_power(kept=True)]
                reached.moments += 1
            for state in states:
                what = f"power lost before operation {number}, killed before at {killed_at}, seed {seed}"
                check_promises(recording.operations[:number], state, f"{scenario.name}, {what}")
                if fingerprint(state) not in known:
                    known.add(fingerprint(state))
                    recording.begin(state)
                    recording.check(what)
        recording.end()
    reached.disks += len(known)
    reached.commits += seen["commits"]


def keep_promises(scenario: Scenario, folder: Path, kills: Sequence[int]) -> int:
    """Kills at each of these operations, goes on, and loses power at each moment after: how many moments kept all promises."""
    outputs, moments = folder / scenario.name / "outputs", 0
    with on_stage(outputs):
        for killed_at in kills:
            recording = Recording.of(scenario, outputs, killed_at)
            for number, model in recording.disks():
                state = model.without_power(kept=False)
                check_promises(
                    recording.operations[:number], state, f"{scenario.name}, killed at {killed_at}, lost at {number}"
                )
                moments += 1
            recording.end()
    return moments


def check_promises(operations: Sequence[Operation], state: State, where: str) -> None:
    """Raises AssertionError where a line is not in `state` whose writer was told that it is on the disk."""
    promised: dict[str, list[bytes]] = {}
    for operation in operations:
        if operation.kind == "acknowledged":
            promised.setdefault(operation.path, []).append(operation.data)
        elif operation.kind == "remove":
            promised.pop(operation.path, None)
    for path, lines in promised.items():
        lost = [line for line in lines if line not in (state.get(path) or b"")]
        assert not lost, f"{where}: {len(lost)} of {len(lines)} lines of {path} that were said to be on the disk are lost"


def _every_moment(seed: int, folder: Path) -> str:
    reached, rng = Reached(), random.Random(seed)
    chosen = [*scenarios.compositions(rounds=5), *scenarios.people(rounds=3), *scenarios.other_kinds()]
    each = -(-2_000 // (2 * len(chosen)))
    for scenario in chosen:
        lose_power(scenario, folder, reached, drawn=each, seed=seed)
        lose_power(scenario, folder, reached, drawn=each, seed=seed + 1, step=25, killed_at=rng.randrange(100))
    killed = sum(keep_promises(scenario, folder, range(90)) for scenario in scenarios.people(rounds=1))
    return f"{_told(reached)}; nor at {killed:,} moments after a kill"


def _of_commands(seed: int, folder: Path) -> str:
    reached = Reached()
    for scenario in scenarios.whole_commands():
        lose_power(scenario, folder, reached, drawn=20, seed=seed, step=5)
    return _told(reached)


def _told(reached: Reached) -> str:
    return (
        f"power lost at {reached.moments:,} moments, with all and with nothing of what was not synced, and {reached.drawn:,} "
        f"random remains: {reached.disks:,} different disks, the same bytes after each, no acknowledged line lost; "
        f"{reached.commits:,} commits within the budget"
    )


SWEEPS = (Sweep("power-runs", "G3", _every_moment), Sweep("power-commands", "G3", _of_commands))
