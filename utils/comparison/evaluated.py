"""On what runs were judged: the test part or, where they have none, by cross-validation over the samples that they labelled.

The two are not the same thing: labelled samples were chosen, mostly hard ones, and a test part was drawn. So whoever shows a
figure says which it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from utils.plan import CHOSEN_ON_TEST, CROSS_EVALUATED
from utils.saved_run import SavedRun

ON_TEST = "on the test part"
BY_CROSS_VALIDATION = "by cross-validation over the labelled samples"
EITHER = f"{ON_TEST} or, where there is none, {BY_CROSS_VALIDATION}"
MIXTURE = (
    "some runs are judged on a test part, others, which have none, by cross-validation over the labelled samples: "
    "their figures are not of the same thing"
)


def cross_evaluated(runs: Sequence[SavedRun]) -> list[SavedRun]:
    """Those without a test part; a run that does not tell the sizes of its parts counts as one that has it."""
    return [run for run in runs if run.parts and not run.parts[-1]]


def judged(runs: Sequence[SavedRun]) -> str:
    """How the figures of the runs came about, to stand behind the name of a measure."""
    without = len(cross_evaluated(runs))
    if not without:
        return ON_TEST
    return BY_CROSS_VALIDATION if without == len(runs) else EITHER


def of_cross_validation(runs: Sequence[SavedRun]) -> str:
    """What to know of the figures of runs without a test part, with the number of their folds."""
    known = sorted({folds for run in runs if isinstance(folds := run.params.get("num_folds"), int)})
    return CROSS_EVALUATED.format(folds="- or ".join(map(str, known)) or "k")


def footnote(runs: Sequence[SavedRun]) -> str:
    """What a picture of the runs must say itself; "" for nothing."""
    without = cross_evaluated(runs)
    notes = [CHOSEN_ON_TEST] if any(run.chosen_on_test for run in runs if run not in without) else []
    if without:
        notes.append(of_cross_validation(without) if len(without) == len(runs) else MIXTURE)
    return "; ".join(notes)
