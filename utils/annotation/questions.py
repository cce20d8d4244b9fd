"""What the annotators of a run are asked just now: written by the run, read by whoever shows it to them."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from utils import files

FILE = "questions.json"
"""In the folder `labelling` of a run."""
Stage = Literal["labelling", "collecting", "training", "ended", "stopped"]


@dataclass(frozen=True)
class Question:
    """One sample that is to be labelled."""

    id: int
    name: str
    """What a person would call it."""
    guess: str | None = None
    """The class that the model thinks likeliest, in regression its prediction; None: it was not asked."""
    certainty: float | None = None
    """Its probability of that class, in (0, 1]."""


@dataclass(frozen=True)
class Questions:
    """All that there is to be shown besides the samples themselves."""

    run: str
    """What the terminal calls it."""
    round: int
    last_round: int
    stage: Stage
    """labelling: answers to `asked` are awaited. collecting: the answers given ahead are to be closed for round `round`, at
    most `take` of them. training: the model learns; `ahead` may be labelled meanwhile. ended, stopped: nothing is asked."""
    asked: tuple[Question, ...] = ()
    """Of this round, the most wanted first."""
    ahead: tuple[Question, ...] = ()
    """The next-best samples: while the model trains, and while it collects, they may be answered for the round to come."""
    take: int = 0
    classes: tuple[str, ...] = ()
    """Names of the classes known so far; none where the answer is a number."""
    numbers: bool = False
    """Whether the answer is a number (regression)."""
    may_add: bool = False
    """Whether annotators may name new classes."""
    per_sample: int = 1
    """Annotators that each sample goes to."""
    show_guess: bool = False
    curve: tuple[tuple[int, float | None], ...] = ()
    """Of each round so far: labels, and accuracy (in regression mean absolute error) on the test part."""
    message: str = ""
    """Why the run ended or stopped, or what its figures mean; "" for nothing to say."""

    def write(self, folder: Path) -> None:
        """Replaces the questions in the folder `labelling` of a run."""
        files.write_text(folder / FILE, json.dumps(dataclasses.asdict(self), ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Questions:
        """What `write` wrote."""
        values = json.loads((folder / FILE).read_text(encoding="utf-8"))
        for name in ("asked", "ahead"):
            values[name] = tuple(Question(**question) for question in values[name])
        values["curve"] = tuple((labels, result) for labels, result in values["curve"])
        return cls(**values | {"classes": tuple(values["classes"])})
