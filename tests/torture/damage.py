"""A folder that was damaged or edited by hand: refused in a sentence with exit code 65, or its part made anew (G6)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from tests.crash import scenarios
from tests.crash.disk_model import State, lay_out, state_of
from tests.crash.scenarios import Scenario, predicted
from tests.crash.stage import on_stage
from tests.fakes import blobs, results_of, run_fake, small_params
from tests.test_people import shown
from tests.torture.sweep import Sweep
from utils.errors import FrameworkError

RUN = "fake/stats/margin/run_1"
HASHES = r"[0-9a-f]{64}"
Change = Callable[[bytes], bytes]
_TOO_LONG = 60


class Damaged:
    """The folder `outputs` as it was before, and what goes on from there without damage."""

    def __init__(self, outputs: Path, proceed: Callable[[Path], object]) -> None:
        """`outputs` are whole; `proceed` uses what lies there."""
        self.whole = state_of(outputs)
        self._outputs, self._proceed = outputs, proceed
        proceed(outputs)
        self.results = results_of(outputs)

    def outcome(self, damage: Callable[[Path], object]) -> FrameworkError | None:
        """The error after the `damage`; None where the results are the same. Raises AssertionError at anything else."""
        remove(self._outputs)
        lay_out(self.whole, self._outputs)
        damage(self._outputs)
        try:
            with _not_for_ever():
                self._proceed(self._outputs)
        except FrameworkError as error:
            return error
        received = results_of(self._outputs)
        assert received == self.results, (
            f"other bytes in {sorted(n for n in self.results if received.get(n) != self.results[n])}"
        )
        return None


def remove(folder: Path) -> None:
    """Whatever lies there."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.unlink(missing_ok=True)


