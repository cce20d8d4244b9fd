"""Which runs of two curves are pairs, and the area under their curves over the labels that all of them have in common.

A seed is a pair where both ran it on the same parts, split in the same way, and both have a curve, that is two rounds. What
one of them lacks is left out: nothing is guessed, and who compares says what was left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from utils.saved_run import SavedRun

Pairs = list[tuple[SavedRun, SavedRun]]
Span = tuple[float, float]

NOTHING: Span = (math.nan, math.nan)
"""The span of runs that have no labels in common."""
OF_THE_START = ("labeled_percent", "initial_selection", "initial_space")
"""Parameters that decide which samples of the pool are labelled at the start."""
OF_THE_SPLIT = (
    "dataset", "data_dir", "data_params", "num_total", "test_percent", "valid_percent", "group_by", "test_groups",
    *OF_THE_START,
)  # fmt: skip
"""Those and the ones that decide which samples a seed gives to which part, for folders that do not keep which they were."""
_OF_THE_DATA = {"features": "samples or features", "parts": "which sample lies in which part"}
_CERTAIN_DIGITS = 12


def pairs_of(first: Sequence[SavedRun], second: Sequence[SavedRun]) -> Pairs:
    """The runs of the same seeds that can be compared, in the order of seeds."""
    known = {run.seed: run for run in second if len(run.labels) > 1}
    found = [(run, known[run.seed]) for run in first if run.seed in known and len(run.labels) > 1]
    return [(one, other) for one, other in found if not differences_of_split(one, other)]


def differences_of_split(one: SavedRun, other: SavedRun) -> list[str]:
    """In what the split of two runs differs, as far as their params.json say; empty when they are the same."""
    found = [] if None in (one.parts, other.parts) or one.parts == other.parts else ["sizes of the parts"]
    data, of_other = one.params.get("data"), other.params.get("data")
    if data and of_other:
        found += [what for key, what in _OF_THE_DATA.items() if data.get(key) != of_other.get(key)]
    parameters = OF_THE_START if data and of_other else OF_THE_SPLIT
    names = [name for name in parameters if name in one.params and name in other.params]
    return [*found, *(name for name in names if one.params[name] != other.params[name])]


def common_span(runs: Sequence[SavedRun]) -> Span:
    """The lowest and highest number of labels between which every run has a curve; NOTHING where there is none."""
    low = max((float(run.labels[0]) for run in runs), default=math.nan)
    high = min((float(run.labels[-1]) for run in runs), default=math.nan)
    return (low, high) if low < high else NOTHING


def areas(runs: Sequence[SavedRun], span: Span) -> NDArray[np.float64]:
    """(runs,) area under each curve between the ends of `span`, divided by its length: the mean over these labels.

    By the trapezoid rule, with values interpolated at the ends; the sign is turned where a small value is good.
    """
    low, high = span
    found = np.empty(len(runs))
    for place, run in enumerate(runs):
        inside = run.labels[(run.labels > low) & (run.labels < high)]
        labels = np.concatenate([[low], inside, [high]])
        values = np.interp(labels, run.labels, run.results)
        found[place] = run.measure.sign * np.trapezoid(values, labels) / (high - low)
    return found


def without_round_off(values: NDArray[np.float64], of: NDArray[np.float64]) -> NDArray[np.float64]:
    """`values` rounded to the digits that differences of numbers as large as those in `of` can have.

    Two curves that are the same but for the last bit differ by 0 then, and equal differences tie.
    """
    largest = float(np.abs(of).max(initial=0.0))
    unit = 10.0 ** math.floor(math.log10(largest)) if largest > 0 else 1.0
    return np.round(values / unit, _CERTAIN_DIGITS) * unit
