"""What the annotations of one sample come to: the majority, of numbers the median, and how far the annotators agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from utils.annotation.annotation import Annotation


@dataclass(frozen=True)
class Verdict:
    """The label that counts for a sample."""

    label: str | None
    """None: unusable."""
    by: str
    """The annotators, joined by "+", in the order in which they answered."""
    agreement: float
    """Share of the annotators who said just this, in (0, 1]; 0 where the median of numbers lies between two of them."""

    @classmethod
    def of(cls, annotations: Sequence[Annotation], *, numbers: bool = False) -> Verdict:
        """What one or more `annotations`, in order of time, come to.

        Of classes the one that most give counts, and of equally many the first one given; being unusable is one of them.
        Of `numbers`, all of them as `utils.annotation.number` reads them, the median counts, unless more than half of the
        annotators say that the sample is unusable.
        """
        by, labels = "+".join(said.by for said in annotations), [said.label for said in annotations]
        if numbers:
            label, votes = _median(labels)
        else:
            label, votes = Counter(labels).most_common(1)[0]
        return cls(label, by, votes / len(labels))


def _median(labels: Sequence[str | None]) -> tuple[str | None, int]:
    """The median of the numbers, as somebody wrote it where somebody did, and how many gave just this; None: unusable."""
    given = [label for label in labels if label is not None]
    if 2 * len(given) < len(labels):
        return None, len(labels) - len(given)
    middle = median(map(float, given))
    equal = [label for label in given if float(label) == middle]
    return (equal[0] if equal else repr(middle)), len(equal)
