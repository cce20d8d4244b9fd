"""Something costly that is made once and kept while it is asked for again in the same way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Holds the last thing that was made, and nothing older."""

    def __init__(self) -> None:
        """Nothing is held yet."""
        self._held: tuple[Any, T] | None = None

    def get(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` returned for this `key` the last time, or returns now; what was held for another goes first."""
        if self._held is None or self._held[0] != key:
            self._held = None
            self._held = key, make()
        return self._held[1]
