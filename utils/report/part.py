"""The sections of one data set, in the order of the page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from utils.comparison.answer import Answer
from utils.comparison.comparison import Comparison
from utils.report.identity import Identity
from utils.report.sections.accounts import Account, accounts
from utils.report.sections.asked import Asked, asked
from utils.report.sections.cost import Cost, cost
from utils.report.sections.differences import Differences, differences
from utils.report.sections.labelling import Labelling, labelling
from utils.report.sections.labels_saved import Goal, labels_saved
from utils.report.sections.learning_curves import LearningCurves, learning_curves
from utils.report.sections.per_class import PerClass, per_class
from utils.report.sections.picks import Picks, picks
from utils.report.sections.repeat import Repeat, repeat
from utils.report.sections.stopping import Stopping, stopping


@dataclass(frozen=True)
class Part:
    """What the template shows of one data set; `id` begins the anchors of its sections."""

    id: str
    name: str
    comparison: Comparison
    answer: Answer
    asked: Asked
    curves: LearningCurves
    goals: list[Goal]
    labelling: Labelling | None
    differences: Differences
    stopping: Stopping
    cost: Cost
    classes: PerClass
    picks: Picks
    accounts: list[Account]
    repeat: Repeat

    @property
    def sections(self) -> dict[str, str]:
        """Anchor → name in the contents, in the order of the page; without what says nothing of runs that people labelled."""
        found = {
            "asked": "What was asked",
            "curves": "Curves",
            "savings": "Labels saved",
            "labelling": "What the labels cost",
            "tests": "Tests",
            "stopping": "When to stop",
            "cost": "Cost",
            "classes": "Classes",
            "picks": "Picks",
            "accounts": "History and pseudo-labels",
            "repeat": "New files" if self.comparison.of_people else "How to repeat it",
        }
        left_out = {"labelling"} if self.labelling is None else set()
        if self.comparison.of_people:
            left_out |= self._empty()
        return {anchor: name for anchor, name in found.items() if anchor not in left_out}

    def _empty(self) -> set[str]:
        """Sections that have nothing to show, and those that tell how the next runs, which nobody labels again, would go."""
        filled: dict[str, Collection[object]] = {
            "savings": self.goals,
            "tests": self.differences.names,
            "stopping": (),
            "cost": self.comparison.curves[1:],
            "classes": self.classes.charts,
            "accounts": self.accounts,
        }
        return {anchor for anchor, content in filled.items() if not content}

    def chart_data(self) -> dict[str, Any]:
        """What the script reads values off, by the id of the chart."""
        classes = {f"{self.id}-class-{place}": chart.data for place, chart in enumerate(self.classes.charts)}
        hours = {f"{self.id}-labelling": self.labelling.data} if self.labelling and self.labelling.charts else {}
        return ({f"{self.id}-curves": self.curves.data} if self.curves.charts else {}) | hours | classes


def part(name: str, comparison: Comparison, known: Mapping[str, Identity]) -> Part:
    """Makes all sections; `name` is the prefix of its anchors, `known` the identities of all curves of the page."""
    return Part(
        name,
        comparison.dataset or "unknown data set",
        comparison,
        comparison.answer(),
        asked(comparison),
        learning_curves(comparison, known),
        labels_saved(comparison, known),
        labelling(comparison, known),
        differences(comparison, known),
        stopping(comparison, known),
        cost(comparison, known),
        per_class(comparison, known),
        picks(comparison, known),
        accounts(comparison, known),
        repeat(comparison),
    )
