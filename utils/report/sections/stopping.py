"""Stopping, after the fact: where each stop rule would have ended the runs, and what that would have cost."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from utils.comparison.comparison import Comparison
from utils.replayed import Replayed
from utils.report.identity import Identity
from utils.report.wording import UNKNOWN, difference_digits, difference_unit, number
from utils.stop_replay import replay


@dataclass(frozen=True)
class StopRow:
    """One rule: as the parameter file has it, where it stops, and what that saves and loses."""

    rule: str
    stopped: str
    labels: str
    saved: str
    result: str
    lost: str


@dataclass(frozen=True)
class StopTable:
    """The rules tried on one curve, most labels saved first."""

    identity: Identity
    at_end: str
    rows: list[StopRow]


@dataclass(frozen=True)
class Stopping:
    """What stop rules would have done.

    Attributes:
        tables: one a curve, the best first.
        unit: of what is lost.
        example: a rule as it stands in a parameter file; "" without any.
        caveats: what their numbers leave out, one sentence each.
        missing: (rules, reason) of those that the saved runs cannot tell.
    """

    tables: list[StopTable]
    unit: str
    example: str
    caveats: list[str]
    missing: list[tuple[str, str]]


def stopping(comparison: Comparison, known: Mapping[str, Identity]) -> Stopping:
    """Replays the rules on the saved rounds."""
    measure = comparison.measure
    found = replay(comparison.groups)
    told = [result for result in found if not result.reason_missing]
    digits = difference_digits(measure, [result.mean_loss for result in told])
    curves: dict[str, list[Replayed]] = {}
    for result in told:
        curves.setdefault(result.curve, []).append(result)
    ranked = sorted(curves, key=lambda name: (-measure.sign * _known(curves[name][0].mean_result_at_end), name))
    tables = []
    for name in ranked:
        rules = sorted(curves[name], key=lambda result: (-_known(result.mean_labels_saved), result.rule))
        end = f"{number(rules[0].mean_labels_at_end)} labels, {measure.shown(rules[0].mean_result_at_end)}"
        tables.append(StopTable(known[name], end, [_row(result, digits) for result in rules]))
    reasons: dict[str, list[str]] = {}
    for result in found:
        if result.reason_missing and result.rule not in reasons.setdefault(result.reason_missing, []):
            reasons[result.reason_missing].append(result.rule)
    missing = [(", ".join(rules), reason) for reason, rules in sorted(reasons.items())]
    caveats = _caveats(comparison, {name for result in told for name in json.loads(result.rule)})
    return Stopping(tables, difference_unit(measure), told[0].rule if told else "", caveats, missing)


def _caveats(comparison: Comparison, names: Collection[str]) -> list[str]:
    """Of the rules called `names`."""
    found = []
    if validated := [name for name in ("target_accuracy", "plateau_rounds") if name in names]:
        sizes = sorted({run.parts[1] for run in comparison.runs if run.parts})
        size = f", {' or '.join(map(number, sizes))} here," if sizes else ""
        need = "need" if len(validated) > 1 else "needs"
        found.append(
            f"{' and '.join(validated)} {need} the labels of the validation part{size} which no column of these tables counts."
        )
    if "target_accuracy" in names:
        found.append(
            "The values of target_accuracy were chosen in hindsight, as shares of the best accuracy that any of these runs "
            "came to: before the labelling nobody knows them."
        )
    return found


def _known(value: float) -> float:
    return value if math.isfinite(value) else -math.inf


def _row(result: Replayed, digits: int) -> StopRow:
    measure, stopped = result.measure, len(result.seeds_stopped)
    lost = number(measure.scale * result.mean_loss, digits, signed=True)
    return StopRow(
        result.rule,
        f"{stopped} of {len(result.seeds)}",
        number(result.mean_labels),
        number(result.mean_labels_saved) if stopped else "0",
        measure.shown(result.mean_result),
        lost if stopped else UNKNOWN,
    )