@contextlib.contextmanager
def _not_for_ever() -> Iterator[None]:
    """Raises AssertionError where the block waits for something that never comes, such as the other end of a pipe."""

    def too_long(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"nothing came of it in {_TOO_LONG} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(_TOO_LONG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def continued(**changes: Any) -> Callable[[Path], object]:
    """One more round of the run that `begun` did."""
    return lambda _: run_fake(small_params(max_round=3, **changes), shown() if "oracle" in changes else blobs())


def begun(**changes: Any) -> None:
    """A run of two rounds after the first."""
    run_fake(small_params(max_round=2, **changes), shown() if "oracle" in changes else blobs())


def cut_the_journal(folder: Path, step: int = 1) -> int:
    """Cuts the journal at every `step`th byte of its last round and of what follows; returns how often."""
    outputs, place = folder / "outputs", f"{RUN}/rounds.log"
    with on_stage(outputs):
        begun()
        damaged = Damaged(outputs, continued())
        journal = _bytes(damaged.whole, place)
        sizes = range(len(b"".join(journal.splitlines(keepends=True)[:-2])), len(journal), step)
        for size in sizes:
            error = damaged.outcome(lambda outputs, size=size: (outputs / place).write_bytes(journal[:size]))
            assert error is None, f"journal cut at byte {size}: {error}"
        remove(outputs)
    return len(sizes)


def flip_journal(folder: Path, count: int, seed: int) -> int:
    """Flips a bit in a record before the last, `count` times."""
    outputs, place = folder / "outputs", f"{RUN}/rounds.log"
    with on_stage(outputs):
        begun()
        damaged = Damaged(outputs, continued())
        older = len(b"".join(_bytes(damaged.whole, place).splitlines(keepends=True)[:-1])) - 1
        said = rf"rounds\.log, line \d+: .*SHA-256 is {HASHES}, the line says"
        for number in range(count):
            _refused(damaged, place, _flip(random.Random(f"{seed} {number}"), older), said, f"seed {seed}, flip {number}")
        remove(outputs)
    return count


def flip_weights(folder: Path, count: int, seed: int) -> int:
    """Flips a bit of what a run goes on from: weights of the last round, and of a committee's earlier one."""
    outputs, done = folder / "outputs", 0
    for changes, name in ((_NONE, "round_0002"), (_COMMITTEE, "round_0001")):
        with on_stage(outputs):
            begun(**changes)
            damaged = Damaged(outputs, continued(**changes))
            place = next(path for path in damaged.whole if path.endswith(f"{name}.weights.h5"))
            for number in range(count // 2):
                said = rf"{name}\.weights\.h5.*SHA-256 expected {HASHES}, received {HASHES}"
                _refused(damaged, place, _flip(random.Random(f"{seed} {number}")), said, f"seed {seed}, flip {number}")
                done += 1
            remove(outputs)
    return done


_NONE: dict[str, Any] = {}
_COMMITTEE: dict[str, Any] = {"framework_type": "qbc", "strategy_params": {"committee": "rounds"}, "num_members": 2}


def flip_initial_model(folder: Path, count: int, seed: int) -> int:
    """Flips a bit of the initial model that a second strategy starts at, or of the file that describes it."""
    outputs = folder / "outputs"
    with on_stage(outputs):
        run_fake(small_params(max_round=1))
        damaged = Damaged(outputs, lambda _: run_fake(small_params(max_round=1, framework_type="random")))
        places = [path for path in damaged.whole if "init_ckpt" in path and damaged.whole[path] is not None]
        for number in range(count):
            said = r"initial\.(json|weights\.h5): .*remove .* and it is made anew"
            change = _flip(random.Random(f"{seed} {number}"))
            _refused(damaged, places[number % len(places)], change, said, f"seed {seed}, flip {number}")
        remove(outputs)
    return count


def flip_answers(folder: Path, count: int, seed: int) -> int:
    """Flips a bit of what people said; in the last record it may be what a crash left, and is asked for again."""
    outputs, place = folder / "outputs", f"{RUN}/labelling/annotations.log"
    with on_stage(outputs):
        begun(oracle="csv")
        damaged = Damaged(outputs, continued(oracle="csv"))
        older = len(b"".join(_bytes(damaged.whole, place).splitlines(keepends=True)[:-1])) - 1
        for number in range(count):
            said = rf"annotations\.log, line \d+: .*SHA-256 is {HASHES}, the line says"
            _refused(damaged, place, _flip(random.Random(f"{seed} {number}"), older), said, f"seed {seed}, flip {number}")
        remove(outputs)
    return count


def flip_what_predictions_take(folder: Path, count: int, seed: int) -> Counter[str]:
    """Flips a bit of the files of runs that new samples are labelled with: refused, or of no consequence."""
    outcomes = Counter[str]()
    for scenario in _trained():
        outputs = folder / scenario.name / "outputs"
        with on_stage(outputs):
            data = scenario.folder_of_data(outputs)
            scenario.data(data)
            scenario.do(outputs)
            damaged = Damaged(outputs, lambda outputs, data=data: predicted(outputs, data))
            places = [path for path in damaged.whole if re.search(r"run_\d+/([^/]+\.(log|json|h5|txt))$", path)]
            for number in range(count // 2):
                rng = random.Random(f"{seed} {number}")
                place, flip = rng.choice(places), _flip(rng)
                error = damaged.outcome(lambda outputs, place=place, flip=flip: _rewrite(outputs / place, flip))
                what = f"{scenario.name}, {place}, seed {seed}, flip {number}"
                assert error is None or error.exit_code in {2, 65}, f"{what}: {error.exit_code}, {error}"
                outcomes["without consequence" if error is None else "refused"] += 1
            remove(outputs)
    return outcomes


def flip_caches(folder: Path, count: int, seed: int) -> int:
    """Flips a bit of extracted features or of words: they are made anew, and the results are the same."""
    done, caching = 0, [one for one in scenarios.whole_commands() if one.name in {"recordings", "images", "texts"}]
    for scenario in caching:
        outputs = folder / scenario.name / "outputs"
        with on_stage(outputs):
            scenario.data(scenario.folder_of_data(outputs))
            scenario.do(outputs)
            damaged = Damaged(outputs, scenario.do)
            stats = next(path for path in damaged.whole if path.endswith("/stats"))
            places = [path for path in damaged.whole if "/features/" in path and damaged.whole[path]]
            damaged.whole = {path: content for path, content in damaged.whole.items() if not path.startswith(stats)}
            for number in range(count // len(caching)):
                rng = random.Random(f"{seed} {number}")
                place, flip = rng.choice(places), _flip(rng)
                error = damaged.outcome(lambda outputs, place=place, flip=flip: _rewrite(outputs / place, flip))
                assert error is None, f"{scenario.name}, {place}, seed {seed}, flip {number}: {error}"
                done += 1
            remove(outputs)
    return done


def edit_by_hand(folder: Path, step: int = 1) -> Counter[str]:
    """Does to each file of runs what hands do; then a sentence comes out, or the right results."""
    outcomes = Counter[str]()
    for changes in ({"checkpoint": "best", "autolabel": "all"}, {"oracle": "csv"}):
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
    for changes, place in ((_NONE, f"{RUN}/rounds.log"), ({"oracle": "csv"}, f"{RUN}/labelling/annotations.log")):
        outputs = folder / "outputs"
        with on_stage(outputs):
            begun(**changes)
            damaged = Damaged(outputs, continued(**changes))
            lines = _bytes(damaged.whole, place).splitlines(keepends=True)
            for number, (what, edited) in enumerate(_edited(lines)):
                if number % step == 0:
                    content = b"".join(edited)
                    edit = lambda outputs, place=place, content=content: (outputs / place).write_bytes(content)  # noqa: E731
                    outcomes[_tolerated(damaged, edit, f"{place}: {what}", same=False)] += 1
            remove(outputs)
    return outcomes


def _tolerated(damaged: Damaged, edit: Callable[[Path], object], what: str, *, same: bool = True) -> str:
    """Whether it was refused, or done rightly; a journal forged with its hashes may, unless `same`, tell another story."""
    try:
        error = damaged.outcome(edit)
    except AssertionError as other:
        assert not same, f"{what}: {other}"
        return "another story"
    except Exception as fault:
        raise AssertionError(f"{what}: came out as {fault!r}") from fault
    assert error is None or error.exit_code in {2, 65, 74, 75}, f"{what}: exit code {error.exit_code}, {error}"
    return "done rightly" if error is None else "refused"


def _edits(whole: State) -> Iterator[tuple[str, Callable[[Path], object]]]:
    """What hands do to each file and folder."""
    for path, content in whole.items():
        if content is None:
            yield (
                f"{path} made a file",
                lambda outputs, path=path: _instead(outputs / path, lambda place: place.write_text("x")),
            )
            continue
        for what, change in _CHANGES.items():
            yield f"{path} {what}", lambda outputs, path=path, change=change: _rewrite(outputs / path, change)
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
_OTHER_THINGS: dict[str, Callable[[Path], object]] = {
    "nothing": lambda place: None,
    "a folder": lambda place: place.mkdir(),
    "a folder with something in it": lambda place: (place / "deep").mkdir(parents=True),
    "a link to nothing": lambda place: place.symlink_to("nowhere"),
    "a link to itself": lambda place: place.symlink_to(place.name),
    "a link to a folder": lambda place: place.symlink_to("."),
    "a link to a device": lambda place: place.symlink_to("/dev/null"),
    "a pipe": os.mkfifo,
}


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
        yield f"no JSON behind line {number}", [*before, line, _sealed(b"no json"), *after]


def _forged(record: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The record without each of its values, and with others in their place, also of the objects within it."""
    for name, held in record.items():
        yield f"without {name}", {key: value for key, value in record.items() if key != name}
        for value in (None, -1, "x", [], {}, True, 1e300, [[]], {"a": None}):
            yield f"with {name} {value!r}", record | {name: value}
        if isinstance(held, dict):
            yield from ((f"{what} in {name}", record | {name: forged}) for what, forged in _forged(held))


def _line(record: Any) -> bytes:
    return _sealed(json.dumps(record, sort_keys=True, separators=(",", ":")).encode())


def _sealed(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode() + b" " + content + b"\n"


def _flip(rng: random.Random, size: int | None = None) -> Change:
    """Flips one bit of the first `size` bytes, or of all."""

    def flip(content: bytes) -> bytes:
        place, bit = rng.randrange(size or len(content)), 1 << rng.randrange(8)
        return content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]

    return flip


def _refused(damaged: Damaged, place: str, change: Change, said: str, what: str) -> None:
    error = damaged.outcome(lambda outputs: _rewrite(outputs / place, change))
    assert error is not None, f"{place}, {what}: nobody noticed"
    assert error.exit_code == 65, f"{place}, {what}: exit code {error.exit_code}"
    assert re.search(said, str(error)), f"{place}, {what}: said {error}"


def _rewrite(path: Path, change: Change) -> None:
    path.write_bytes(change(path.read_bytes()))


def _instead(path: Path, make: Callable[[Path], object]) -> None:
    remove(path)
    make(path)


def _bytes(state: Mapping[str, bytes | None], path: str) -> bytes:
    content = state[path]
    if content is None:
        raise ValueError(f"{path} is a folder")
    return content


def _trained() -> list[Scenario]:
    return [one for one in scenarios.whole_commands() if one.name in {"texts", "recordings"}]


def _flips(seed: int, folder: Path) -> str:
    cuts = cut_the_journal(folder)
    journal, weights = flip_journal(folder, 300, seed), flip_weights(folder, 300, seed)
    initial, answers = flip_initial_model(folder, 300, seed), flip_answers(folder, 300, seed)
    return (
        f"journal cut at {cuts:,} bytes: redone; flipped bits, all refused with 65: {journal} in older records, {weights} in "
        f"weights, {initial} in the initial model, {answers} in what people said"
    )


def _flips_elsewhere(seed: int, folder: Path) -> str:
    caches, taken = flip_caches(folder, 300, seed), flip_what_predictions_take(folder, 300, seed)
    return f"{caches} flipped bits in caches: made anew; in what predictions take: {_counted(taken)}"


def _by_hand(seed: int, folder: Path) -> str:
    return f"files edited by hand: {_counted(edit_by_hand(folder))}; records: {_counted(edit_records(folder))}; no traceback"


def _counted(outcomes: Counter[str]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in sorted(outcomes.items()))


SWEEPS = (
    Sweep("damage-flips", "G6", _flips),
    Sweep("damage-elsewhere", "G6", _flips_elsewhere),
    Sweep("damage-by-hand", "G6", _by_hand),
)
