"""What most of several runs have alike: the others are compared with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any


def most_common(values: Iterable[Any]) -> Any:
    """The most frequent value that is not None, the first of equals; None when there is none."""
    return next(iter(dict(Counter(value for value in values if value is not None).most_common(1))), None)
