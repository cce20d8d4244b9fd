"""Killed at any write, and once more while it recovers: the program goes on to the same bytes (G1, G21).

An undisturbed run is recorded; from the record follows what a process that is killed at, in the midst of or after any of its
writes leaves behind. Each such disk is laid out, the program started on it, and its results compared.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash import scenarios
from tests.crash.disk_model import State, fingerprint
from tests.crash.faulty_disk import FaultyDisk
from tests.crash.recording import Recording
from tests.crash.scenarios import Scenario
from tests.crash.stage import on_stage
from tests.torture.sweep import Sweep

ROOT = Path(__file__).parents[2]
WRITERS = {
    "make_folder", "write_bytes", "write_text", "replacing", "append_line", "cut_file", "remove", "remove_temporaries",
    "remove_tree", "locked",
}  # fmt: skip
"""Functions of utils/files.py that change the disk."""
_HALVES = {"append", "content"}


@dataclass
class Reached:
    """What a sweep over crashes did.

    Attributes:
        points: at which a process was killed.
        disks: different ones that it left behind; as many times the program recovered.
        pairs: of crashes, the second while the program recovered from the first.
        commits: whose budget was checked.
        sites: module and line of what wrote.
    """

    points: int = 0
    disks: int = 0
    pairs: int = 0
    commits: int = 0
    sites: set[tuple[str, int]] = field(default_factory=set)


def kill_everywhere(scenario: Scenario, folder: Path, reached: Reached, step: int = 1, start: int = 0) -> None:
    """Kills `scenario` at every operation, or at every `step`th from `start` on, before, within and after it."""
    outputs = folder / scenario.name / "outputs"
    with on_stage(outputs, pictures=scenario.pictures) as seen:
        recording, known = Recording.of(scenario, outputs), set[int]()
        for number, moment, state in _left_behind(recording):
            reached.points += 1
            if number % step != start % step or fingerprint(state) in known:
                continue
            known.add(fingerprint(state))
            recording.begin(state)
            recording.check(f"killed {moment} operation {number} ({recording.operations[number].kind})")
        recording.end()
    reached.disks += len(known)
    reached.commits += seen["commits"]
    reached.sites |= recording.sites


def _left_behind(recording: Recording) -> Iterator[tuple[int, str, State]]:
    """(operation, when, disk) of a process that is killed before and within each operation; after it is before the next."""
    for number, model in recording.disks():
        if number < len(recording.operations):
            operation = recording.operations[number]
            yield number, "before", model.killed()
            if operation.kind in _HALVES:
                yield number, "within", model.halfway(operation)


def kill_twice(chosen: Sequence[Scenario], folder: Path, reached: Reached, count: int, seed: int) -> None:
    """So many pairs of crashes, evenly over the scenarios: the second one while the program recovers from the first."""
    rng = random.Random(seed)
    for place, scenario in enumerate(chosen):
        wanted = count // len(chosen) + (place < count % len(chosen))
        outputs = folder / scenario.name / "outputs"
        with on_stage(outputs, pictures=scenario.pictures) as seen:
            recording = Recording.of(scenario, outputs)
            while wanted:
                wanted -= _killed_twice(recording, rng, reached)
            recording.end()
        reached.commits += seen["commits"]


def _killed_twice(recording: Recording, rng: random.Random, reached: Reached) -> bool:
    """Whether the second crash was delivered: the recovery may end before it."""
    first, completes = rng.randrange(len(recording.operations)), rng.random() < 0.5
    left = len(recording.operations) - first
    second = FaultyDisk(rng.randrange(40 + left), completes=completes)
    recording.begin(recording.disk_before(first).killed())
    recording.attempt(second)
    if second.delivered:
        recording.check(f"killed before operation {first}, and in its recovery at {second.fatal} (completes: {completes})")
        reached.pairs += 1
    return second.delivered


def never_reached(sites: set[tuple[str, int]]) -> list[str]:
    """`file:line` of each call in the program that writes files and is not among `sites`."""
    found = []
    for path in sorted([*ROOT.glob("*.py"), *(path for top in ("utils", "strategies") for path in (ROOT / top).rglob("*.py"))]):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not ast.unparse(node.func).startswith("files."):
                continue
            lines = {(name, line) for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
            if ast.unparse(node.func).removeprefix("files.") in WRITERS and not lines & sites:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def _every_operation(seed: int, folder: Path) -> str:
    reached = Reached()
    for scenario in [*scenarios.compositions(rounds=30), *scenarios.people(rounds=3), *scenarios.other_kinds()]:
        kill_everywhere(scenario, folder, reached)
    return _told(reached)


def _every_command(seed: int, folder: Path) -> str:
    reached = Reached()
    for scenario in scenarios.whole_commands():
        kill_everywhere(scenario, folder, reached)
    kill_everywhere(scenarios.drawn(), folder, reached, step=7, start=seed)
    runs = [*scenarios.compositions(rounds=2), *scenarios.people(rounds=1), *scenarios.other_kinds()]
    left = never_reached(reached.sites | _sites_of(runs, folder / "undisturbed"))
    return f"{_told(reached)}; places that write and were reached neither here nor in crash-runs: {', '.join(left) or 'none'}"


def _sites_of(chosen: Sequence[Scenario], folder: Path) -> set[tuple[str, int]]:
    """What wrote in scenarios that nobody disturbed."""
    found: set[tuple[str, int]] = set()
    for scenario in chosen:
        outputs = folder / scenario.name / "outputs"
        with on_stage(outputs):
            recording = Recording.of(scenario, outputs)
            found |= recording.sites
            recording.end()
    return found


def _pairs(seed: int, folder: Path) -> str:
    reached = Reached()
    chosen = [*scenarios.compositions(rounds=8), *scenarios.people(rounds=3), *scenarios.other_kinds()]
    kill_twice([*chosen, *scenarios.whole_commands()], folder, reached, 2_000, seed)
    return f"{reached.pairs:,} pairs of crashes, the second while recovering, {reached.commits:,} commits within the budget"


def _told(reached: Reached) -> str:
    return (
        f"killed at {reached.points:,} points, which left {reached.disks:,} different disks: the same bytes after each; "
        f"{reached.commits:,} commits within the budget"
    )


SWEEPS = (
    Sweep("crash-runs", "G1", _every_operation),
    Sweep("crash-commands", "G1", _every_command),
    Sweep("crash-pairs", "G1", _pairs),
)
