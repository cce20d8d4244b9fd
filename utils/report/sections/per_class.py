"""How well each class was told from the others, over labels: one small chart a class, the hardest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.comparison.comparison import Comparison
from utils.report.identity import Identity
from utils.report.line_chart import Frame, Line, LineChart, line_chart, thinned
from utils.report.run_files import Table, number_in, read_tables
from utils.report.sections.learning_curves import chart_data
from utils.report.wording import number
from utils.saved_run import SavedRun

FIRST_SHOWN, MOST_SHOWN = 12, 36
_POINTS = 24
_WIDTH, _HEIGHT = 240, 170


@dataclass(frozen=True)
class ClassChart:
    """One class: its name, its chart and what the script reads off it."""

    name: str
    chart: LineChart
    data: dict[str, Any]


@dataclass(frozen=True)
class PerClass:
    """The classes, hardest first.

    Attributes:
        charts: of at most MOST_SHOWN classes.
        names: of the curves, the columns of the table.
        rows: class, then F1 at the end in per cent by curve.
        notes: what is not known or left out.
    """

    charts: list[ClassChart]
    names: list[str]
    rows: list[list[str]]
    notes: list[str]


@dataclass(frozen=True)
class _Scores:
    """F1 of each class: labels (n,), names, mean over seeds (classes, n) in per cent."""

    labels: NDArray[np.float64]
    names: list[str]
    means: NDArray[np.float64]


def per_class(comparison: Comparison, known: Mapping[str, Identity]) -> PerClass:
    """Reads classes.csv of every run; nothing in regression, where there are no classes."""
    tables, notes = read_tables(comparison.groups, "classes.csv", ("round", "class", "f1"), ("class",))
    scores = {}
    for group, own in zip(comparison.groups, tables, strict=True):
        if found := _scores(group, own):
            scores[group[0].name] = found
    classes = sorted({name for score in scores.values() for name in score.names}, key=lambda name: (_last(scores, name), name))
    if len(classes) > MOST_SHOWN:
        notes.append(f"{len(classes) - MOST_SHOWN} more classes have no chart, only a row in the table.")
    charts = []
    for name in classes[:MOST_SHOWN]:
        lines = [
            Line(known[curve], score.labels, score.means[score.names.index(name)], np.full(len(score.labels), np.nan))
            for curve, score in scores.items()
            if name in score.names
        ]
        chart = line_chart(lines, Frame(_WIDTH, _HEIGHT, f"F1 of class {name} over labels", "", from_zero=True, most=100.0))
        labels = np.unique(np.concatenate([line.x for line in lines]))
        if chart:
            charts.append(ClassChart(name, chart, chart_data(lines, labels[thinned(len(labels), _POINTS)], 1, " %", None)))
    rows = [[name, *(_cell(score, name) for score in scores.values())] for name in classes]
    return PerClass(charts, list(scores), rows, notes)


def _cell(score: _Scores, name: str) -> str:
    return number(float(score.means[score.names.index(name), -1]), 1) if name in score.names else number(float("nan"))


def _last(scores: Mapping[str, _Scores], name: str) -> float:
    """Mean over the curves of what the class came to."""
    found = [score.means[score.names.index(name), -1] for score in scores.values() if name in score.names]
    return float(np.nan_to_num(np.mean(found), nan=200.0))


def _scores(group: Sequence[SavedRun], tables: Sequence[Table | None]) -> _Scores | None:
    """Mean over the seeds of a group, on their common labels; None where no seed has a table."""
    pairs = [(run, table) for run, table in zip(group, tables, strict=True) if table is not None and len(table)]
    wide = [(run, table.pivot_table("f1", "round", "class", "first", sort=False, dropna=False)) for run, table in pairs]
    names = list(dict.fromkeys(name for _, table in wide for name in table.columns))
    bought = [_labels(run, table.index.to_numpy()) for run, table in wide]
    labels = np.unique(np.concatenate(bought)) if bought else np.array([])
    labels = labels[np.isfinite(labels)]
    if not len(labels):
        return None
    labels = labels[thinned(len(labels), _POINTS)]
    seeds = np.stack(
        [
            _interpolated(own, table.reindex(columns=names).to_numpy(), labels)
            for own, (_, table) in zip(bought, wide, strict=True)
        ]
    )
    counts = np.isfinite(seeds).sum(axis=0)
    means = np.where(counts > 0, np.nansum(seeds, axis=0) / np.maximum(counts, 1), np.nan)
    return _Scores(labels, names, 100 * means)


def _labels(run: SavedRun, rounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Labels bought by the end of each of `rounds`; NaN where the CSV of the run does not say."""
    bought = {number_in(row, "round"): number_in(row, "num_total_labeled") for row in run.rows}
    return np.array([bought.get(number, np.nan) for number in rounds.tolist()])


def _interpolated(own: NDArray[np.float64], values: NDArray[np.float64], labels: NDArray[np.float64]) -> NDArray[np.float64]:
    """(classes, n) of `values` (rounds, classes), between rounds interpolated, beyond them NaN."""
    order = np.argsort(own, kind="stable")[: int(np.isfinite(own).sum())]
    if not len(order):
        return np.full((values.shape[1], len(labels)), np.nan)
    return np.stack([np.interp(labels, own[order], column[order], left=np.nan, right=np.nan) for column in values.T])
