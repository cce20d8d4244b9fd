"""What the annotations of one sample come to: the majority, and how far the annotators agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from utils.annotation.annotation import Annotation


@dataclass(frozen=True)
class Verdict:
    """The label that counts for a sample."""

    label: str | None
    """None: unusable."""
    by: str
    """The annotators, joined by "+", in the order in which they answered."""
    agreement: float
    """Share of the annotators who said just this, in (0, 1]."""

    @classmethod
    def of(cls, annotations: Sequence[Annotation]) -> Verdict:
        """The label that most of the `annotations`, one or more in order of time, give; of equally many the first one given."""
        counts = Counter(annotation.label for annotation in annotations)
        label, votes = counts.most_common(1)[0]
        return cls(label, "+".join(annotation.by for annotation in annotations), votes / len(annotations))
