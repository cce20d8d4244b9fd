"""Something that the program did once, undisturbed and written down: from it every disturbed disk follows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from tests.crash.disk_model import DiskModel, State, lay_out, state_of
from tests.crash.faulty_disk import Crash, FaultyDisk
from tests.crash.recording_disk import Operation, RecordingDisk
from tests.crash.scenarios import Scenario
from tests.crash.stage import disk
from utils import files
from utils.errors import DiskError


@dataclass(frozen=True)
class Recording:
    """What `scenario` did to the disk, on a stage that is open still (see stage.py).

    Attributes:
        scenario: of which it is.
        outputs: where it took place.
        base: what lay there before.
        operations: all that it did, in their order.
        results: what came out.
        count: of calls of the system, each of which a `FaultyDisk` may fail.
        sites: from where files were written, also when it went on; see `FaultyDisk`.
    """

    scenario: Scenario
    outputs: Path
    base: State
    operations: list[Operation]
    results: dict[str, bytes]
    count: int
    sites: set[tuple[str, int]]

    @classmethod
    def of(cls, scenario: Scenario, outputs: Path, killed_at: int | None = None) -> Recording:
        """Records it; where `killed_at` is given, it was killed at that operation at first, and went on after that."""
        outputs.mkdir(parents=True)
        scenario.data(scenario.folder_of_data(outputs))
        scenario.prepare(outputs)
        base, recorder = state_of(outputs), RecordingDisk(outputs)
        whole = FaultyDisk(system=recorder)
        with acknowledged_to(recorder):
            if killed_at is not None:
                _attempt(scenario, outputs, FaultyDisk(killed_at, system=recorder))
            with disk(whole):
                scenario.do(outputs)
        return cls(scenario, outputs, base, recorder.operations, scenario.results(outputs), whole.count, whole.sites)

    def disks(self) -> Iterator[tuple[int, DiskModel]]:
        """The disk before each operation, and at the end; the same object, which changes."""
        model = DiskModel.holding(self.base)
        for number, operation in enumerate(self.operations):
            yield number, model
            model.apply(operation)
        yield len(self.operations), model

    def disk_before(self, number: int) -> DiskModel:
        """The disk before operation `number`."""
        return next(model for place, model in self.disks() if place == number)

    def begin(self, state: State) -> None:
        """The program finds `state` below `outputs`."""
        lay_out(state, self.outputs)

    def attempt(self, system: FaultyDisk) -> bool:
        """Does it on that disk; whether it came to its end."""
        return _attempt(self.scenario, self.outputs, system)

    def check(self, what: str) -> None:
        """Does it undisturbed, and raises AssertionError where other results come out than without `what` happened before."""
        system = FaultyDisk()
        with disk(system):
            self.scenario.do(self.outputs)
        self.sites.update(system.sites)
        received = self.scenario.results(self.outputs)
        different = sorted(name for name in {*received, *self.results} if received.get(name) != self.results.get(name))
        assert not different, f"{self.scenario.name}, {what}: other bytes in {', '.join(different)}"

    def end(self) -> None:
        """Clears the stage for the next."""
        shutil.rmtree(self.outputs)


def _attempt(scenario: Scenario, outputs: Path, system: FaultyDisk) -> bool:
    try:
        with disk(system):
            scenario.do(outputs)
    except (Crash, DiskError):
        return False
    return True


def acknowledged_to(recorder: RecordingDisk) -> Any:
    """In this `with` block the recorder notes of which lines the program was told that they are on the disk."""
    append: Callable[[Path, bytes], None] = files.append_line

    def append_line(path: Path, line: bytes) -> None:
        append(path, line)
        recorder.acknowledge(path, line)

    return mock.patch.object(files, "append_line", append_line)
