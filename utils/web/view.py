"""What one annotator sees at one moment, besides the sample itself."""

from __future__ import annotations

from dataclasses import dataclass

from utils.annotation.questions import Question, Questions


@dataclass(frozen=True)
class Done:
    """The last thing that an annotator did and may take back."""

    id: int
    """Of the sample."""
    name: str
    label: str | None
    """None: unusable, or put off."""
    is_skip: bool


@dataclass(frozen=True)
class View:
    """What the page of one annotator shows."""

    questions: Questions
    question: Question | None
    """The sample on his screen; None: there is none for him now."""
    upcoming: Question | None
    """The sample that will most likely follow."""
    is_ahead: bool
    """Whether `question` is for the round to come."""
    is_closed: bool
    """Whether the answers of this round are final."""
    classes: tuple[str, ...]
    """Those of the questions, then those that annotators added, in the order in which they came."""
    done: int
    """Samples of those asked that need no more answers."""
    answered_ahead: int
    mine: int
    """Answers of this annotator so far, in all rounds."""
    with_others: int
    """Where there is no question: samples of this round that others have on their screens, or that wait for another person."""
    agreement: tuple[int, int]
    """Samples on which all their annotators agree, and complete samples."""
    undoable: Done | None
