"""Who has which sample before him, so that no sample goes to more annotators than it needs.

Kept in memory alone: after a restart of the server everybody asks again, and gets what is free then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class _Held:
    """What one annotator has."""

    shown: int | None
    upcoming: int | None
    until: float


class Leases:
    """One sample on the screen of each annotator, and one that his browser loads meanwhile.

    What is on a screen belongs to that annotator until he answers or gives no sign of life for too long. What is loaded
    ahead is only marked: others take it last, but they may.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        """A lease lasts `seconds` of `clock` since the last sign of life."""
        self._seconds, self._clock = seconds, clock
        self._held: dict[str, _Held] = {}

    def of(self, by: str) -> tuple[int | None, int | None]:
        """The sample that the annotator `by` has on the screen, and the one that he loads ahead."""
        held = self._live().get(by)
        return (held.shown, held.upcoming) if held else (None, None)

    def take(self, by: str, shown: int | None, upcoming: int | None = None) -> None:
        """Gives `shown` and `upcoming` to the annotator `by` in place of what he had; with another sample, time begins anew."""
        held = self._live().get(by)
        if shown is None:
            self._held.pop(by, None)
        elif held and held.shown == shown:
            held.upcoming = upcoming
        else:
            self._held[by] = _Held(shown, upcoming, self._clock() + self._seconds)

    def finish(self, by: str, sample: int) -> None:
        """The annotator `by` is done with `sample`; what he loads ahead stays his."""
        held = self._live().get(by)
        if held and held.shown == sample:
            held.shown = None

    def renew(self, by: str) -> None:
        """The annotator `by` gave a sign of life."""
        if held := self._live().get(by):
            held.until = self._clock() + self._seconds

    def on_screens(self) -> set[int]:
        """The samples that annotators have on their screens."""
        return {held.shown for held in self._live().values() if held.shown is not None}

    def of_others(self, by: str) -> tuple[Counter[int], Counter[int]]:
        """Sample → how many other annotators have it on the screen, and how many load it ahead."""
        others = [held for name, held in self._live().items() if name != by]
        return (
            Counter(held.shown for held in others if held.shown is not None),
            Counter(held.upcoming for held in others if held.upcoming is not None),
        )

    def _live(self) -> dict[str, _Held]:
        now = self._clock()
        self._held = {name: held for name, held in self._held.items() if held.until > now}
        return self._held
