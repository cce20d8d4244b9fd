"""Where one stop rule would have ended the saved runs of a curve, and at what price."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from statistics import fmean

from utils.measure import Measure


@dataclass(frozen=True)
class Replayed:
    """The runs of one curve, ended by one rule. Means are over all seeds; a run that the rule never ends counts whole.

    Attributes:
        curve: name, as `Curve.name` says it.
        rule: as a parameter file has it, such as {"plateau_rounds": 3}.
        measure: what the results are.
        seeds: of the runs.
        rounds: for each seed the last round of the run, as the rule would have it; None where the rule does not end it.
        labels: for each seed the labels bought by then.
        labels_at_end: the same by the last saved round.
        results: for each seed the measure then; NaN where the row has none.
        results_at_end: the same in the last saved round.
        reason_missing: "", or one sentence why the saved runs cannot tell; all but `seeds` is empty then, and means are NaN.
    """

    curve: str
    rule: str
    measure: Measure
    seeds: tuple[int, ...]
    rounds: tuple[int | None, ...] = ()
    labels: tuple[float, ...] = ()
    labels_at_end: tuple[float, ...] = ()
    results: tuple[float, ...] = ()
    results_at_end: tuple[float, ...] = ()
    reason_missing: str = ""

    @property
    def seeds_stopped(self) -> tuple[int, ...]:
        """Those that the rule ends."""
        if self.reason_missing:
            return ()
        return tuple(seed for seed, stop in zip(self.seeds, self.rounds, strict=True) if stop is not None)

    @property
    def mean_labels(self) -> float:
        """Labels at the stop."""
        return _mean(self.labels)

    @property
    def mean_labels_at_end(self) -> float:
        """Labels in the last saved round."""
        return _mean(self.labels_at_end)

    @property
    def mean_labels_saved(self) -> float:
        """Labels that the rule spares."""
        return self.mean_labels_at_end - self.mean_labels

    @property
    def mean_result(self) -> float:
        """The measure at the stop."""
        return _mean(self.results)

    @property
    def mean_result_at_end(self) -> float:
        """The measure in the last saved round."""
        return _mean(self.results_at_end)

    @property
    def mean_loss(self) -> float:
        """How much worse the result is for stopping, in units of the measure: positive = worse, also where small is good."""
        return self.measure.sign * (self.mean_result_at_end - self.mean_result)


def _mean(values: tuple[float, ...]) -> float:
    return fmean(values) if values else nan
