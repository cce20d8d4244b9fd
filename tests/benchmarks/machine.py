"""How fast this machine multiplies, for claims that are held against what is physically possible."""

from __future__ import annotations

import time

import numpy as np

_MATRIX = 2_048
_TRIES = 5


def multiply_adds_per_second() -> float:
    """Of NumPy's sgemm on all cores: the best of five."""
    matrix = np.random.default_rng(0).standard_normal((_MATRIX, _MATRIX), dtype=np.float32)
    seconds = []
    for _ in range(_TRIES):
        begun = time.perf_counter()
        matrix @ matrix
        seconds.append(time.perf_counter() - begun)
    return _MATRIX**3 / min(seconds)
