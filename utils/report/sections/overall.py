"""What several data sets say together: pooled tests, mean ranks and the critical-difference diagram."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from utils.report.identity import Identity
from utils.report.interval_track import IntervalTrack
from utils.report.sections.differences import DifferenceRow, against_of, difference_rows, least_p
from utils.report.wording import difference_unit, listed, number, p_value

if TYPE_CHECKING:
    from utils.comparison.comparisons import Comparisons
    from utils.comparison.overall import Overall


@dataclass(frozen=True)
class OverallSection:
    """The part of the page before the data sets.

    Attributes:
        datasets: their names.
        rows: pooled tests against random selection, best first.
        track: their intervals.
        unit: of the differences.
        against: what the rows are compared with.
        least: the smallest p-value that the Wilcoxon test can give with so many pairs, in words.
        ranks: curve with its mean rank over the data sets, best first.
        friedman: the test of the ranks in words; "" without ranks.
        diagram: the critical-difference diagram as a data URI; "" without one.
        notes: why something is missing.
    """

    datasets: str
    rows: list[DifferenceRow]
    track: IntervalTrack | None
    unit: str
    against: str
    least: str
    ranks: list[tuple[Identity, str]]
    friedman: str
    diagram: str
    notes: list[str]


def overall(comparisons: Comparisons, known: Mapping[str, Identity]) -> OverallSection | None:
    """Lays out what the folder's data sets say together; None where there is only one."""
    found = comparisons.overall()
    if found is None:
        return None
    measure = comparisons.each[0].measure
    versus = sorted(found.versus, key=lambda one: (math.isnan(one.mean), -one.mean, one.first))
    rows, track = difference_rows(versus, measure, known)
    ranks = [(known[name], number(rank, 2)) for name, rank in sorted(found.ranks.items(), key=lambda item: (item[1], item[0]))]
    friedman = ""
    if found.ranks:
        friedman = (
            f"Friedman’s test of the ranks: χ² = {number(found.friedman, 2)}, p {_equals(p_value(found.friedman_p))}. "
            f"Mean ranks that differ by more than {number(found.critical_difference, 2)} differ at 5 % by Nemenyi’s test."
        )
    notes = [reason for reason in (found.reason_no_tests, found.reason_no_ranks) if reason]
    diagram = _diagram(found) if found.ranks else ""
    words = difference_unit(measure), against_of(versus), least_p(versus)
    return OverallSection(listed(found.datasets), rows, track, *words, ranks, friedman, diagram, notes)


def _diagram(found: Overall) -> str:
    """Drawn afresh, since the file in the folder may be of earlier runs."""
    return f"data:image/svg+xml;base64,{base64.b64encode(found.diagram()).decode()}"


def _equals(p: str) -> str:
    return p if p.startswith("<") else f"= {p}"
