"""Figures that follow from the annotation log, kept up to date record by record: to count anew at each answer would be slow."""

from __future__ import annotations

from collections import Counter

from utils.annotation.ledger import Ledger
from utils.journal import Record


class Tally:
    """Figures of the annotations in a ledger.

    Attributes:
        labels: label → annotations that give it.
        by: annotator → his annotations.
    """

    def __init__(self) -> None:
        """Of no records."""
        self.labels: Counter[str] = Counter()
        self.by: Counter[str] = Counter()
        self._actions: dict[str, dict[int, str]] = {}
        self._samples: Counter[int] = Counter()
        """Number of annotations → samples that have so many."""
        self._unanimous: Counter[int] = Counter()
        """The same of samples whose annotations all give one label."""

    def take(self, record: Record, ledger: Ledger) -> None:
        """Takes the next record into account, before `ledger` does, and hands it to it. Raises as that does."""
        ledger.check(record)
        if record["type"] == "closed":
            ledger.take(record)
            self._close(record["ids"])
            return
        if record["type"] == "run":
            ledger.take(record)
            return
        sample = record["id"]
        self._count(sample, ledger, -1)
        ledger.take(record)
        self._count(sample, ledger, 1)
        self._act(record["by"], sample, record["type"])

    def actions(self, by: str) -> list[tuple[int, str]]:
        """What the annotator did, the last first: (sample, "annotation" or "skip"); without what is taken back, or final."""
        return list(reversed(self._actions.get(by, {}).items()))

    def agreement(self, per_sample: int) -> tuple[int, int]:
        """Of the samples that `per_sample` annotators answered: those that all gave the same label, and all."""
        return _from(per_sample, self._unanimous), _from(per_sample, self._samples)

    def _count(self, sample: int, ledger: Ledger, times: int) -> None:
        annotations = ledger.annotations(sample)
        self._samples[len(annotations)] += times
        if len({said.label for said in annotations}) == 1:
            self._unanimous[len(annotations)] += times
        for said in annotations:
            self.by[said.by] += times
            if said.label is not None:
                self.labels[said.label] += times

    def _act(self, by: str, sample: int, kind: str) -> None:
        done = self._actions.setdefault(by, {})
        done.pop(sample, None)
        if kind != "undo":
            done[sample] = kind

    def _close(self, ids: list[int]) -> None:
        for done in self._actions.values():
            for sample in ids:
                done.pop(sample, None)


def _from(least: int, samples: Counter[int]) -> int:
    """Samples with `least` annotations or more."""
    return sum(count for number, count in samples.items() if number >= least)
