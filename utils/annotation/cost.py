"""What people's answers cost: how many there are, how long they took, and how far those agree who gave them.

Nothing is capped: who has lunch with a sample on his screen counts with all of the time. So the median stands first wherever
there is one number for the pace, and the mean beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, median

from utils.annotation.agreement import Agreement
from utils.annotation.cost_answers import Answers
from utils.annotation.cost_by_annotator import CostByAnnotator

_FEWEST_OF_A_THIRD = 3


@dataclass(frozen=True)
class Cost:
    """The answers of one campaign.

    Attributes:
        answers: what everybody said.
        numbers: whether the answers are numbers (regression), of which no two need be equal to agree.
    """

    answers: Answers
    numbers: bool = False

    @property
    def people(self) -> list[str]:
        """The names of all who answered."""
        return sorted({said.by for said in self.answers.all})

    @cached_property
    def times(self) -> list[float]:
        """Seconds of each answer that was timed, in the order in which they were given."""
        ordered = sorted(self.answers.all, key=lambda said: said.when)
        return [said.seconds for said in ordered if said.seconds is not None]

    @property
    def untimed(self) -> int:
        """Answers that nobody timed."""
        return len(self.answers.all) - len(self.times)

    @property
    def seconds(self) -> float | None:
        """Of all answers that were timed; None where none was."""
        return math.fsum(self.times) if self.times else None

    @property
    def median_seconds(self) -> float | None:
        """Of an answer."""
        return median(self.times) if self.times else None

    @property
    def mean_seconds(self) -> float | None:
        """Of an answer."""
        return fmean(self.times) if self.times else None

    @property
    def pace(self) -> tuple[float, float] | None:
        """Median seconds of an answer in the first and in the last third of the campaign; None where it is too short."""
        third = len(self.times) // 3
        return (median(self.times[:third]), median(self.times[-third:])) if third >= _FEWEST_OF_A_THIRD else None

    @cached_property
    def agreement(self) -> Agreement:
        """Of all annotators; of numbers there is none."""
        return Agreement.of([] if self.numbers else self.answers.by_sample)

    @cached_property
    def by_annotator(self) -> list[CostByAnnotator]:
        """Each annotator, in the order of names; none agrees with others on numbers."""
        groups = [[said] for said in self.answers.all] if self.numbers else self.answers.by_sample
        return CostByAnnotator.of_each(groups)

    def sentence(self) -> str:
        """Such as `120 labels by 3 people in 0:42 h, 14 s each (median; 21 s on average)`, and on how much they agree.

        "" where nobody said anything.
        """
        said = self.answers.all
        if not said:
            return ""
        people = len(self.people)
        text = f"{_counted(len(said), 'label', 'labels')} by {_counted(people, 'person', 'people')}{self._time()}"
        agreement = self.agreement
        if agreement.unanimous is None:
            return text
        samples = _counted(agreement.samples, "sample", "samples")
        return f"{text}; all agree on {100 * agreement.unanimous:.0f} % of {samples} that went to several"

    def _time(self) -> str:
        if self.seconds is None or self.median_seconds is None or self.mean_seconds is None:
            return ""
        mid, mean = short_time(self.median_seconds), short_time(self.mean_seconds)
        each = f"{mid} each" if mid == mean else f"{mid} each (median; {mean} on average)"
        of = f" ({self.untimed:,} of them not timed)" if self.untimed else ""
        return f"{of} in {clock(self.seconds)}, {each}"


def short_time(seconds: float) -> str:
    """Of one answer: `0.8 s`, `14 s`, `2.5 min`, `1:30 h`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 119.5:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else clock(seconds)


def clock(seconds: float) -> str:
    """Of a campaign, in hours and minutes: `0:42 h`; of less than two minutes the seconds."""
    if seconds < 119.5:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,}:{minutes:02d} h"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
