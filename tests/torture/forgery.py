"""A single value forged in a file of `outputs/`, and its record given the hash that it then needs."""

from __future__ import annotations

import copy
import csv
import hashlib
import io
import json
import random
from collections.abc import Iterator, MutableMapping, MutableSequence
from typing import Any

from tests.crash.disk_model import State
from tests.torture.damaged import content_of

_VALUES: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2, 3.5, -0.0, 10**6, 2**53, 10**30, -(2**63), 1e300, float("nan"), float("inf"), "", "x", "1",
    "../x", "/", "\x1b[2J\n", "é" * 300, "\ud800", [], [None], [[]], [0, 0], {}, {"a": None}, {"": [{}]},
)  # fmt: skip
_CELLS = ("", "x", "-1", "0", "nan", "inf", "1e999", "9" * 400, '"', "1,2", "\x00", "é", "true", "../x")
TABLES = (".csv", ".txt")
_RECORDS = (".log", ".json", ".words")
_SEAL = "sha256_of_record"


def editable(path: str) -> bool:
    """Whether values stand in it that a person could change."""
    return path.endswith((*TABLES, *_RECORDS))


def forged_in(state: State, path: str, rng: random.Random) -> tuple[str, bytes]:
    """What was changed, and the whole content then."""
    content = content_of(state, path)
    if path.endswith(TABLES):
        return _cell(content, rng)
    if path.endswith(".words"):
        what, body = _value(content.partition(b"\n")[2], rng)
        array = hashlib.sha256(content_of(state, path.removesuffix(".words") + ".npy")).hexdigest().encode()
        return what, hashlib.sha256(array + body).hexdigest().encode() + b"\n" + body
    lines = content.splitlines(keepends=True)
    number = rng.randrange(len(lines)) if lines[0].partition(b" ")[0] == _hash_of(lines[0].partition(b" ")[2][:-1]) else None
    if number is None and path.endswith("initial.json"):
        what, text = _value(content.partition(b" ")[2], rng)
        return what, sealed(text + b"\n")
    if number is None:
        return _value(content, rng)
    what, text = _value(lines[number].partition(b" ")[2], rng)
    lines[number] = sealed(text) + b"\n"
    return f"line {number} {what}", b"".join(lines)


def sealed(content: bytes) -> bytes:
    """The content of a record behind its hash."""
    return _hash_of(content) + b" " + content


def _hash_of(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _cell(content: bytes, rng: random.Random) -> tuple[str, bytes]:
    rows = [list(row) for row in csv.reader(io.StringIO(content.decode()))]
    row = rng.choice([row for row in rows if row])
    column, value = rng.randrange(len(row)), rng.choice(_CELLS)
    what = f"cell {row[column]!r} → {value!r}"
    row[column] = value
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return what, text.getvalue().encode()


def _value(content: bytes, rng: random.Random) -> tuple[str, bytes]:
    """Changes a value anywhere in a JSON text; a record of a cache, which holds its own hash, is given the right one."""
    record = json.loads(content)
    has_seal = isinstance(record, dict) and record.pop(_SEAL, None) is not None
    holder, key = rng.choice([*_places(record)])
    what = f"{key!r} {_shown(holder[key])} "
    match rng.randrange(4):
        case 0:
            del holder[key]
            what += "left out"
        case 1:
            other, there = rng.choice([*_places(record)])
            holder[key] = copy.deepcopy(other[there])
            what += f"→ {_shown(holder[key])}, from elsewhere"
        case 2 if type(holder[key]) is int:
            holder[key] += rng.choice((-1, 1))
            what += f"→ {holder[key]}"
        case _:
            holder[key] = copy.deepcopy(rng.choice(_VALUES))
            what += f"→ {_shown(holder[key])}"
    if has_seal:
        record[_SEAL] = _hash_of(json.dumps(record, sort_keys=True).encode()).decode()
    return what, json.dumps(record, sort_keys=True, separators=(",", ":")).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in it with every key or position there."""
    if isinstance(value, MutableMapping):
        for key, held in value.items():
            yield value, key
            yield from _places(held)
    elif isinstance(value, MutableSequence):
        for position, held in enumerate(value):
            yield value, position
            yield from _places(held)


def _shown(value: Any) -> str:
    return repr(value)[:60]
