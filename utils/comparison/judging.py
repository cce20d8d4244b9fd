"""The one sentence that answers which strategy is best and how sure that is, for a reader who has never seen the project.

A difference is claimed where the paired t-test against random selection shows one at 5 % after Holm's correction, and nowhere
else. Labels saved are named before points gained, because labels are what is paid for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from utils.comparison.advice import advice
from utils.comparison.answer import Answer
from utils.comparison.versus import Versus
from utils.comparison.wording import amount, difference, evidence, few, fewer, interval

if TYPE_CHECKING:
    from utils.comparison.comparison import Comparison
    from utils.curve import Curve

CLAIM = 0.05
"""The p-value below which a difference counts as shown."""


def answer_of(comparison: Comparison) -> Answer:
    """What a comparison says."""
    if not comparison.curves:
        return Answer("No run of a strategy has a result yet, so there is nothing to compare.", False, advice(comparison, None))
    if tested := [one for one in comparison.versus_random() if not math.isnan(one.mean)]:
        best = best_of(tested)
        sentence = _against_random(comparison, tested, best)
        return Answer(f"{sentence}.", any(one.shown for one in tested), advice(comparison, best))
    if len(comparison.curves) == 1:
        name = comparison.curves[0].name
        return Answer(f"Only {name} ran, so there is nothing to compare it with.", False, advice(comparison, None))
    best_two = _best_two(comparison)
    return Answer(f"{_between(comparison, best_two)}.", best_two.shown, advice(comparison, best_two))


def best_of(tested: Sequence[Versus]) -> Versus:
    """The one with the largest difference, of those shown to be better if there are any."""
    better = [one for one in tested if one.shown and one.mean > 0]
    return max(better or tested, key=lambda one: one.mean)


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
    proof = f"({evidence(best, *interval(measure, best))})"
    if best.shown and best.mean > 0:
        saved = _shown_saving(comparison, best)
        return f"{saved or f'{stated} {proof}'}{also}"
    lead = "No strategy is shown better than random" if also else "No difference from random is shown"
    return f"{lead} in {measure.label}: the best, {best.first}, is {amount(measure, best)} {best.second}{where} {proof}{also}"


def _shown_saving(comparison: Comparison, best: Versus) -> str:
    """What the highest goal says at which `best` is shown to save labels; "" when it is shown at none."""
    found = [one for one in comparison.savings() if one.curve == best.first and one.ratio < 1 and one.p_holm < CLAIM]
    if not found:
        return ""
    highest = max(found, key=lambda one: one.goal)
    saved, low, high = fewer(highest)
    stated = f"{best.first} {comparison.measure.reaching(highest.goal)} with {saved} fewer labels than {best.second}"
    return f"{stated} ({evidence(highest, low, high)})"


def _best_two(comparison: Comparison) -> Versus:
    """The best curve by the mean of the measure over its labels against the second best."""

    def quality(curve: Curve) -> float:
        means = [run.mean_over_labels() for run in comparison.group_of(curve)]
        known = [mean for mean in means if not math.isnan(mean)]
        return comparison.measure.sign * sum(known) / len(known) if known else -math.inf

    names = {curve.name for curve in sorted(comparison.curves, key=quality, reverse=True)[:2]}
    found = next(one for one in comparison.pairs() if {one.first, one.second} == names)
    return found.reversed if found.mean < 0 else found


def _between(comparison: Comparison, one: Versus) -> str:
    missing = "random selection did not run"
    if comparison.has_baseline:
        missing = "no strategy ran in a variant that random selection ran in"
    if not one.seeds:
        return f"{one.first} and {one.second} have no seed in common on the same split, so they cannot be compared; {missing}"
    stated = difference(comparison.measure, one, f"that of {one.second}, the second best,{_where(comparison, one)}")
    if math.isnan(one.p_holm):
        return f"{stated}: {no_test(one)}; {missing}"
    proof = f"({evidence(one, *interval(comparison.measure, one))})"
    lead = "" if one.shown else "No difference between the best two is shown: "
    return f"{lead}{stated} {proof}; {missing}"


def _where(comparison: Comparison, one: Versus) -> str:
    """Over which labels the difference is a mean: the budget, where both curves were followed to their ends."""
    curves = [curve for curve in comparison.curves if curve.name in (one.first, one.second)]
    whole = (min(curve.labels[0] for curve in curves), max(curve.labels[-1] for curve in curves))
    if one.span == whole:
        return " on average over the budget"
    return f" on average between {one.span[0]:,.0f} and {one.span[1]:,.0f} labels"
