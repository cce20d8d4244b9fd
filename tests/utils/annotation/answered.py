"""Annotations as the tests of what labels cost need them: short to write."""

from __future__ import annotations

from utils.annotation.annotation import Annotation
from utils.annotation.cost_answers import Answers
from utils.annotation.labels_csv import labels_csv

NOBODY_SAID = "-"


def group(sample: int, labels: str, seconds: float | None = None) -> list[Annotation]:
    """The answers of the annotators a, b, c …, a letter each, to one sample; ? is unusable, - no answer."""
    return [
        said(sample, None if label == "?" else label, by, seconds=seconds)
        for by, label in zip("abcdefghijklmnopqrstuvwxyz", labels, strict=False)
        if label != NOBODY_SAID
    ]


def said(sample: int, label: str | None, by: str, when: int = 0, seconds: float | None = None) -> Annotation:
    """One answer, `when` seconds after ten o'clock."""
    moment = f"2026-01-01T{10 + when // 3600:02d}:{when // 60 % 60:02d}:{when % 60:02d}Z"
    return Annotation(sample, label, by, moment, seconds, f"{sample} {by} {when}")


def answers(groups: list[list[Annotation]], rounds: dict[int, int] | None = None) -> Answers:
    return Answers([one for answered in groups for one in answered], rounds or {})


def table(found: Answers) -> str:
    """The labels.csv of these answers."""
    return labels_csv(found.all, lambda sample: f"sample {sample}", found.rounds)
