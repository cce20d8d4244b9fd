"""A folder edited by hand, also by somebody who gives the records that he forges the hashes that they need (G6)."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.crash import scenarios
from tests.crash.disk_model import State
from tests.crash.stage import on_stage
from tests.fakes import run_fake, small_params
from tests.torture.damaged import RUN, Change, Damaged, begun, content_of, continued, counted, remove, rewrite
from tests.torture.forgery import TABLES, editable, forged_in, sealed
from tests.torture.sweep import Sweep
from utils import compare

Edit = Callable[[Path], object]
_JOURNALS: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, f"{RUN}/rounds.log"),
    ({"oracle": "csv"}, f"{RUN}/labelling/annotations.log"),
)
_RUNS: tuple[dict[str, Any], ...] = ({"checkpoint": "best", "autolabel": "all"}, {"oracle": "csv"})


def edit_by_hand(folder: Path, step: int = 1) -> Counter[str]:
    """Does to each file of runs what hands do; then a sentence comes out, or the right results."""
    outcomes = Counter[str]()
    for changes in _RUNS:
        outputs = folder / "outputs"
        with on_stage(outputs):
            begun(**changes)
            damaged = Damaged(outputs, continued(**changes))
            for number, (what, edit) in enumerate(_edits(damaged.whole)):
                if number % step == 0:
                    outcomes[_tolerated(damaged, edit, what)] += 1
            remove(outputs)
    return outcomes


def edit_records(folder: Path, step: int = 1) -> Counter[str]:
    """Takes lines out of the journals, doubles, swaps and forges them, with hashes that are right."""
    outcomes = Counter[str]()
    for changes, place in _JOURNALS:
        outputs = folder / "outputs"
        with on_stage(outputs):
            begun(**changes)
            damaged = Damaged(outputs, continued(**changes))
            lines = content_of(damaged.whole, place).splitlines(keepends=True)
            for number, (what, edited) in enumerate(_edited(lines)):
                if number % step == 0:
                    edit = _with(place, b"".join(edited))
                    outcomes[_tolerated(damaged, edit, f"{place}: {what}", same=False)] += 1
            remove(outputs)
    return outcomes


def edit_deeply(folder: Path, count: int, seed: int) -> Counter[str]:
    """Forges a value at any depth of any file with values in it: `count` times in each run, a fifth as often in commands."""
    outcomes, commands = Counter[str](), {scenario.name for scenario in scenarios.whole_commands()}
    for name, (begin, proceed) in _stories().items():
        outputs = folder / name / "outputs"
        with on_stage(outputs):
            begin(outputs)
            damaged = Damaged(outputs, proceed)
            files = [path for path, content in damaged.whole.items() if content and editable(path)]
            for number in range(-(-count // 5) if name in commands else count):
                rng = random.Random(f"{seed} {name} {number}")
                path = rng.choice([path for path in files if path.endswith(TABLES) == (number % 5 == 0)])
                what, content = forged_in(damaged.whole, path, rng)
                said = f"{name}, seed {seed}, edit {number}: {path} {what}"
                outcomes[_tolerated(damaged, _with(path, content), said, same=False)] += 1
            remove(outputs)
    return outcomes


def _stories() -> dict[str, tuple[Edit, Edit]]:
    """By name what makes a folder, and what goes on from there."""
    found: dict[str, tuple[Edit, Edit]] = {}
    for number, changes in enumerate((*_RUNS, {"pseudo_label": True})):
        found[f"run {number}"] = lambda _, changes=changes: begun(**changes), continued(**changes)
    second = small_params(max_round=1, framework_type="random")
    found["a second strategy"] = lambda _: run_fake(small_params(max_round=1)), lambda _: run_fake(second)
    for scenario in scenarios.whole_commands():
        if scenario.name in {"recordings", "images", "texts", "grid", "folds"}:

            def begin(outputs: Path, scenario: scenarios.Scenario = scenario) -> None:
                scenario.data(scenario.folder_of_data(outputs))
                scenario.do(outputs)

            def proceed(outputs: Path, scenario: scenarios.Scenario = scenario) -> None:
                scenario.do(outputs)
                compare.compare(outputs / scenario.name)
                scenarios.predicted(outputs, scenario.folder_of_data(outputs))

            found[scenario.name] = begin, proceed
    return found


def _with(path: str, content: bytes) -> Edit:
    return lambda outputs: (outputs / path).write_bytes(content)


def _tolerated(damaged: Damaged, edit: Edit, what: str, *, same: bool = True) -> str:
    """Whether it was refused, or done rightly; a record forged with its hash may, unless `same`, tell another story."""
    try:
        error = damaged.outcome(edit)
    except AssertionError as other:
        assert not same, f"{what}: {other}"
        return "another story"
    except Exception as fault:
        raise AssertionError(f"{what}: came out as {fault!r}") from fault
    assert error is None or error.exit_code in {2, 65, 74, 75}, f"{what}: exit code {error.exit_code}, {error}"
    return "done rightly" if error is None else "refused"


def _edits(whole: State) -> Iterator[tuple[str, Edit]]:
    """What hands do to each file and folder."""
    for path, content in whole.items():
        if content is None:
            yield (
                f"{path} made a file",
                lambda outputs, path=path: _instead(outputs / path, lambda place: place.write_text("x")),
            )
            continue
        for what, change in _CHANGES.items():
            yield f"{path} {what}", lambda outputs, path=path, change=change: rewrite(outputs / path, change)
        for what, make in _OTHER_THINGS.items():
            yield f"{path} made {what}", lambda outputs, path=path, make=make: _instead(outputs / path, make)
    yield (
        "weights of another round",
        lambda outputs: shutil.copy(outputs / RUN / "round_0001.weights.h5", outputs / RUN / "round_0002.weights.h5"),
    )


_CHANGES: dict[str, Change] = {
    "emptied": lambda content: b"",
    "halved": lambda content: content[: len(content) // 2],
    "doubled": lambda content: content * 2,
    "with a byte more": lambda content: content + b"x",
    "with a line more": lambda content: content + b"1,2,3\n",
    "in another encoding": lambda content: content.decode("utf-8", "replace").encode("utf-16"),
    "full of zeros": lambda content: bytes(len(content)),
    "full of brackets": lambda content: b"[" * 5_000,
}
_OTHER_THINGS: dict[str, Edit] = {
    "nothing": lambda place: None,
    "a folder": lambda place: place.mkdir(),
    "a folder with something in it": lambda place: (place / "deep").mkdir(parents=True),
    "a link to nothing": lambda place: place.symlink_to("nowhere"),
    "a link to itself": lambda place: place.symlink_to(place.name),
    "a link to a folder": lambda place: place.symlink_to("."),
    "a link to a device": lambda place: place.symlink_to("/dev/null"),
    "a pipe": os.mkfifo,
}


def _instead(path: Path, make: Edit) -> None:
    remove(path)
    make(path)


def _edited(lines: Sequence[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    for number, line in enumerate(lines):
        before, after = list(lines[:number]), list(lines[number + 1 :])
        yield f"line {number} left out", before + after
        yield f"line {number} doubled", [*before, line, line, *after]
        if after:
            yield f"line {number} after its next", [*before, after[0], line, *after[1:]]
        record = json.loads(line.partition(b" ")[2])
        for what, forged in _forged(record):
            yield f"line {number} {what}", [*before, _line(forged), *after]
        for forged in (None, [], 1, "x", {}, {"type": "other"}, {"type": "round"}, {"type": "end"}, {"type": "autolabel"}):
            yield f"{forged!r} in front of line {number}", [*before, _line(forged), line, *after]
            yield f"{forged!r} behind line {number}", [*before, line, _line(forged), *after]
        yield f"no JSON behind line {number}", [*before, line, sealed(b"no json") + b"\n", *after]


def _forged(record: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The record without each of its values, and with others in their place, also of the objects within it."""
    for name, held in record.items():
        yield f"without {name}", {key: value for key, value in record.items() if key != name}
        for value in (None, -1, "x", [], {}, True, 1e300, [[]], {"a": None}):
            yield f"with {name} {value!r}", record | {name: value}
        if isinstance(held, dict):
            yield from ((f"{what} in {name}", record | {name: forged}) for what, forged in _forged(held))


def _line(record: Any) -> bytes:
    return sealed(json.dumps(record, sort_keys=True, separators=(",", ":")).encode()) + b"\n"


def _by_hand(seed: int, folder: Path) -> str:
    return f"files edited by hand: {counted(edit_by_hand(folder))}; records: {counted(edit_records(folder))}; no traceback"


def _deeply(seed: int, folder: Path) -> str:
    return f"values forged at any depth of any file: {counted(edit_deeply(folder, 500, seed))}; no traceback"


SWEEPS = (Sweep("damage-by-hand", "G6", _by_hand), Sweep("damage-at-any-depth", "G6", _deeply))
