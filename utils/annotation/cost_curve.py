"""How good the model was after how many hours of labelling: the learning curve as whoever pays for the labels sees it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.measure import Measure
from utils.saved_run import SavedRun

_COLUMN = "label_seconds"
_LONGEST = 1e12


@dataclass(frozen=True)
class CostCurve:
    """The rounds of one run that have a result, and whose labels were paid in seconds.

    Attributes:
        labels: (n,) ascending numbers of labelled samples, unusable ones not among them.
        seconds: (n,) ascending; of all answers so far, those for unusable samples and for the validation part among them.
        results: (n,) of the measure.
        measure: what the results are.
    """

    labels: NDArray[np.float64]
    seconds: NDArray[np.float64]
    results: NDArray[np.float64]
    measure: Measure

    @classmethod
    def of(cls, run: SavedRun) -> CostCurve | None:
        """The curve of a run; None where nobody measured what its labels cost, or they cost nothing.

        Raises:
            ValueError: label_seconds holds what no run writes; the message says where and what.
        """
        paid = dict(_paid(run.rows))
        if not any(paid.values()):
            return None
        known = np.array([labels in paid for labels in run.labels.tolist()], dtype=np.bool_)
        seconds = np.array([paid[labels] for labels in run.labels[known].tolist()], dtype=np.float64)
        return cls(run.labels[known], seconds, run.results[known], run.measure)

    @property
    def per_label(self) -> float:
        """Seconds of all answers over the labels that they came to, at the end."""
        return float(self.seconds[-1] / self.labels[-1]) if len(self.labels) else math.nan


def _paid(rows: Iterable[Mapping[str, str]]) -> Iterable[tuple[float, float]]:
    """(labels, seconds) of the rounds that tell both, checked."""
    before = 0.0
    for line, row in enumerate(rows, start=2):
        if not row.get(_COLUMN) or not row["num_total_labeled"]:
            continue
        try:
            labels, seconds = float(row["num_total_labeled"]), float(row[_COLUMN])
        except ValueError:
            labels, seconds = math.nan, math.nan
        if not before <= seconds <= _LONGEST:
            least = f"the {before:g} of the line before" if before else "0"
            raise ValueError(f"line {line}: {_COLUMN} is {row[_COLUMN]!r}, expected a number of at least {least}")
        before = seconds
        yield labels, seconds
