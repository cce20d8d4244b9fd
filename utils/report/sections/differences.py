"""The tests: every strategy against random selection, and each against each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from utils.comparison.comparison import Comparison
from utils.comparison.versus import Versus
from utils.measure import Measure
from utils.report.identity import Identity
from utils.report.interval_track import Interval, IntervalTrack, interval_track
from utils.report.wording import UNKNOWN, difference_digits, difference_unit, number, p_value


@dataclass(frozen=True)
class DifferenceRow:
    """A strategy against another, as text."""

    identity: Identity
    mean: str
    interval: str
    wins: str
    p: str
    p_holm: str
    wilcoxon: str
    wilcoxon_holm: str
    shown: bool


@dataclass(frozen=True)
class Cell:
    """How often the strategy of the row beat that of the column.

    Attributes:
        text: seeds won of seeds paired; "" on the diagonal.
        share: of them, −1 (none won) to 1 (all won), 0 where nothing is known.
        shown: whether a difference is shown after Holm's correction.
        hint: the same in words.
    """

    text: str
    share: float
    shown: bool
    hint: str


@dataclass(frozen=True)
class Differences:
    """What the tests say.

    Attributes:
        rows: against random selection, best first; empty where there is none.
        track: their intervals.
        unit: of the differences.
        against: what the rows are compared with.
        least: the smallest p-value that the Wilcoxon test can give with so many seeds, in words.
        names: of the matrix, most wins first; empty below two strategies.
        matrix: one row for each of `names`.
    """

    rows: list[DifferenceRow]
    track: IntervalTrack | None
    unit: str
    against: str
    least: str
    names: list[Identity]
    matrix: list[list[Cell]]


def differences(comparison: Comparison, known: Mapping[str, Identity]) -> Differences:
    """Lays out the tests of a comparison."""
    measure, pairs = comparison.measure, comparison.pairs()
    against = sorted(comparison.versus_random(), key=lambda versus: (math.isnan(versus.mean), -versus.mean, versus.first))
    rows, track = difference_rows(against, measure, known)
    names = _by_wins(pairs)
    found = {(versus.first, versus.second): versus for versus in pairs}
    matrix = [[_cell(first, second, found) for second in names] for first in names]
    return Differences(
        rows, track, difference_unit(measure), against_of(against), least_p(against), [known[name] for name in names], matrix
    )


def difference_rows(
    against: Sequence[Versus], measure: Measure, known: Mapping[str, Identity]
) -> tuple[list[DifferenceRow], IntervalTrack | None]:
    """A row for each, with the digits that all of them need, and their intervals on one axis."""
    digits = difference_digits(measure, [versus.mean for versus in against])
    rows = [_row(versus, measure, digits, known[versus.first]) for versus in against]
    return rows, interval_track([Interval(versus.mean, versus.low, versus.high) for versus in against], measure.scale)


def against_of(against: Sequence[Versus]) -> str:
    """What all of them are compared with; of several, which with which."""
    seconds = sorted({versus.second for versus in against})
    return seconds[0] if len(seconds) == 1 else "; ".join(f"{versus.first} with {versus.second}" for versus in against)


def least_p(against: Sequence[Versus]) -> str:
    """The smallest p-value that the Wilcoxon test can give, for each number of pairs that occurs."""
    found = {len(versus.differences): versus.least_wilcoxon for versus in against if versus.differences}
    return "; ".join(f"{_least(least)} with {count}" for count, least in sorted(found.items()))


def _least(p: float) -> str:
    return f"{p:.3g}" if p >= 0.001 else p_value(p)


def _row(versus: Versus, measure: Measure, digits: int, identity: Identity) -> DifferenceRow:
    def shown(value: float) -> str:
        return number(measure.scale * value, digits, signed=True)

    interval = f"{shown(versus.low)} to {shown(versus.high)}" if math.isfinite(versus.low + versus.high) else UNKNOWN
    return DifferenceRow(
        identity,
        shown(versus.mean),
        interval,
        f"{versus.wins} of {len(versus.differences)}",
        p_value(versus.p),
        p_value(versus.p_holm),
        p_value(versus.wilcoxon),
        p_value(versus.wilcoxon_holm),
        versus.shown,
    )


def _by_wins(pairs: Sequence[Versus]) -> list[str]:
    won: dict[str, int] = {}
    for versus in pairs:
        lost = sum(difference < 0 for difference in versus.differences)
        won[versus.first] = won.get(versus.first, 0) + versus.wins - lost
        won[versus.second] = won.get(versus.second, 0) + lost - versus.wins
    return sorted(won, key=lambda name: (-won[name], name))


def _cell(first: str, second: str, found: Mapping[tuple[str, str], Versus]) -> Cell:
    if first == second:
        return Cell("", 0.0, shown=False, hint="")
    versus = found.get((first, second)) or found.get((second, first))
    if versus is None or not versus.differences:
        return Cell(UNKNOWN, 0.0, shown=False, hint=f"{first} and {second} have no seed in common")
    seeds = len(versus.differences)
    turned = versus.first != first
    wins = sum(difference < 0 for difference in versus.differences) if turned else versus.wins
    losses = versus.wins if turned else sum(difference < 0 for difference in versus.differences)
    hint = f"{first} beat {second} in {wins} of {seeds} seeds; p = {p_value(versus.p_holm)} after Holm's correction"
    return Cell(f"{wins}/{seeds}", round((wins - losses) / seeds, 2), versus.shown, hint)
