"""What a comparison says, in one sentence, and what its reader had best do next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """The sentence at the top of a report.

    Attributes:
        sentence: names the strategy, the labels or the measure that it saves or gains, the interval, p and the number of seeds;
            or says that no difference is shown.
        shown: whether it claims a difference.
        advice: what to do next, one sentence each; never empty.
    """

    sentence: str
    shown: bool
    advice: tuple[str, ...]
