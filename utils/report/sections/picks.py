"""What was picked when: the share of each class among the picks of each stretch of rounds; in regression their targets."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from utils.comparison.comparison import Comparison
from utils.report.identity import Identity
from utils.report.run_files import Table, read_tables
from utils.report.wording import number, significant
from utils.saved_run import SavedRun

_MOST_STRETCHES, _MOST_CLASSES = 10, 12
_MUCH = math.log2(1.25) / 2
"""Shade of a share that is a quarter more than usual, or a fifth less."""
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_Rows = Callable[[Table, NDArray[np.float64]], "list[tuple[str, list[PickCell]]]"]
"""Lays out the picks of one strategy, given the first round of each stretch and the one after the last."""


@dataclass(frozen=True)
class PickCell:
    """A value as text, how dark its ground is, −1 to 1, and the same as an arrow where it is much; "" elsewhere."""

    text: str
    shade: float
    way: str = ""


@dataclass(frozen=True)
class PickTable:
    """One strategy: a row a class, a column a stretch of rounds."""

    identity: Identity
    head: list[str]
    rows: list[tuple[str, list[PickCell]]]


@dataclass(frozen=True)
class Picks:
    """All strategies, random selection first.

    Attributes:
        tables: one a strategy.
        beside: what the shades of classes are relative to, in words.
        of_targets: whether rows are quantiles of picked targets rather than classes.
        notes: what is not known.
    """

    tables: list[PickTable]
    beside: str
    of_targets: bool
    notes: list[str]


def picks(comparison: Comparison, known: Mapping[str, Identity]) -> Picks:
    """Reads selections.csv of every run; the initial labels, which no strategy chose, do not count."""
    tables, notes = read_tables(comparison.groups, "selections.csv", ("round", "label"), ("label",))
    of_targets = "eval_mae" in (comparison.runs[0].rows[0] if comparison.runs and comparison.runs[0].rows else {})
    classes = next((_classes(run) for run in comparison.runs if _classes(run)), [])
    found = {}
    for group, own in zip(comparison.groups, tables, strict=True):
        chosen = [_usable(table, of_targets) for table in own if table is not None]
        if joined := [table for table in chosen if len(table)]:
            found[group[0].name] = pd.concat(joined, ignore_index=True)
    if not found:
        return Picks([], "", of_targets, notes)
    last = max(int(table["round"].max()) for table in found.values())
    step = math.ceil(last / _MOST_STRETCHES)
    edges = np.append(np.arange(1, last + 1, step), last + 1).astype(np.float64)
    order = sorted(found, key=lambda name: (not name.startswith("random"), name))
    random = order[0].startswith("random")
    usual = found[order[0]] if random else pd.concat(found.values(), ignore_index=True)
    lay_out = _target_rows(found) if of_targets else _class_rows(found, classes, usual)
    made = [PickTable(known[name], [*_head(edges), "all"], lay_out(found[name], edges)) for name in order]
    if not of_targets and not classes:
        notes.append("These runs did not write down the names of the classes: they are shown by number.")
    beside = f"by {order[0]}" if random else "by all strategies together"
    return Picks(made, beside, of_targets, notes)


def _usable(table: Table, of_targets: bool) -> Table:
    """The picks of later rounds than the first that have a label, or a target."""
    kept = table[(table["round"] > 0) & table["label"].notna()]
    return kept[[math.isfinite(_as_number(label)) for label in kept["label"]]] if of_targets else kept


def _classes(run: SavedRun) -> list[str]:
    classes = run.params.get("classes")
    return [str(name) for name in classes] if isinstance(classes, list) else []


def _head(edges: NDArray[np.float64]) -> list[str]:
    return [f"{first:.0f}" if last - first == 1 else f"{first:.0f}–{last - 1:.0f}" for first, last in pairwise(edges.tolist())]


def _class_rows(found: Mapping[str, Table], classes: Sequence[str], usual: Table) -> _Rows:
    """Lays out shares of the classes that were picked most; the rest of the classes is one row. `usual`: picks to shade by."""
    counts = pd.concat([table["label"].value_counts(normalize=True) for table in found.values()], axis=1).fillna(0.0)
    means = counts.mean(axis=1)
    order = sorted(means.index, key=lambda label: (-round(float(means[label]), 9), _as_number(label), label))
    shown = order[:_MOST_CLASSES] if len(order) > _MOST_CLASSES + 1 else order
    shown = sorted(shown, key=lambda label: (_as_number(label), label))
    names = [_name(label, classes) for label in shown]
    if rest := len(order) - len(shown):
        names.append(f"{rest} other classes")

    def shares(table: Table, edges: NDArray[np.float64]) -> NDArray[np.float64]:
        own = _shares(table, shown, edges)
        return np.vstack([own, 1 - own.sum(axis=0)]) if rest else own

    base = shares(usual, np.array([1, np.inf]))[:, 0]

    def rows(table: Table, edges: NDArray[np.float64]) -> list[tuple[str, list[PickCell]]]:
        every = np.hstack([shares(table, edges), shares(table, edges[[0, -1]])]).tolist()
        return [
            (name, [_class_cell(share, of_usual) for share in own])
            for name, own, of_usual in zip(names, every, base.tolist(), strict=True)
        ]

    return rows


def _class_cell(share: float, usual: float) -> PickCell:
    shade = _shade(share, usual)
    return PickCell(number(100 * share), shade, "" if abs(shade) < _MUCH else "↑" if shade > 0 else "↓")


def _shade(share: float, usual: float) -> float:
    """1 for four times as much as usual, −1 for a quarter, in equal steps of the ratio."""
    if not math.isfinite(share + usual) or share == usual:
        return 0.0
    if min(share, usual) <= 0:
        return 1.0 if share > usual else -1.0
    return round(min(1.0, max(-1.0, math.log2(share / usual) / 2)), 2)


def _shares(table: Table, labels: Sequence[str], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """(classes, stretches) share of each label among the picks; NaN where nothing was picked."""
    rounds, picked = table["round"].to_numpy(), table["label"].to_numpy()
    counts = np.stack([np.histogram(rounds[picked == label], edges)[0] for label in labels])
    every = np.histogram(rounds, edges)[0]
    return np.where(every > 0, counts / np.maximum(every, 1), np.nan)


def _name(label: str, classes: Sequence[str]) -> str:
    place = _as_number(label)
    return classes[int(place)] if place.is_integer() and 0 <= place < len(classes) else label


def _as_number(label: str) -> float:
    try:
        return float(label)
    except ValueError:
        return math.inf


def _target_rows(found: Mapping[str, Table]) -> _Rows:
    """Lays out quantiles of the picked targets, dark where they are large among all picks."""
    every = np.array([_as_number(label) for table in found.values() for label in table["label"]])
    lowest, highest = np.quantile(every[np.isfinite(every)], [0.01, 0.99])

    def rows(table: Table, edges: NDArray[np.float64]) -> list[tuple[str, list[PickCell]]]:
        rounds, targets = table["round"].to_numpy(), np.array([_as_number(label) for label in table["label"]])
        stretches = [*pairwise(edges), (edges[0], edges[-1])]
        parts = [targets[(rounds >= first) & (rounds < last) & np.isfinite(targets)] for first, last in stretches]
        return [
            (
                "median" if share == 0.5 else f"{100 * share:.0f} %",
                [_target_cell(float(np.quantile(part, share)) if len(part) else math.nan, lowest, highest) for part in parts],
            )
            for share in reversed(_QUANTILES)
        ]

    return rows


def _target_cell(value: float, lowest: float, highest: float) -> PickCell:
    place = (value - lowest) / (highest - lowest or 1.0)
    return PickCell(significant(value), round(min(1.0, max(0.0, place)), 2) if math.isfinite(value) else 0.0)
