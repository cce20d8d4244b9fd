"""What one person said of one sample."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Annotation:
    """One answer of one annotator; a record of the annotation log."""

    id: int
    """Of the sample."""
    label: str | None
    """Name of the class, in regression the number as text; None: the sample is unusable."""
    by: str
    """The annotator's name."""
    when: str
    """Moment of the answer, UTC, ISO 8601 to the second: 2026-11-22T08:30:00Z."""
    seconds: float | None
    """Between the moment when the sample was shown and the answer; None where nobody measured it."""
    key: str
    """Unique to this answer: given twice, as after a lost connection, it counts once."""
