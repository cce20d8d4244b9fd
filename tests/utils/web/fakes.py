"""A run that asks, and a clock that stands still."""

from pathlib import Path

from utils.annotation.ledger import LOG, Ledger
from utils.annotation.questions import Question, Questions
from utils.journal import Journal
from utils.web.desk import Desk


class Clock:
    """Says what it was set to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def ask(folder: Path, asked=(), ahead=(), stage="labelling", **options) -> Questions:
    """Writes questions for the samples with these ids, called "sample 7" and so on."""
    standard = {"run": "a run", "round": 1, "last_round": 3, "classes": ("dog", "cat")}
    asked, ahead = (tuple(Question(one, f"sample {one}") for one in ids) for ids in (asked, ahead))
    questions = Questions(stage=stage, asked=asked, ahead=ahead, **standard | options)
    questions.write(folder)
    return questions


def desk(folder: Path, *arguments, **options) -> Desk:
    """A desk for the questions of `ask`, without a grace."""
    own = {name: options.pop(name) for name in ("grace", "lease", "clock") if name in options}
    ask(folder, *arguments, **options)
    return Desk(folder, **{"grace": 0.0} | own)


def ledger(folder: Path) -> Ledger:
    """What the log in `folder` comes to."""
    return Ledger(Journal(folder / LOG).records)


def shown(of: Desk, by: str):
    """Id of the sample on the screen of the annotator."""
    question = of.view(by).question
    return question.id if question else None
