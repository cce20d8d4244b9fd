"""The sentence on several data sets together, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from utils.comparison.advice import more_seeds, seeds_needed
from utils.comparison.answer import Answer
from utils.comparison.judging import best_of, others
from utils.comparison.overall import Overall
from utils.comparison.wording import amount, difference, evidence, few, interval, p_value

if TYPE_CHECKING:
    from utils.comparison.comparison import Comparison
    from utils.comparison.versus import Versus

_ENOUGH_DATASETS = 10
_PAIR = "pair of data set and seed"
_PAIRS = "pairs of data set and seed"


def answer_over(comparisons: Sequence[Comparison], found: Overall) -> Answer:
    """What the data sets say together: by pooled tests where there are any, otherwise by ranks, otherwise one by one."""
    if found.versus:
        best = best_of(found.versus)
        sentence, shown = _pooled(comparisons, found, best), any(one.shown for one in found.versus)
        return Answer(f"{sentence}.", shown, tuple(_advice(comparisons, found, best)))
    shown = found.friedman_p < 0.05
    return Answer(f"{_by_ranks(comparisons, found, shown=shown)}.", shown, tuple(_advice(comparisons, found, None)))


def _pooled(comparisons: Sequence[Comparison], found: Overall, best: Versus) -> str:
    measure, also = comparisons[0].measure, others(found.versus, best)
    where = f" on average over {len(comparisons)} data sets"
    if math.isnan(best.p_holm):
        why = (
            "one pair tells nothing about chance" if len(best.seeds) == 1 else "all differences are equal: no test can be made"
        )
        return f"{difference(measure, best, best.second)}{where}: {why}"
    proof = f"({evidence(best, *interval(measure, best), _PAIR)})".replace(f"{_PAIR}s", _PAIRS)
    if best.shown and best.mean > 0:
        stated = difference(measure, best, f"{best.second}'s")
        return f"{stated}{where} {proof}{also}"
    lead = "No strategy is shown better than random" if also else "No difference from random is shown"
    return f"{lead} in {measure.label}: the best, {best.first}, is {amount(measure, best)} {best.second}{where} {proof}{also}"


def _by_ranks(comparisons: Sequence[Comparison], found: Overall, *, shown: bool) -> str:
    if not found.ranks:
        return f"Each of the {len(comparisons)} data sets stands for itself: {found.reason_no_tests}; {found.reason_no_ranks}"
    best = min(found.ranks, key=lambda name: found.ranks[name])
    lead = "" if shown else "No difference between the strategies is shown: "
    tested = f", Friedman {p_value(found.friedman_p)}" if not math.isnan(found.friedman_p) else ""
    return f"{lead}{best} has the best mean rank, {found.ranks[best]:.2f} over {len(found.datasets)} data sets{tested}"


def _advice(comparisons: Sequence[Comparison], found: Overall, best: Versus | None) -> Iterator[str]:
    shown = bool(best and best.shown and best.mean > 0)
    if best and shown:
        worst = [c.dataset for c in comparisons for one in c.versus_random() if one.first == best.first and not one.mean > 0]
        yield f"Use {best.first} for the real labelling" + (f", but on {few(worst)} it was not better." if worst else ".")
    elif best:
        yield "Until a difference is shown, label at random: nothing is simpler."
        if len(best.seeds) > 1 and best.mean > 0 and not math.isnan(best.p):
            yield more_seeds(max(seeds_needed(best, len(found.versus)), len(best.seeds) + 1), len(best.seeds), _PAIRS)
    elif not any(comparison.has_baseline for comparison in comparisons):
        yield 'Add "random" to framework_type: without it nothing says what choosing gains over not choosing.'
    if len(comparisons) < _ENOUGH_DATASETS:
        yield (
            f"{len(comparisons)} data sets say little about others: the tests speak of these alone, so look at the one that "
            "is most like yours."
        )
