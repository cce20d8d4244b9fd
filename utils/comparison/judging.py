"""The one sentence that answers which strategy is best and how sure that is, for a reader who has never seen the project.

A difference is claimed where the paired t-test against random selection shows one at 5 % after Holm's correction, and nowhere
else. Labels saved are named before points gained, because labels are what is paid for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from utils.comparison.advice import advice, family, what_is_tested
from utils.comparison.answer import Answer
from utils.comparison.ranking import mean_areas
from utils.comparison.savings import Savings
from utils.comparison.versus import Versus
from utils.comparison.wording import corrected, counted, difference, evidence, few, fewer, interval, not_better, of_curves

if TYPE_CHECKING:
    from utils.comparison.comparison import Comparison

CLAIM = 0.05
"""The p-value below which a difference counts as shown."""
_NO_LEVELS: dict[str, float] = {}
_MISSING_RANKS = "The strategies have no seeds and labels that all of them share, so none of them can be called the best"


def answer_of(comparison: Comparison) -> Answer:
    """What a comparison says."""
    if not comparison.curves:
        return Answer("No run of a strategy has a result yet, so there is nothing to compare.", False, advice(comparison, None))
    if tested := [one for one in comparison.versus_random() if not math.isnan(one.mean)]:
        best = best_of(tested, _levels(comparison, tested))
        sentence = _against_random(comparison, tested, best)
        return Answer(f"{sentence}.", any(one.shown for one in tested), advice(comparison, best))
    if len(comparison.curves) == 1:
        name = comparison.curves[0].name
        if comparison.of_people:
            return Answer(_of_people(comparison), False, advice(comparison, None))
        return Answer(f"Only {name} ran, so there is nothing to compare it with.", False, advice(comparison, None))
    best_two, ranked = _best_two(comparison)
    if best_two is None:
        return Answer(f"{_MISSING_RANKS}; {_missing(comparison)}.", False, advice(comparison, None))
    return Answer(f"{_between(comparison, best_two, ranked=ranked)}.", best_two.shown, advice(comparison, best_two))


def best_of(tested: Sequence[Versus], levels: Mapping[str, float] = _NO_LEVELS) -> Versus:
    """Of those shown to be better, if any, the one with the highest of `levels`, otherwise with the largest difference.

    A variant in which everything goes wrong can be far above a random selection that goes wrong still more.
    """
    better = [one for one in tested if one.shown and one.mean > 0]
    return max(better or tested, key=lambda one: (levels.get(one.first, 0.0), one.mean))


def _levels(comparison: Comparison, tested: Sequence[Versus]) -> dict[str, float]:
    """How good each curve is over the labels and seeds that all share, where not all were held against the same one."""
    if len({one.second for one in tested}) == 1:
        return {}
    names = [group[0].name for group in comparison.groups if group[0].name in {one.first for one in tested}]
    areas = mean_areas(comparison, names)
    return {} if areas is None else dict(zip(names, areas.tolist(), strict=True))


def others(tested: Sequence[Versus], best: Versus) -> str:
    """What else is shown, as further parts of a sentence."""
    better = [one.first for one in tested if one.shown and one.mean > 0 and one is not best]
    worse = [one.first for one in tested if one.shown and one.mean < 0]
    verbs = [(better, "shown better, too"), (worse, "shown worse than random")]
    return "".join(f"; {few(names)} {'is' if len(names) == 1 else 'are'} {verb}" for names, verb in verbs if names)


def no_test(one: Versus) -> str:
    """Why there is no p-value."""
    if len(one.seeds) == 1:
        return "one seed tells nothing about chance"
    return "the difference is the same in every seed, so no test can be made"


def _against_random(comparison: Comparison, tested: Sequence[Versus], best: Versus) -> str:
    measure, also = comparison.measure, others(tested, best)
    where = _where(comparison, best)
    stated = difference(measure, best, f"{best.second}'s{where}")
    if math.isnan(best.p_holm):
        return f"{stated}: {no_test(best)}{also}"
    proof = _proof(comparison, best)
    if best.shown and best.mean > 0:
        saved = _saving_at_the_highest_goal(comparison, best)
        return f"{saved or f'{stated} {proof}'}{also}"
    if best.shown and len(tested) == 1:
        return f"{stated} {proof}"
    lead = "No strategy is shown better than random" if also else "No difference from random is shown"
    return f"{lead} in {measure.label}: {not_better(measure, best, len(tested))} {best.second}{where} {proof}{also}"


def _of_people(comparison: Comparison) -> str:
    """How good the model is that people's labels came to, where there is nothing to compare it with."""
    [curve], measure = comparison.curves, comparison.measure
    seeds = len(comparison.groups[0])
    mean = f", the mean of {seeds} seeds," if seeds > 1 else ""
    value = measure.shown(float(curve.mean()[-1]))
    return f"With {curve.labels[-1]:,.0f} labels by people the {measure.label} is {value}{mean} {comparison.judged}."


