"""History and pseudo-labels: how many a round trained on, and how many of the pseudo-labels were wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.comparison.comparison import Comparison
from utils.report.identity import Identity
from utils.report.run_files import number_in
from utils.report.wording import number
from utils.saved_run import SavedRun

_MOST_ROWS = 20


@dataclass(frozen=True)
class Account:
    """One strategy, means over its seeds.

    Attributes:
        identity: whose it is.
        pseudo: pseudo-labels a round.
        wrong: of them wrong, with their share.
        history: samples of earlier rounds that a round trained on again.
        rows: the same round by round: round, labels, pseudo-labels, wrong ones, history.
    """

    identity: Identity
    pseudo: str
    wrong: str
    history: str
    rows: list[list[str]]


def accounts(comparison: Comparison, known: Mapping[str, Identity]) -> list[Account]:
    """Those strategies that used pseudo-labels or a selection of the history; the others are not named."""
    found = []
    for group in comparison.groups:
        pseudo, right = (_by_round(group, column) for column in ("num_pseudo_labeled", "pseudo_acc"))
        history, labels = (_by_round(group, column) for column in ("num_history", "num_total_labeled"))
        selects = (
            any(run.params.get("hist_sel_mode") not in (None, "all") for run in group) or "hist_select" in group[0].strategy
        )
        if not (np.nansum(pseudo) > 0 or (selects and np.isfinite(history).any())):
            continue
        wrong = np.where(pseudo == 0, 0.0, pseudo * (1 - right))
        columns = [_mean(table) for table in (labels, pseudo, wrong, history)]
        rounds = range(0, len(columns[0]), max(1, math.ceil(len(columns[0]) / _MOST_ROWS)))
        rows = [[str(place), *(number(column[place], _digits(column)) for column in columns)] for place in rounds]
        judged = float(np.nansum(np.where(np.isfinite(wrong), pseudo, 0.0)))
        share = f" ({number(100 * float(np.nansum(wrong)) / judged, 1)} %)" if judged > 0 else ""
        texts = [number(_overall(table), 1) for table in (pseudo, wrong, history)]
        found.append(Account(known[group[0].name], texts[0], texts[1] + share, texts[2], rows))
    return found


def _digits(column: Sequence[float]) -> int:
    return 0 if all(math.isclose(value, round(value), abs_tol=1e-9) for value in column if math.isfinite(value)) else 1


def _by_round(group: Sequence[SavedRun], column: str) -> NDArray[np.float64]:
    """(seeds, rounds) of a column; NaN where a cell is empty or the column is not there."""
    table = np.full((len(group), max(len(run.rows) for run in group)), np.nan)
    for own, run in zip(table, group, strict=True):
        own[: len(run.rows)] = [number_in(row, column) for row in run.rows]
    return table


def _mean(table: NDArray[np.float64]) -> list[float]:
    """(rounds,) over the seeds that have a value."""
    counts = np.isfinite(table).sum(axis=0)
    means: list[float] = np.where(counts > 0, np.nansum(table, axis=0) / np.maximum(counts, 1), np.nan).tolist()
    return means


def _overall(table: NDArray[np.float64]) -> float:
    return float(np.nanmean(table)) if np.isfinite(table).any() else math.nan
