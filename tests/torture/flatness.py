"""Whether a process that goes on and on holds no more and takes no longer than at its beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.torture.long_run import Moment

MEGABYTES_A_ROUND = 0.5
TIMES_AS_LONG = 1.2
_EARLY, _LATE = slice(3, 13), slice(-10, None)
"""Rounds 3 to 12, and the last ten."""
_EQUAL_DATA = 1.1


@dataclass(frozen=True)
class Flatness:
    """How much a process grew.

    Attributes:
        megabytes: that its memory grew by in each round of the second half: the slope of a line through them.
        times_as_long: median processor time of the last ten rounds over that of rounds 3 to 12.
        samples: the same of the samples trained on; equal data is 1.
        graphs: that TensorFlow built after round 1.
        descriptors: each number of open ones after round 1.
        threads: the same of threads.
    """

    megabytes: float
    times_as_long: float
    samples: float
    graphs: int
    descriptors: frozenset[int]
    threads: frozenset[int]

    @classmethod
    def of(cls, moments: Sequence[Moment]) -> Flatness:
        """Of all moments of a process, round 0 first; at least 23."""
        half, settled = moments[len(moments) // 2 :], moments[2:]
        slope = np.polyfit([moment.number for moment in half], [moment.resident for moment in half], 1)[0]
        return cls(
            float(slope),
            _ratio([moment.processor for moment in moments]),
            _ratio([moment.samples for moment in moments]),
            moments[-1].graphs - moments[1].graphs,
            frozenset(moment.descriptors for moment in settled),
            frozenset(moment.threads for moment in settled),
        )

    def faults(self, megabytes: float = MEGABYTES_A_ROUND, *, traces: bool = True, timed: bool = True) -> list[str]:
        """What is not flat, a sentence each; `traces` and `timed` say whether these are looked at.

        Args:
            megabytes: of memory that a round may add.
            traces: whether a graph after round 1 is a fault.
            timed: whether a slower end is.
        """
        found = {
            f"memory grows by {self.megabytes:.2f} MB a round, at most {megabytes} are allowed": self.megabytes > megabytes,
            f"{self.graphs} graphs were built after round 1": traces and self.graphs > 0,
            f"open descriptors after round 1: {sorted(self.descriptors)}": len(self.descriptors) > 1,
            f"threads after round 1: {sorted(self.threads)}": len(self.threads) > 1,
            f"the last ten rounds take {self.times_as_long:.2f} × the processor time of rounds 3 to 12": (
                timed and self.times_as_long > TIMES_AS_LONG
            ),
            f"they are not measured on equal data: {self.samples:.2f} × the samples": (
                timed and not 1 / _EQUAL_DATA <= self.samples <= _EQUAL_DATA
            ),
        }
        return [fault for fault, is_one in found.items() if is_one]


def _ratio(values: Sequence[float]) -> float:
    early, late = np.median(values[_EARLY]), np.median(values[_LATE])
    return float(late / early) if early else 1.0
