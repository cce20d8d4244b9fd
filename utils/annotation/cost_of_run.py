"""All that the folder of a run tells of what its labels cost; a damaged file costs what stands in it, and a sentence."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from utils.annotation.cost import Cost
from utils.annotation.cost_answers import Answers
from utils.annotation.cost_curve import CostCurve
from utils.measure import ERROR
from utils.results import stats_path
from utils.saved_run import SavedRun, read_run

LABELS = "labels.csv"
"""In the folder of a run that people labelled: what everybody said."""


@dataclass(frozen=True)
class CostOfRun:
    """What one run tells.

    Attributes:
        curve: how good the model was after how much time of labelling; None where nobody measured that.
        cost: what people's answers cost; None where no people were asked.
        problems: why something is missing that should be there, one sentence each.
    """

    curve: CostCurve | None
    cost: Cost | None
    problems: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> CostOfRun:
        """Of the run in `folder`, a `run_<seed>`."""
        table = stats_path(folder)
        try:
            run = read_run(table, folder.parent.parent)
        except (OSError, ValueError, csv.Error) as error:
            return cls(None, None, (f"{table.name} cannot be read ({error})",))
        return cls.of(run)

    @classmethod
    def of(cls, run: SavedRun) -> CostOfRun:
        """Of a run whose al_stats was read."""
        problems, curve, cost = [], None, None
        try:
            curve = CostCurve.of(run)
        except ValueError as error:
            problems.append(f"what the labels cost cannot be read ({error})")
        try:
            if (path := run.folder / LABELS).exists():
                cost = Cost(Answers.read(path), numbers=any(ERROR.column in row for row in run.rows))
        except (OSError, ValueError) as error:
            problems.append(f"{LABELS} cannot be read ({error})")
        if curve is not None and cost is not None and cost.untimed:
            answers = len(cost.answers.all)
            problems.append(f"{cost.untimed:,} of {answers:,} answers were not timed: the time is that of the others")
        return cls(curve, cost, tuple(problems))
