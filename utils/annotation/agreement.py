"""How far annotators agree, where a sample goes to several of them: unusable is an answer like any other.

Shares of agreement are easily read and easily flattering, since whoever guesses agrees now and then; Fleiss' kappa takes off
what chance alone would bring.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from utils.annotation.annotation import Annotation

FEWEST = 2
"""Annotators of a sample from which on there is agreement or none."""


@dataclass(frozen=True)
class Agreement:
    """What the answers of several annotators have in common; shares are None where no sample has two of them.

    Attributes:
        samples: that two annotators or more answered.
        unanimous: share of them on which all said the same, in [0, 1].
        pairwise: mean over them of the share of pairs of annotators who said the same, in [0, 1].
        kappa: Fleiss' kappa, at most 1, and 0 for what chance would bring; None also where all said the same of everything.
        kappa_samples: that it is over: it needs equally many annotators of each, so those with the most usual number.
    """

    samples: int
    unanimous: float | None
    pairwise: float | None
    kappa: float | None
    kappa_samples: int

    @classmethod
    def of(cls, groups: Iterable[Sequence[Annotation]]) -> Agreement:
        """The agreement over `groups`, each all annotations of one sample, in order of time.

        Of several answers of one annotator to the same sample the last counts.
        """
        counts = [Counter(said.values()) for group in groups if len(said := by_annotator(group)) >= FEWEST]
        if not counts:
            return cls(0, None, None, None, 0)
        unanimous = sum(len(count) == 1 for count in counts) / len(counts)
        pairwise = sum(_agreeing_pairs(count) for count in counts) / len(counts)
        usual = _most_usual([count.total() for count in counts])
        alike = [count for count in counts if count.total() == usual]
        return cls(len(counts), unanimous, pairwise, _kappa(alike), len(alike))


def by_annotator(group: Iterable[Annotation]) -> dict[str, str | None]:
    """Annotator → what he said last of the sample that the annotations of `group` are of."""
    return {said.by: said.label for said in group}


def _agreeing_pairs(count: Counter[str | None]) -> float:
    """Share of the pairs of answers that are equal; `count` of two answers or more."""
    total = count.total()
    return sum(votes * (votes - 1) for votes in count.values()) / (total * (total - 1))


def _most_usual(numbers: Sequence[int]) -> int:
    """The most frequent number; of equally frequent ones the largest."""
    return max(Counter(numbers).items(), key=lambda item: (item[1], item[0]))[0]


def _kappa(counts: Sequence[Counter[str | None]]) -> float | None:
    """Fleiss' kappa (Fleiss 1971, Psychological Bulletin 76, 378) of samples that equally many annotators answered."""
    from statsmodels.stats.inter_rater import fleiss_kappa

    labels = list(dict.fromkeys(label for count in counts for label in count))
    if len(labels) < 2:
        return None
    return float(fleiss_kappa(np.array([[count[label] for label in labels] for count in counts])))
