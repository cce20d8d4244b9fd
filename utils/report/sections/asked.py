"""What was asked: the data, the budget, the strategies, and which parameters differ between the runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utils.comparison.comparison import Comparison
from utils.comparison.evaluated import BY_CROSS_VALIDATION, EITHER, ON_TEST
from utils.report.command import parameters_of
from utils.report.wording import UNKNOWN, counted, listed
from utils.saved_run import SavedRun

_ALWAYS_DIFFERENT = {"framework_type", "random_seed", "run_name", "full_data_baseline", "overwrite"}
_MOST_CLASSES = 24


@dataclass(frozen=True)
class Difference:
    """A parameter that is not the same in all runs: its values as JSON, each with the curves that had it."""

    name: str
    values: list[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """The facts at the head of a data set's part.

    Attributes:
        facts: (name, value) in the order of reading.
        differences: between the runs, strategy and seed apart.
        shared: (name, value as JSON) of the parameters that all runs share.
        notes: one sentence for each thing that is not known, or not finished.
    """

    facts: list[tuple[str, str]]
    differences: list[Difference]
    shared: list[tuple[str, str]]
    notes: list[str]


def asked(comparison: Comparison) -> Asked:
    """Reads it off the parameters that each run wrote down."""
    runs = comparison.runs
    known = [run for run in runs if run.params]
    notes = []
    if len(known) < len(runs):
        notes.append(
            f"{counted(len(runs) - len(known), 'run')} of {len(runs)} left no params.json: their parameters are not known."
        )
    notes += _unfinished(known)
    values = _values(known)
    differences = [
        Difference(name, [(value, listed(curves)) for value, curves in sorted(found.items())])
        for name, found in values.items()
        if len(found) > 1 and name not in _ALWAYS_DIFFERENT
    ]
    shared = [(name, next(iter(found))) for name, found in values.items() if len(found) == 1]
    return Asked(_facts(comparison, known), differences, shared, notes)


def _values(runs: Sequence[SavedRun]) -> dict[str, dict[str, list[str]]]:
    """Parameter → its value as JSON → names of the curves that had it; in the order of the parameter file."""
    found: dict[str, dict[str, list[str]]] = {}
    for run in runs:
        for name, value in parameters_of(run.params).items():
            curves = found.setdefault(name, {}).setdefault(json.dumps(value, ensure_ascii=False, sort_keys=True), [])
            if run.name not in curves:
                curves.append(run.name)
    return found


def _facts(comparison: Comparison, known: Sequence[SavedRun]) -> list[tuple[str, str]]:
    runs, curves = comparison.runs, comparison.curves
    params = _common(known)
    parts = next((run.parts for run in runs if run.parts), None)
    facts = [("Data set", comparison.dataset or "unknown")]
    if parts:
        validation, test = (f"{size:,}" if size else "none" for size in parts[1:])
        sizes = f"{parts[0]:,} to label from (the pool), {validation} for validation, {test} for the test"
        facts.append(("Samples", sizes))
    else:
        facts.append(("Samples", "unknown: no readable params.json"))
    classes = params.get("classes")
    if isinstance(classes, list) and classes:
        facts.append(("Classes", f"{len(classes):,}: {listed(classes, _MOST_CLASSES)}"))
    facts.append(("Model", _model(params)))
    facts.append(("Labels", _labels(comparison, params)))
    if parts and parts[1]:
        spent = f"{parts[1]:,} of the validation part: they are spent, too, though no axis or table below counts them"
        facts.append(("Labels besides", spent))
    facts.append(("Strategies", listed([curve.name for curve in curves], 40) or UNKNOWN))
    seeds = sorted({run.seed for run in runs})
    facts.append(("Seeds", f"{len(seeds)}: {listed(seeds, 20)}"))
    facts.append(("Judged by", _judged(comparison)))
    return facts


def _common(runs: Sequence[SavedRun]) -> Mapping[str, Any]:
    """The parameters that all runs share."""
    first = runs[0].params if runs else {}
    return {name: value for name, value in first.items() if all(run.params.get(name) == value for run in runs)}


def _model(params: Mapping[str, Any]) -> str:
    if "model" not in params:
        return "differs between the runs, or is unknown: see below"
    epochs = params.get("num_epochs")
    return f"{params['model']} on {params.get('backend', 'an unknown backend')}" + (
        f", {epochs} epochs a round" if epochs else ""
    )


def _labels(comparison: Comparison, params: Mapping[str, Any]) -> str:
    curves = comparison.curves
    if not curves:
        return UNKNOWN
    first, last = min(curve.labels[0] for curve in curves), max(curve.labels[-1] for curve in curves)
    shares = f" ({last / curves[0].pool:.1%} of the pool)".replace("%", " %") if curves[0].pool else ""
    text = f"from {first:,.0f} to {last:,.0f}{shares}"
    budget, rounds = params.get("num_select_per_round"), params.get("max_round")
    return (
        f"{text}, {budget:,} a round for at most {counted(rounds, 'round')}"
        if isinstance(budget, int) and isinstance(rounds, int)
        else text
    )


def _judged(comparison: Comparison) -> str:
    measure = comparison.measure
    better = "more is better" if measure.larger_is_better else "less is better"
    chosen = any(run.chosen_on_test for run in comparison.every_run)
    seen = {
        ON_TEST: "on which checkpoints were chosen, too" if chosen else "which no strategy ever saw",
        BY_CROSS_VALIDATION: "each judged by a model that was trained on others",
        EITHER: "which are not the same thing",
    }
    return f"{measure.label} {comparison.judged} ({better}), {seen[comparison.judged]}"


def _unfinished(runs: Sequence[SavedRun]) -> list[str]:
    behind = []
    for run in runs:
        asked_for = run.params.get("max_round")
        if isinstance(asked_for, int) and run.rows and len(run.rows) - 1 < asked_for:
            behind.append(f"{run.name} seed {run.seed} ({len(run.rows) - 1} of {asked_for})")
    if not behind:
        return []
    few = f"{counted(len(behind), 'run')} of {len(runs)} did fewer rounds than max_round allows"
    return [f"{few}, ended by a stop rule or the end of the pool, or still under way: {listed(behind, 8)}."]
