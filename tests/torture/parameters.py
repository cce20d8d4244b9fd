"""Parameter files that nobody should have written: each is answered in a few lines, and nothing else happens.

Three kinds: values that the table of constraints excludes (read off the JSON Schema, so that a new parameter is among them by
itself), files damaged byte by byte, and the ones with a name, each of which a process of its own has to answer.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import json
import math
import os
import random
import resource
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import framework
from hparams import HParams
from tests.schema_values import SCHEMA, at, candidates, fits, places
from tests.torture.sweep import Sweep
from utils.parameter_file import parse_parameters

ROOT = Path(__file__).parents[2]
FILE = "parameters.json"
HEAVY = ("tensorflow", "keras", "torch", "jax")
MOST_LINES, MOST_CHARACTERS, MOST_SECONDS = 20, 50_000, 1.0
TOKENS = (
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "true", "false", "null", "0", "-1", "1.5", "9" * 5000, "[", "]", "{",
    "}", "[" * 2000, "{" * 2000, '{"a":' * 2000, ",", ",,", ":", '"', "'", "\\", '"\\ud800"', '"\\udfff', "\\u0000",
    "\\u001b[2J", "\ufeff", "/*", "*/", "//", "#", "\n", "\r", "\t", "\0", "\x1b[31m", "\x9b2J", "\u202e", "\u2028", "é",
    '"sub_dir": "../..",', '"a": 1,', '"grid": {"learning_rate": [0.1, true]},', '"random_seed": [1, 1],',
    '"stop": {"label_budget": 0},', "1e", "0x10", "--", "١",
)  # fmt: skip


@dataclass
class Answer:
    """What the command line said to a parameter file, and how long that took it, in seconds of this process."""

    exit_code: int
    text: str
    seconds: float
    accepted: HParams | None


def answer(folder: Path, content: bytes, *options: str) -> Answer:
    """What `framework.main` answers to a file with this content, in the current folder; nothing valid is run."""
    (folder / FILE).write_bytes(content)
    said, taken = io.StringIO(), list[HParams]()
    with (
        mock.patch.object(framework, "run", lambda hparams, _: taken.append(hparams)),
        contextlib.redirect_stderr(said),
        contextlib.redirect_stdout(said),
    ):
        begun = time.process_time()
        exit_code = framework.main([f"--param_file={FILE}", *options])
    return Answer(exit_code, said.getvalue(), time.process_time() - begun, taken[0] if taken else None)


def faults_of(one: Answer) -> list[str]:
    """What is wrong with the answer to a file that was not accepted; empty when nothing is."""
    lines = one.text.splitlines()
    steering = sorted({letter for line in one.text.split("\n") for letter in line if not letter.isprintable()})
    return [
        fault
        for fault, is_so in {
            f"exit code {one.exit_code}": one.exit_code != 2,
            f"{len(lines)} lines": not 1 <= len(lines) <= MOST_LINES,
            f"{len(one.text)} characters": len(one.text) > MOST_CHARACTERS,
            f"{one.seconds:.2f} seconds": one.seconds >= MOST_SECONDS,
            "a traceback": "Traceback (most" in one.text or 'File "' in one.text,
            f"raw control characters {steering}": bool(steering),
            "no errors counted": "error" not in one.text.partition("\n")[0],
        }.items()
        if is_so
    ]


def _is_json(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def excluded() -> list[tuple[tuple[str, ...], Any]]:
    """(path, value) of each value that the table of constraints excludes."""
    return [
        (path, value)
        for path, schema in places()
        for value in candidates(schema)
        if _is_json(value) and not (isinstance(value, list) and not all(map(_is_json, value))) and not fits(value, schema)
    ]


def misspelt(rng: random.Random, name: str) -> str:
    """`name` with one letter dropped, doubled, swapped or in capitals."""
    spot = rng.randrange(1, len(name) - 1)
    return rng.choice(
        (
            name[:spot] + name[spot + 1 :],
            name[:spot] + name[spot] + name[spot:],
            name[: spot - 1] + name[spot] + name[spot - 1] + name[spot + 1 :],
            name.upper(),
        )
    )


def wrong_values(rng: random.Random, table: list[tuple[tuple[str, ...], Any]], number: int) -> tuple[bytes, list[str]]:
    """A file with a few excluded values and a misspelt name; with what the answer must say of them.

    The first files of a sweep take the table in its order, one each, so that all of it is covered.
    """
    chosen = [table[number % len(table)], *rng.sample(table, rng.choice((0, 0, 1, 3)))]
    values: dict[str, Any] = {"sub_dir": "digits"}
    expected = []
    for path, value in chosen:
        if path[0] not in values or path == ("sub_dir",):
            values |= at(path, value)
            expected.append(path[0])
    if rng.random() < 0.3:
        name = rng.choice(sorted(SCHEMA["properties"]))
        typo = misspelt(rng, name)
        if typo not in SCHEMA["properties"]:
            values[typo] = 1
            guesses = difflib.get_close_matches(typo.lower(), list(SCHEMA["properties"]), n=2)
            expected.append(f"{typo}: unknown parameter; did you mean {' or '.join(guesses)}?")
    return json.dumps(values).encode(), expected


def damaged(rng: random.Random, originals: list[bytes]) -> bytes:
    """One of the files after up to five flips, cuts, repetitions, insertions or splices."""
    data = bytearray(rng.choice(originals))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.choice((1, 2, 8, 60, 400)))
        match rng.randrange(6):
            case 0 if start < len(data):
                data[start] ^= 1 << rng.randrange(8)
            case 1:
                del data[start:end]
            case 2:
                data[start:start] = data[start:end] * rng.choice((1, 2, 50))
            case 3:
                data[start:start] = rng.choice(TOKENS).encode()
            case 4:
                data[start:end] = rng.choice(TOKENS).encode()
            case 5:
                other = rng.choice(originals)
                data[start:] = other[rng.randrange(len(other)) :]
    return bytes(data)


def round_trip(hparams: HParams) -> bool:
    """Whether what is written down of the parameters reads as the same."""
    written = json.dumps(hparams.model_dump(mode="json"))
    return HParams.parse(parse_parameters(written)) == hparams


def fuzz(seed: int, folder: Path, count: int) -> Counter[str]:
    """Answers `count` files, half of each kind, and counts how they came out.

    Raises:
        AssertionError: with the number of the file, which stays in `folder`.
    """
    rng, table, outcomes = random.Random(seed), excluded(), Counter[str]()
    originals = [path.read_bytes() for path in sorted((ROOT / "params").glob("*.json"))]
    light = not any(name in sys.modules for name in HEAVY)
    with contextlib.chdir(folder):
        for number in range(count):
            content, expected = (damaged(rng, originals), []) if number % 2 else wrong_values(rng, table, number // 2)
            where = f"seed {seed}, file {number}: {folder / FILE}"
            try:
                one = answer(folder, content)
            except Exception as error:
                raise AssertionError(f"{where}: {type(error).__name__}: {error}") from error
            outcomes["refused" if one.accepted is None else "accepted"] += 1
            faults = (
                faults_of(one) if one.accepted is None else [] if round_trip(one.accepted) else ["another after a round trip"]
            )
            shown = one.text.count("\n  ") <= 15 and "more" not in one.text
            faults += [f"accepted: {expected}"] if expected and one.accepted else []
            faults += [f"nothing of {name}" for name in expected if shown and name not in one.text]
            faults += [f"created {left}" for left in [[path.name for path in Path().iterdir()]] if left != [FILE]]
            assert not faults, f"{where}: {faults}: {one.text[:2000]}"
    assert not (light and any(name in sys.modules for name in HEAVY)), "a heavy library was imported"
    return outcomes


def named_files() -> Mapping[str, Callable[[Path], None]]:
    """Name → what puts such a file in place."""

    def holds(content: bytes) -> Callable[[Path], None]:
        return lambda path: (path.write_bytes(content), None)[1]

    def sparse(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(2**30)

    def unreadable(path: Path) -> None:
        path.write_bytes(b'{"sub_dir": 5}')
        path.chmod(0)

    texts = {
        "empty": "",
        "NaN": '{"sub_dir": "digits", "learning_rate": NaN}', "1e999": '{"sub_dir": "digits", "learning_rate": 1e999}',
        "duplicate keys": '{"sub_dir": "digits", "max_round": 1, "max_round": 2}',
        "true for a number": '{"sub_dir": "digits", "max_round": true}', "100,000 brackets": '{"sub_dir": ' + "[" * 100_000,
        "100,000 braces": '{"sub_dir": ' * 100_000, "5,000 digits": '{"sub_dir": "digits", "max_round": ' + "9" * 5000 + "}",
        "lone surrogate": '{"sub_dir": "\\ud800"}', "lone surrogate in a name": '{"sub_dir": "digits", "\\udfff": 1}',
        "escapes in a name": json.dumps({"sub_dir": "digits", "\x1b]0;owned\x07max_round\n\n": 1}),
        "escapes in a value": json.dumps({"sub_dir": "\x1b[2J\u202e\u2066\x9b31m", "framework_type": "\x1b[8m"}),
        "lines in every name": json.dumps({"sub_dir": "digits"} | {f"a\n\n\n{n}": 1 for n in range(15)}),
        "a name of a megabyte": json.dumps({"sub_dir": "digits", "x" * 1_000_000: 1}),
        "a folder of a megabyte": json.dumps({"sub_dir": "a/" * 500_000}),
        "200,000 seeds": json.dumps({"sub_dir": "digits", "random_seed": [-1] * 200_000}),
        "40,000 engines": json.dumps({"sub_dir": "digits", "framework_type": [f"margi{n}" for n in range(40_000)]}),
        "40,000 options": json.dumps({"sub_dir": "digits", "strategy_params": {f"a{n}": 1 for n in range(40_000)}}),
        "a million combinations": json.dumps(
            {"sub_dir": "digits", "num_select_per_round": [*range(1, 500)], "grid": {
                "num_epochs": [*range(1, 500)], "batch_size": [*range(1, 500)]}}
        ),
        "leads out": '{"sub_dir": "../..", "dataset": "digits"}', "a list": "[1]",
        "a path that cannot be": json.dumps({"sub_dir": "digits", "data_dir": "a" * 5000}),
    }  # fmt: skip
    raw = {
        "UTF-16": '{"sub_dir": "digits"}'.encode("utf-16"),
        "UTF-16 without a mark": '{"sub_dir": "digits"}'.encode("utf-16-le"),
        "BOM and nothing": b"\xef\xbb\xbf", "binary": bytes(range(256)) * 40, "an ELF": b"\x7fELF\x02\x01\x01" + bytes(100),
    }  # fmt: skip
    special: dict[str, Callable[[Path], None]] = {
        "1 GB": sparse, "directory": Path.mkdir, "FIFO": os.mkfifo,
        "device": lambda path: path.symlink_to("/dev/zero"),
        "unreadable": unreadable, "link to itself": lambda path: path.symlink_to(path.name), "missing": lambda path: None,
    }  # fmt: skip
    return {name: holds(text.encode()) for name, text in texts.items()} | {n: holds(c) for n, c in raw.items()} | special


def answer_named(folder: Path, names: list[str] | None = None) -> Iterator[str]:
    """Has a process of its own answer each of the named files; yields the names.

    Raises:
        AssertionError: an answer is not as promised.
    """
    files = named_files()
    for name in names or files:
        place = folder / name.replace(",", "").replace(" ", "_")
        place.mkdir()
        files[name](place / FILE)
        before = _listing(place)
        code = (
            "import sys, framework; code = framework.main(sys.argv[1:]); "
            f"heavy = [name for name in {HEAVY!r} if name in sys.modules]; sys.stderr.write(f'heavy {{heavy}}' * bool(heavy)); "
            "sys.exit(code)"
        )
        child = subprocess.run(
            [sys.executable, "-c", code, f"--param_file={FILE}"], cwd=place, capture_output=True, check=False, timeout=60,
            env=os.environ | {"PYTHONPATH": str(ROOT)}, preexec_fn=_limited,
        )  # fmt: skip
        one = Answer(child.returncode, child.stderr.decode(), 0.0, None)
        faults = faults_of(one) + (["said on stdout"] if child.stdout else []) + (["heavy"] if "heavy [" in one.text else [])
        faults += ["changed the folder"] if _listing(place) != before else []
        assert not faults, f"{name}: {faults}: {one.text[:2000]}; in {place}"
        yield name


def _limited() -> None:
    """Seconds of processor time that start, refusal and the way out may take together, far off; and some memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (8, 8))
    resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))


def _listing(folder: Path) -> list[tuple[str, int, int]]:
    found = []
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        found.append((str(path), stat.S_IFMT(about.st_mode), about.st_size))
    return found


def _twenty_thousand(seed: int, folder: Path) -> str:
    (folder / "mutants").mkdir()
    outcomes = fuzz(seed, folder / "mutants", 20_000)
    (folder / "named").mkdir()
    named = list(answer_named(folder / "named"))
    return (
        f"{sum(outcomes.values()):,} files: {outcomes['refused']:,} refused as promised, {outcomes['accepted']:,} still valid "
        f"and the same after a round trip; {len(excluded()):,} values that the table of constraints excludes, {len(named)} "
        "files with a name"
    )


SWEEPS = (Sweep("parameters", "G10", _twenty_thousand),)
