"""How a large pool is worked through: in blocks that stay in the processor's cache, so that no temporary is as large as it."""

from __future__ import annotations

from collections.abc import Iterator

NUMBERS = 1 << 17
"""Of a block: half a MiB in single precision, so that a few of them fit into a second-level cache."""


def blocks(count: int, width: int, numbers: int = NUMBERS) -> Iterator[slice]:
    """Slices that cover `count` rows of `width` numbers, each of at most `numbers` numbers, or of one row that has more."""
    step = max(1, numbers // max(1, width))
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))
