"""What the reader of a comparison had best do next, in short sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from utils.comparison.limits import FEWEST_SEEDS
from utils.comparison.people import prediction_commands
from utils.comparison.reaching import needed_by_all
from utils.comparison.versus import Versus
from utils.comparison.wording import corrected, counted, made, of_curves
from utils.saved_run import SavedRun

if TYPE_CHECKING:
    from utils.comparison.comparison import Comparison

_STOP_GOAL = 0.95
_MOST_COMMANDS = 3
_POWER, _LEVEL = 0.80, 0.05
_FEWEST_OF_POWER, _MOST_SEEDS = 3, 100
_LARGEST_EFFECT = 20.0
"""Three or four pairs show any larger one, and far beyond it the power is no number any more."""
_SHORT = 0.5
_LAST_PART, _STILL_RISING = 0.2, 0.1
"""A curve has not levelled off while the last fifth of its labels brings more than a tenth of all that it gained."""


def advice(comparison: Comparison, best: Versus | None) -> tuple[str, ...]:
    """What to do next.

    Args:
        comparison: that the answer was taken from.
        best: the difference that the answer states; None when it states none.
    """
    found = [*new_files(comparison.runs)] if comparison.curves else []
    if not (found and comparison.of_people):
        found += [*_of_choice(comparison, best), *_of_seeds(comparison, best), *_of_what_is_missing(comparison)]
    return (*found, *_of_length(comparison, best))


def new_files(runs: Sequence[SavedRun]) -> Iterator[str]:
    """How to go on with the models of runs that people labelled; such runs are not asked to be made again."""
    commands = prediction_commands(runs)
    for command in commands[:_MOST_COMMANDS]:
        yield f"Label new files with the model: {command}"
    if len(commands) > _MOST_COMMANDS:
        yield f"So with the models of {counted(len(commands) - _MOST_COMMANDS, 'other run')} that people labelled."


def seeds_needed(best: Versus, tests: int) -> float:
    """Pairs with which a paired t-test shows a difference of this size at 80 % power, at 5 % shared out among `tests` tests.

    Sharing out (Bonferroni) is the worst that Holm's correction can ask for. Infinite where more than 100 are needed.
    """
    from scipy.stats import tstd
    from statsmodels.stats.power import TTestPower

    size, level = min(abs(best.mean) / tstd(best.differences), _LARGEST_EFFECT), _LEVEL / tests
    # Of the two sides the other one adds next to nothing, and SciPy's noncentral t is often no number there.
    powers = (
        (n, TTestPower().power(size, n, level / 2, alternative="larger")) for n in range(_FEWEST_OF_POWER, _MOST_SEEDS + 1)
    )
    return next((float(n) for n, power in powers if power >= _POWER), math.inf)


def family(comparison: Comparison) -> list[Versus]:
    """The tests that an answer is taken from: against random selection where there is a pair, otherwise of every two curves."""
    against = comparison.versus_random()
    return against if any(one.seeds for one in against) else comparison.pairs()


def what_is_tested(comparison: Comparison) -> str:
    """What `family` counts, in the plural."""
    tests = family(comparison)
    return "pairs" if tests == comparison.pairs() else of_curves(one.first for one in tests)


def is_short(comparison: Comparison, one: Versus) -> bool:
    """Whether a difference is known over less than half of the labels that the longest curve of the same variants is over."""
    variants = {curve.variant for curve in comparison.curves if curve.name in (one.first, one.second)}
    longest = max(np.ptp(curve.labels) for curve in comparison.curves if curve.variant in variants)
    return bool(one.span[1] - one.span[0] < _SHORT * longest)


def _of_choice(comparison: Comparison, best: Versus | None) -> Iterator[str]:
    if not comparison.curves:
        yield "Wait until the first round of a run is done, or look at why the runs ended."
    elif best and best.shown and best.mean > 0 and is_short(comparison, best):
        low, high = best.span
        yield (
            f"Wait before choosing {best.first}: runs are still under way or ended early, so that it and {best.second} have "
            f"only {low:,.0f} to {high:,.0f} labels in common, less than half of the budget."
        )
    elif best and best.shown and best.mean > 0:
        labels = stopping_point(comparison, best.first)
        goal = comparison.measure.reaching(_STOP_GOAL)
        stop = "" if math.isnan(labels) else f" and stop at about {labels:,.0f} labels, when it {goal}"
        yield f"Use {best.first} for the real labelling{stop}."
        yield from _of_never(comparison, best)
    elif best and comparison.has_baseline:
        yield "Until a difference is shown, label at random: nothing is simpler."


def _of_never(comparison: Comparison, best: Versus) -> Iterator[str]:
    """The highest goal that every seed of the best curve reached, and no seed of the other one within the same labels."""
    ends = [run.labels[-1] for curve in comparison.curves if curve.name == best.second for run in comparison.group_of(curve)]
    for one in sorted(comparison.savings(), key=lambda saving: -saving.goal):
        never = bool(one.baseline) and all(math.isnan(labels) for labels in one.baseline.values())
        labels = needed_by_all(one.labels)
        if one.curve == best.first and never and max(one.labels.values()) <= min(ends) and not math.isnan(labels):
            reaches = comparison.measure.reaching(one.goal)
            yield f"{best.second} never {reaches} with up to {min(ends):,.0f} labels; {best.first} does with {labels:,.0f}."
            return


def stopping_point(comparison: Comparison, name: str) -> float:
    """Median over seeds of the labels with which a curve reached 95 % of full; NaN where a seed did not."""
    at = [one for one in comparison.savings() if one.curve == name and one.goal == _STOP_GOAL]
    return needed_by_all(at[0].labels) if at else math.nan


def _of_seeds(comparison: Comparison, best: Versus | None) -> Iterator[str]:
    if best is None or not best.seeds:
        return
    seeds = len(best.seeds)
    if seeds == 1:
        yield f"Run at least {FEWEST_SEEDS} seeds, such as random_seed [1, 2, 3, 4, 5]: one cannot tell skill from luck."
        return
    if not best.shown and best.mean > 0 and not math.isnan(best.p):
        tests = made(one.p for one in family(comparison))
        yield more_seeds(max(seeds_needed(best, tests), seeds + 1), seeds)
    yield from _of_wilcoxon(comparison, best)


def _of_wilcoxon(comparison: Comparison, best: Versus) -> Iterator[str]:
    found = [one.wilcoxon for one in family(comparison)]
    tests = max(1, made(found))
    if best.least_wilcoxon * tests < _LEVEL:
        return
    enough = next(n for n in range(2, _MOST_SEEDS) if 2.0 ** (1 - n) * tests < _LEVEL)
    how = corrected(found, what_is_tested(comparison))
    yield (
        f"With {len(best.seeds)} seeds the Wilcoxon test cannot fall below p = {min(1, best.least_wilcoxon * tests):.3g}{how}, "
        f"so it can neither confirm nor deny this at 5 %; with {enough} seeds or more it can."
    )


def more_seeds(needed: float, seeds: int, what: str = "seeds") -> str:
    """The sentence on how many pairs would show a difference that `seeds` pairs do not show."""
    if needed > _MOST_SEEDS:
        return (
            f"It would take more than {_MOST_SEEDS} {what} to show a difference of the size found; the interval says how large "
            "one might still be."
        )
    return f"Run about {needed:.0f} {what} instead of {seeds}: so many show a difference of this size four times out of five."


def _of_what_is_missing(comparison: Comparison) -> Iterator[str]:
    if comparison.curves and not comparison.has_baseline:
        yield 'Add "random" to framework_type: without it nothing says what choosing gains over not choosing.'
    elif len(comparison.curves) == 1:
        yield "Add a strategy to framework_type, such as margin, to compare random selection with."
    if comparison.curves and not comparison.has_full_data:
        yield "Set full_data_baseline to true: the result with all labels says how far a strategy has come and when to stop."


def _of_length(comparison: Comparison, best: Versus | None) -> Iterator[str]:
    name = best.first if best else comparison.curves[0].name if len(comparison.curves) == 1 else ""
    if math.isnan(stopping_point(comparison, name)) and still_rising(comparison, name):
        yield f"The curve of {name} has not levelled off: raise max_round, more labels still help."


def still_rising(comparison: Comparison, name: str) -> bool:
    """Whether the last fifth of the labels of a curve still brought more than a tenth of all that it gained."""
    curve = next((curve for curve in comparison.curves if curve.name == name), None)
    if curve is None or len(curve.labels) < 3:
        return False
    mean = comparison.measure.sign * curve.mean()
    before = np.interp(curve.labels[-1] - _LAST_PART * np.ptp(curve.labels), curve.labels, mean)
    return bool(mean[-1] > mean[0] and mean[-1] - before > _STILL_RISING * (mean[-1] - mean[0]))
