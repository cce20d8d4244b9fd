"""A folder that was damaged: refused in a sentence with exit code 65, or its part made anew (G6)."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from tests.crash import scenarios
from tests.crash.scenarios import Scenario, predicted
from tests.crash.stage import on_stage
from tests.fakes import run_fake, small_params
from tests.torture.damaged import RUN, Change, Damaged, begun, content_of, continued, counted, remove, rewrite
from tests.torture.sweep import Sweep

HASHES = r"[0-9a-f]{64}"


def cut_the_journal(folder: Path, step: int = 1) -> int:
    """Cuts the journal at every `step`th byte of its last round and of what follows; returns how often."""
    outputs, place = folder / "outputs", f"{RUN}/rounds.log"
    with on_stage(outputs):
        begun()
        damaged = Damaged(outputs, continued())
        journal = content_of(damaged.whole, place)
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
        older = len(b"".join(content_of(damaged.whole, place).splitlines(keepends=True)[:-1])) - 1
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
        older = len(b"".join(content_of(damaged.whole, place).splitlines(keepends=True)[:-1])) - 1
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
                error = damaged.outcome(lambda outputs, place=place, flip=flip: rewrite(outputs / place, flip))
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
                error = damaged.outcome(lambda outputs, place=place, flip=flip: rewrite(outputs / place, flip))
                assert error is None, f"{scenario.name}, {place}, seed {seed}, flip {number}: {error}"
                done += 1
            remove(outputs)
    return done


def _flip(rng: random.Random, size: int | None = None) -> Change:
    """Flips one bit of the first `size` bytes, or of all."""

    def flip(content: bytes) -> bytes:
        place, bit = rng.randrange(size or len(content)), 1 << rng.randrange(8)
        return content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]

    return flip


def _refused(damaged: Damaged, place: str, change: Change, said: str, what: str) -> None:
    error = damaged.outcome(lambda outputs: rewrite(outputs / place, change))
    assert error is not None, f"{place}, {what}: nobody noticed"
    assert error.exit_code == 65, f"{place}, {what}: exit code {error.exit_code}"
    assert re.search(said, str(error)), f"{place}, {what}: said {error}"


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
    return f"{caches} flipped bits in caches: made anew; in what predictions take: {counted(taken)}"


SWEEPS = (
    Sweep("damage-flips", "G6", _flips),
    Sweep("damage-elsewhere", "G6", _flips_elsewhere),
)
