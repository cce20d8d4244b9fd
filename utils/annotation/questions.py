"""What the annotators of a run are asked just now: written by the run, read by whoever shows it to them."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from utils import files, reading
from utils.errors import DamagedRunError

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

    def is_right(self) -> bool:
        """Whether each value is of its kind, where they come out of a file."""
        is_named = type(self.id) is int and type(self.name) is str
        return is_named and isinstance(self.guess, str | None) and _is_number(self.certainty)


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

    run_digest: str = ""
    """Tells the run from others, and stays the same when it goes on: the annotation log begins with it. "": unknown."""

    def write(self, folder: Path) -> None:
        """Replaces the questions in the folder `labelling` of a run; a certainty or figure that is not finite is left out."""
        values = dataclasses.asdict(self)
        for question in (*values["asked"], *values["ahead"]):
            question["certainty"] = _finite(question["certainty"])
        values["curve"] = [(labels, _finite(result)) for labels, result in self.curve]
        files.write_text(folder / FILE, json.dumps(values, ensure_ascii=False, allow_nan=False) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Questions:
        """What `write` wrote.

        Raises:
            FileNotFoundError: nothing was written yet.
            DamagedRunError: it is not what was written.
        """
        path = folder / FILE
        try:
            if path.exists() and not path.is_file():
                raise ValueError("it is no file")
            return cls._of(json.loads(reading.read_text(path)))
        except FileNotFoundError:
            raise
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise DamagedRunError(
                f"{path}: cannot be read ({type(error).__name__}: {error}); remove it, then run the same command again: what "
                "people said stands in the annotation log"
            ) from None

    @classmethod
    def _of(cls, values: dict[str, Any]) -> Questions:
        for name in ("asked", "ahead"):
            values[name] = tuple(Question(**question) for question in values[name])
        values["curve"] = tuple((labels, result) for labels, result in values["curve"])
        found = cls(**values | {"classes": tuple(values["classes"])})
        wrong = [name for name, kind in _KINDS.items() if type(getattr(found, name)) is not kind]
        wrong += ["asked or ahead" for one in (*found.asked, *found.ahead) if not one.is_right()]
        wrong += ["curve" for labels, result in found.curve if type(labels) is not int or not _is_number(result)]
        if wrong or found.stage not in get_args(Stage) or not all(type(name) is str for name in found.classes):
            raise TypeError(f"{', '.join(wrong[:3]) or 'stage or classes'} of another kind")
        return found


_KINDS = {
    "run": str, "round": int, "last_round": int, "stage": str, "take": int, "numbers": bool, "may_add": bool,
    "per_sample": int, "show_guess": bool, "message": str, "run_digest": str,
}  # fmt: skip


def _is_number(value: object) -> bool:
    return value is None or type(value) in {int, float}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