def _proof(comparison: Comparison, one: Versus) -> str:
    how = corrected((test.p for test in family(comparison)), what_is_tested(comparison))
    return f"({evidence(one, *interval(comparison.measure, one), how)}, {counted(len(one.seeds), 'seed')})"


def _saving_at_the_highest_goal(comparison: Comparison, best: Versus) -> str:
    """What `best` saves at the highest goal that leaves a ratio of labels; "" when that is not shown.

    Were it the highest goal at which a saving is shown, it would be the luckiest of three tests that are not corrected for
    one another.
    """
    found = [one for one in comparison.savings() if one.curve == best.first and not math.isnan(one.ratio)]
    highest = max(found, key=lambda one: one.goal, default=None)
    if highest is None or not (highest.ratio < 1 and highest.p_holm < CLAIM):
        return ""
    saved, low, high = fewer(highest)
    stated = f"{best.first} {comparison.measure.reaching(highest.goal)} with {saved} fewer labels than {best.second}"
    return f"{stated} ({evidence(highest, low, high, _of_goal(comparison, highest))}, {counted(len(highest.seeds), 'seed')})"


def _of_goal(comparison: Comparison, saving: Savings) -> str:
    tests = [one for one in comparison.savings() if one.goal == saving.goal and not math.isnan(one.p)]
    return corrected((one.p for one in tests), of_curves(one.curve for one in tests))


def _best_two(comparison: Comparison) -> tuple[Versus | None, bool]:
    """The two curves with the largest areas over the labels and seeds that all share, and whether the second is second best.

    Of two curves their own pair, of more that share nothing None. A pair is over all that its two curves share, which can
    turn the order around; then none of them is called the second best.
    """
    names = [curve.name for curve in comparison.curves]
    means = mean_areas(comparison, names)
    if means is None and len(names) > 2:
        return None, False
    order = [names[place] for place in (-means).argsort(kind="stable")] if means is not None else names
    found = next(one for one in comparison.pairs() if {one.first, one.second} == set(order[:2]))
    found = found.reversed if found.mean < 0 else found
    return found, means is not None and found.first == order[0]


def _missing(comparison: Comparison) -> str:
    if comparison.has_baseline:
        return "no strategy ran in a variant that random selection ran in"
    return "random selection did not run"


def _between(comparison: Comparison, one: Versus, *, ranked: bool) -> str:
    missing = _missing(comparison)
    if not one.seeds:
        return f"{one.first} and {one.second} have no seed in common on the same split, so they cannot be compared; {missing}"
    second = ", the second best," if ranked else ""
    stated = difference(comparison.measure, one, f"that of {one.second}{second}{_where(comparison, one)}")
    if math.isnan(one.p_holm):
        return f"{stated}: {no_test(one)}; {missing}"
    two = "the best two" if ranked else f"{one.first} and {one.second}"
    lead = "" if one.shown else f"No difference between {two} is shown: "
    return f"{lead}{stated} {_proof(comparison, one)}; {missing}"


def _where(comparison: Comparison, one: Versus) -> str:
    """Over which labels the difference is a mean: the budget, where both curves were followed to their ends."""
    curves = [curve for curve in comparison.curves if curve.name in (one.first, one.second)]
    whole = (min(curve.labels[0] for curve in curves), max(curve.labels[-1] for curve in curves))
    if one.span == whole:
        return " on average over the budget"
    return f" on average between {one.span[0]:,.0f} and {one.span[1]:,.0f} labels"
