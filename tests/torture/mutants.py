"""What bytes turn into on bad disks, in broken downloads and in hostile hands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

_ODD_NUMBERS = (0, 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)
_HEADER = 128
"""Bytes at the beginning in which most fields of a header stand."""

Mutator = Callable[[np.random.Generator, bytes], bytes]


def _flip(rng: np.random.Generator, content: bytes) -> bytes:
    """One to three bits, most of them in the header."""
    damaged = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        damaged[rng.integers(0, min(_HEADER, len(content)) if rng.random() < 0.6 else len(content))] ^= 1 << rng.integers(8)
    return bytes(damaged)


def _cut(rng: np.random.Generator, content: bytes) -> bytes:
    return content[: rng.integers(0, len(content))]


def _insert(rng: np.random.Generator, content: bytes) -> bytes:
    start = rng.integers(0, len(content))
    return content[:start] + rng.bytes(rng.integers(1, 600)) + content[start:]


def _double(rng: np.random.Generator, content: bytes) -> bytes:
    start, end = sorted(rng.integers(0, len(content) + 1, 2))
    return content[:end] + content[start:]


def _remove(rng: np.random.Generator, content: bytes) -> bytes:
    start, end = sorted(rng.integers(0, len(content) + 1, 2))
    return content[:start] + content[min(end, start + 600) :]


def _zero(rng: np.random.Generator, content: bytes) -> bytes:
    start = rng.integers(0, len(content))
    return content[:start] + bytes(min(512, len(content) - start)) + content[start + 512 :]


def _number(rng: np.random.Generator, content: bytes) -> bytes:
    """A field of the header that holds another number."""
    width = int(rng.choice([2, 4, 8]))
    value = int(rng.choice(np.array(_ODD_NUMBERS, object))) % 256**width
    start = int(rng.integers(0, max(1, min(_HEADER, len(content)) - width)) // 2 * 2)
    return content[:start] + value.to_bytes(width, "little" if rng.random() < 0.5 else "big") + content[start + width :]


def _append(rng: np.random.Generator, content: bytes) -> bytes:
    return content + (bytes(rng.integers(1, 600)) if rng.random() < 0.3 else rng.bytes(rng.integers(1, 600)))


MUTATORS: Sequence[Mutator] = (_flip, _flip, _flip, _number, _number, _cut, _insert, _double, _remove, _zero, _append)


def mutant(rng: np.random.Generator, content: bytes) -> tuple[str, bytes]:
    """The name of what was done to `content`, and what came of it."""
    mutator = MUTATORS[rng.integers(len(MUTATORS))]
    return mutator.__name__.removeprefix("_"), mutator(rng, content)
