"""The sentence on several data sets together, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from utils.comparison.advice import is_short, more_seeds, new_files, seeds_needed
from utils.comparison.answer import Answer
from utils.comparison.judging import best_of, others
from utils.comparison.overall import Overall
from utils.comparison.wording import corrected, difference, evidence, few, interval, made, not_better, of_curves, p_value

if TYPE_CHECKING:
    from utils.comparison.comparison import Comparison
    from utils.comparison.versus import Versus

_ENOUGH_DATASETS = 10
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
    count = len(best.seeds)
    where = (
        f" on average over {count} {_PAIRS if count > 1 else 'pair of data set and seed'} from {_sources(comparisons, best)}"
    )
    if math.isnan(best.p_holm):
        why = "one pair tells nothing about chance" if count == 1 else "all differences are equal: no test can be made"
        return f"{difference(measure, best, best.second)}{where}: {why}"
    how = corrected((one.p for one in found.versus), of_curves(one.first for one in found.versus))
    proof = f"({evidence(best, *interval(measure, best), how)})"
    stated = difference(measure, best, f"{best.second}'s")
    if best.shown and best.mean > 0:
        return f"{stated}{where} {proof}{also}"
    if best.shown and len(found.versus) == 1:
        return f"{stated}{where} {proof}"
    lead = "No strategy is shown better than random" if also else "No difference from random is shown"
    return f"{lead} in {measure.label}: {not_better(measure, best, len(found.versus))} {best.second}{where} {proof}{also}"


def _apart(comparisons: Sequence[Comparison], best: Versus) -> list[tuple[Comparison, Versus]]:
    """The data sets that have pairs of the best curve, and its difference there."""
    found = [(comparison, one) for comparison in comparisons for one in comparison.versus_random() if one.first == best.first]
    return [(comparison, one) for comparison, one in found if one.seeds]


def _sources(comparisons: Sequence[Comparison], best: Versus) -> str:
    """From which data sets the pairs of the best curve are; by name where others have none."""
    names = [comparison.dataset for comparison, _ in _apart(comparisons, best)]
    if len(names) == len(comparisons):
        return f"{len(names)} data sets"
    return f"{len(names)} of {len(comparisons)} data sets ({', '.join(names)})"


def _by_ranks(comparisons: Sequence[Comparison], found: Overall, *, shown: bool) -> str:
    if not found.ranks:
        return f"Each of the {len(comparisons)} data sets stands for itself: {found.reason_no_tests}; {found.reason_no_ranks}"
    best = min(found.ranks, key=lambda name: found.ranks[name])
    lead = "" if shown else "No difference between the strategies is shown: "
    tested = f", Friedman {p_value(found.friedman_p)}" if not math.isnan(found.friedman_p) else ""
    return f"{lead}{best} has the best mean rank, {found.ranks[best]:.2f} over {len(found.datasets)} data sets{tested}"


def _advice(comparisons: Sequence[Comparison], found: Overall, best: Versus | None) -> Iterator[str]:
    yield from new_files([run for comparison in comparisons for run in comparison.runs])
    if all(comparison.of_people for comparison in comparisons):
        return
    shown = bool(best and best.shown and best.mean > 0)
    if best and shown:
        apart = _apart(comparisons, best)
        worst = [comparison.dataset for comparison, one in apart if one.mean <= 0]
        if short := [comparison.dataset for comparison, one in apart if is_short(comparison, one)]:
            yield (
                f"Wait before choosing {best.first}: on {few(short)} runs are still under way or ended early, so that it and "
                f"{best.second} have less than half of the budget in common."
            )
        else:
            yield f"Use {best.first} for the real labelling" + (f", but on {few(worst)} it was not better." if worst else ".")
    elif best:
        yield "Until a difference is shown, label at random: nothing is simpler."
        if len(best.seeds) > 1 and best.mean > 0 and not math.isnan(best.p):
            tests = made(one.p for one in found.versus)
            yield more_seeds(max(seeds_needed(best, tests), len(best.seeds) + 1), len(best.seeds), _PAIRS)
    elif not any(comparison.has_baseline for comparison in comparisons):
        yield 'Add "random" to framework_type: without it nothing says what choosing gains over not choosing.'
    datasets = len(_apart(comparisons, best)) if best else len(found.datasets) or len(comparisons)
    if datasets == 1:
        yield "One data set says little about others: the tests speak of it alone."
    elif datasets < _ENOUGH_DATASETS:
        yield (
            f"{datasets} data sets say little about others: the tests speak of these alone, so look at the one that "
            "is most like yours."
        )
