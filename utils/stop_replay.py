"""Stop rules tried on runs that are over: where each would have ended them, so that one can be chosen for the real labelling.

A rule is asked about the saved rounds one after the other, exactly as the loop asks it, so the answer is that of a real run
with that rule. What the files do not hold is said, never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isfinite, isnan, log, nan
from typing import Any

from utils.journal import Record
from utils.replayed import Replayed
from utils.saved_run import SavedRun
from utils.stop_rules import StopRules

_READ = ("num_total_labeled", "valid_acc", "valid_loss", "stop_kappa", "stop_entropy")
"""Columns that rules go by."""
_OF_CLASSES = ("target_accuracy", "stable_kappa", "max_entropy")
_SHARES_OF_THE_BEST = 0.9, 0.95
_SHARES_OF_FULL_DOUBT = 0.1, 0.05


def default_rules(groups: Sequence[Sequence[SavedRun]]) -> list[StopRules]:
    """The rules worth a look for these runs; in regression without those of classes alone.

    Absolute levels would suit one data set and no other. Targets are shares of the best validation accuracy in any of the
    runs, for nobody can ask for more; entropies are shares of ln C, the doubt of a model that knows nothing of C classes.
    Both are rounded to what one would write into a parameter file.
    """
    rules = [StopRules(plateau_rounds=rounds) for rounds in (3, 5)]
    runs = [run for group in groups for run in group]
    if any(_is_regression(run) for run in runs):
        return rules
    rules += [StopRules(stable_kappa=kappa) for kappa in (0.99, 0.95)]
    classes = max((_num_classes(run) for run in runs), default=0)
    if classes > 1:
        rules += [StopRules(max_entropy=float(f"{share * log(classes):.2g}")) for share in _SHARES_OF_FULL_DOUBT]
    accuracies = [accuracy for run in runs for row in run.rows if (accuracy := _number(row.get("valid_acc"))) is not None]
    best = max(filter(isfinite, accuracies), default=0.0)
    targets = [round(share * best, 2) for share in _SHARES_OF_THE_BEST]
    return rules + [StopRules(target_accuracy=target) for target in targets if 0 < target <= 1]


def replay(groups: Sequence[Sequence[SavedRun]], rules: Sequence[StopRules] | None = None) -> list[Replayed]:
    """What each of the `rules` would have made of each of the `groups`, the runs of one curve; curve by curve.

    Args:
        groups: runs of one strategy and variant each, in the order of seeds, as `Comparison.groups` has them.
        rules: to try; None: those of `default_rules`.
    """
    tried = default_rules(groups) if rules is None else rules
    found = []
    for group in groups:
        rounds = [_rounds_of(run) for run in group]
        found += [_replay_rule(rule, group, rounds) for rule in tried]
    return found


def _replay_rule(rule: StopRules, group: Sequence[SavedRun], rounds: Sequence[list[Record]]) -> Replayed:
    """`rounds` are the records of each run of the `group`, as `_rounds_of` makes them."""
    text, seeds = json.dumps(rule.model_dump(exclude_none=True)), tuple(run.seed for run in group)
    told = (_missing(rule, run, records) for run, records in zip(group, rounds, strict=True))
    if missing := next(filter(None, told), ""):
        return Replayed(group[0].name, text, group[0].measure, seeds, reason_missing=missing)
    stops = tuple(_stop(rule, records) for records in rounds)
    last = [records[-1 if stop is None else stop]["stats"] for stop, records in zip(stops, rounds, strict=True)]
    ends = [records[-1]["stats"] for records in rounds]
    return Replayed(
        group[0].name,
        text,
        group[0].measure,
        seeds,
        stops,
        labels=tuple(stats["num_total_labeled"] for stats in last),
        labels_at_end=tuple(stats["num_total_labeled"] for stats in ends),
        results=tuple(stats["result"] for stats in last),
        results_at_end=tuple(stats["result"] for stats in ends),
    )


def _stop(rule: StopRules, records: list[Record]) -> int | None:
    """The round that the `rule` ends the run with; None where it goes on to the end."""
    prefixes = (records[: number + 1] for number in range(len(records)))
    return next((len(prefix) - 1 for prefix in prefixes if rule.reason(prefix, len(records), pool_left=1)), None)


def _rounds_of(run: SavedRun) -> list[Record]:
    """Its rows as the loop knew them, as far as rules go by them, and the "result" that the run is compared by."""
    return [
        {"stats": {column: _number(row.get(column)) for column in _READ} | {"result": _result(row, run)}} for row in run.rows
    ]


def _result(row: dict[str, str], run: SavedRun) -> float:
    value = _number(row.get(run.measure.column))
    return nan if value is None else value


def _number(cell: str | None) -> float | None:
    """None for an empty or absent cell, NaN for one that holds no finite number."""
    try:
        value = float(cell) if cell else None
    except ValueError:
        return nan
    return value if value is None or isfinite(value) else nan


def _missing(rule: StopRules, run: SavedRun, records: list[Record]) -> str:
    """Why the saved rounds of `run` cannot tell where the `rule` would have ended it; "" where they can."""
    if not records:
        return f"seed {run.seed} has no round yet"
    for line, (row, record) in enumerate(zip(run.rows, records, strict=True), start=2):
        for column in _READ:
            value = record["stats"][column]
            if (value is None and column == "num_total_labeled") or (value is not None and isnan(value)):
                return f"{column} of seed {run.seed} is {row[column]!r} in line {line}, expected a finite number"
    given = rule.model_dump(exclude_none=True).items()
    return next((f"{name}: {why}" for name, limit in given if (why := _unknown(name, limit, run, records))), "")


def _unknown(name: str, limit: Any, run: SavedRun, records: list[Record]) -> str:
    """The same for one rule, without its name."""
    stats = [record["stats"] for record in records]
    if name == "wall_time":
        return "al_stats holds no times, and those of another machine would tell nothing"
    if name in _OF_CLASSES and _is_regression(run):
        return "is for classes, and these runs predict numbers"
    if name == "label_budget":
        between = stats[-1]["num_total_labeled"] > limit and limit not in [row["num_total_labeled"] for row in stats]
        return f"no saved round of seed {run.seed} ends at {limit:,} labels, as the last of such a run does" if between else ""
    if name in {"stable_kappa", "max_entropy"}:
        old = any(row["stop_entropy"] is None for row in stats)
        return f"seed {run.seed} has rounds of an older version, which had no stop set; run it again, afresh" if old else ""
    if run.chosen_on_test:
        return f"seed {run.seed} was validated on the test part; set checkpoint_on to 'validation'"
    unseen = all(row["valid_acc"] is None and row["valid_loss"] is None for row in stats)
    return f"seed {run.seed} has no validation part; give valid_percent, or a checkpoint other than 'last'" if unseen else ""


def _is_regression(run: SavedRun) -> bool:
    return any("eval_mae" in row for row in run.rows[:1])


def _num_classes(run: SavedRun) -> int:
    """0 where the parameters do not say."""
    names = run.params.get("classes")
    return len(names) if isinstance(names, list) else 0
