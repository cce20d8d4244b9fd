"""Named random streams, so that no part of a run shares state with another.

Each use of randomness asks for its own generator by seed, stream name and round. Adding a use, or running rounds in
another process, changes no other stream: a round is a pure function of its parameters.
"""

from __future__ import annotations

import hashlib

import numpy as np


def rng_for(seed: int, stream: str, round_number: int = 0) -> np.random.Generator:
    """Generator of the stream `stream` (such as "split", "batches", "strategy") in round `round_number` of the run `seed`."""
    return np.random.default_rng(_sequence(seed, stream, round_number))


def seed_for(seed: int, stream: str, round_number: int = 0) -> int:
    """One integer in [0, 2³¹) of the same streams, for libraries that take a plain seed."""
    return int(_sequence(seed, stream, round_number).generate_state(1)[0] >> 1)


def _sequence(seed: int, stream: str, round_number: int) -> np.random.SeedSequence:
    name = int.from_bytes(hashlib.sha256(stream.encode()).digest()[:8], "little")
    return np.random.SeedSequence([seed, name, round_number])
