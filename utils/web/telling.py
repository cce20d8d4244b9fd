"""What the script of the page is told, as JSON: what an annotator sees, and nothing that he is not to know."""

from __future__ import annotations

import math
from typing import Any

from utils.annotation.questions import Question
from utils.web.media import Media
from utils.web.view import View


def told(view: View, by: str, media: Media) -> dict[str, Any]:
    """The state of the page of the annotator `by`."""
    questions = view.questions
    return {
        "annotator": by,
        "run": questions.run,
        "round": questions.round,
        "last_round": questions.last_round,
        "stage": questions.stage,
        "message": questions.message,
        "classes": view.classes,
        "numbers": questions.numbers,
        "may_add": questions.may_add,
        "per_sample": questions.per_sample,
        "curve": [(labels, result) for labels, result in questions.curve if result is not None and math.isfinite(result)],
        "asked": len(questions.asked),
        "done": view.done,
        "ahead": len(questions.ahead),
        "answered_ahead": view.answered_ahead,
        "mine": view.mine,
        "with_others": view.with_others,
        "is_closed": view.is_closed,
        "agreement": view.agreement if questions.per_sample > 1 else None,
        "undoable": vars(view.undoable) if view.undoable else None,
        "question": _question(view.question, view, media),
        "is_ahead": view.is_ahead,
        "upcoming": _question(view.upcoming, view, media),
    }


def _question(question: Question | None, view: View, media: Media) -> dict[str, Any] | None:
    """The guess is left out where it is not to be shown: whoever looks for it in the answer should not find it."""
    if question is None:
        return None
    guess = {"guess": question.guess, "certainty": question.certainty} if view.questions.show_guess else {}
    return {"id": question.id, "name": question.name, **guess, "about": media.about(question.id)}
