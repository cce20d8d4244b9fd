"""What the reader of a comparison had best do next, in short sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from utils.comparison.limits import FEWEST_SEEDS
from utils.comparison.reaching import needed_by_all
from utils.comparison.versus import Versus

if TYPE_CHECKING:
    from utils.comparison.comparison import Comparison

_STOP_GOAL = 0.95
_POWER, _LEVEL = 0.80, 0.05
_MOST_SEEDS = 100
_LAST_PART, _STILL_RISING = 0.2, 0.1
"""A curve has not levelled off while the last fifth of its labels brings more than a tenth of all that it gained."""


def advice(comparison: Comparison, best: Versus | None) -> tuple[str, ...]:
    """What to do next.

    Args:
        comparison: that the answer was taken from.
        best: the difference that the answer states; None when it states none.
    """
    found = [*_of_choice(comparison, best), *_of_seeds(comparison, best), *_of_what_is_missing(comparison)]
    return (*found, *_of_length(comparison, best))


def seeds_needed(best: Versus, tests: int) -> float:
    """Pairs with which a paired t-test shows a difference of this size at 80 % power, at 5 % shared out among `tests` tests.

    Sharing out (Bonferroni) is the worst that Holm's correction can ask for. Infinite for no difference, or where more than
    100,000 were needed.
    """
    from scipy.stats import tstd
    from statsmodels.stats.power import TTestPower

    size = abs(best.mean) / tstd(best.differences)
    if size < 0.01:
        return math.inf
    return float(np.ceil(TTestPower().solve_power(effect_size=size, power=_POWER, alpha=_LEVEL / tests)))


def _of_choice(comparison: Comparison, best: Versus | None) -> Iterator[str]:
    if not comparison.curves:
        yield "Wait until the first round of a run is done, or look at why the runs ended."
    elif best and best.shown and best.mean > 0:
        labels = stopping_point(comparison, best.first)
        goal = comparison.measure.reaching(_STOP_GOAL)
        stop = "" if math.isnan(labels) else f" and stop at about {labels:,.0f} labels, when it {goal}"
        yield f"Use {best.first} for the real labelling{stop}."
    elif best and comparison.has_baseline:
        yield "Until a difference is shown, label at random: nothing is simpler."


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
        tests = sum(not math.isnan(one.p) for one in comparison.versus_random() or comparison.pairs())
        yield more_seeds(max(seeds_needed(best, tests), seeds + 1), seeds)
    if best.least_wilcoxon >= _LEVEL:
        yield (
            f"With {seeds} seeds the Wilcoxon test cannot fall below p = {best.least_wilcoxon:.3g}, so it can neither confirm "
            "nor deny this at 5 %; with 6 seeds or more it can."
        )


def more_seeds(needed: float, seeds: int, what: str = "seeds") -> str:
    """The sentence on how many pairs would show a difference that `seeds` pairs do not show."""
    if needed > _MOST_SEEDS:
        return (
            f"It would take more than {_MOST_SEEDS} {what} to show this difference: if there is one, it is too small to matter."
        )
    return f"Run about {needed:.0f} {what} instead of {seeds}: so many show a difference of this size four times out of five."


def _of_what_is_missing(comparison: Comparison) -> Iterator[str]:
    if comparison.curves and not comparison.has_baseline:
        yield 'Add "random" to framework_type: without it nothing says what choosing gains over not choosing.'
    elif len(comparison.curves) == 1:
        yield "Add a strategy to framework_type, such as margin, to compare random selection with."
    if comparison.curves and not comparison.savings():
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
