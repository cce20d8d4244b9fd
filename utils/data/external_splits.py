"""Which splits of a library's set are used, and which of them is its own test part."""

from __future__ import annotations

from collections.abc import Sequence

from utils.errors import ParameterError
from utils.registry import did_you_mean

_TEST = "test"
_NONE = "none"
"""Says that the set's own test part is not wanted."""


def choose_splits(known: Sequence[str], split: str, test_split: str | None, where: str) -> list[str]:
    """The split to learn from and, where there is one, the test split after it.

    Args:
        known: the splits that the set has.
        split: the one to learn from.
        test_split: the set's own test part; None: the one called test, where there is one; "none": nothing.
        where: names the set in messages.

    Raises:
        ParameterError: there is no such split, or one is to be both.
    """
    last = test_split or (_TEST if _TEST in known and split != _TEST else None)
    if last == _NONE and _NONE not in known:
        last = None
    if split == test_split:
        raise ParameterError(
            f"test_split: received {split!r}, which split is too; give another, or leave it out", "data_params"
        )
    for option, part in (("split", split), ("test_split", last)):
        if part is not None and part not in known:
            raise ParameterError(
                f"{option}: {where} has no split {part!r}{did_you_mean(part, list(known))}; it has {', '.join(known)}",
                "data_params",
            )
    return [split] if last is None else [split, last]
