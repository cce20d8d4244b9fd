"""What one annotator of a campaign contributed: how much, how fast, and how often the others say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from utils.annotation.agreement import by_annotator
from utils.annotation.annotation import Annotation


@dataclass(frozen=True)
class CostByAnnotator:
    """One annotator.

    Attributes:
        name: of the annotator.
        labels: answers given, unusable ones among them.
        median_seconds: of those that were timed; None where none was.
        unusable: share of the answers that say so, in [0, 1].
        agreement: share of the samples of `compared` on which he says what most of the others say; None where there are none.
        compared: samples that others answered, too, and for which they have a majority: a tie has none.
    """

    name: str
    labels: int
    median_seconds: float | None
    unusable: float
    agreement: float | None
    compared: int

    @classmethod
    def of_each(cls, groups: Iterable[Sequence[Annotation]]) -> list[CostByAnnotator]:
        """All annotators in the order of names; `groups` are the annotations of one sample each, in order of time."""
        said: dict[str, list[Annotation]] = {}
        compared: dict[str, list[bool]] = {}
        for group in groups:
            for one in group:
                said.setdefault(one.by, []).append(one)
            answers = by_annotator(group)
            for name, label in answers.items():
                majority = _majority([other for by, other in answers.items() if by != name])
                if majority:
                    compared.setdefault(name, []).append(label == majority[0])
        return [_of(name, said[name], compared.get(name, [])) for name in sorted(said)]


def _of(name: str, said: Sequence[Annotation], compared: Sequence[bool]) -> CostByAnnotator:
    timed = [one.seconds for one in said if one.seconds is not None]
    unusable = sum(one.label is None for one in said) / len(said)
    agreement = sum(compared) / len(compared) if compared else None
    return CostByAnnotator(name, len(said), median(timed) if timed else None, unusable, agreement, len(compared))


def _majority(labels: Sequence[str | None]) -> list[str | None]:
    """The label that most give, as a list of one; empty where several lead or there is none."""
    counts = Counter(labels)
    most = max(counts.values(), default=0)
    leading = [label for label, votes in counts.items() if votes == most]
    return leading if len(leading) == 1 else []
