"""On what the runs were made, with which versions, and the command that makes them again or uses what people made of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utils.comparison.comparison import Comparison
from utils.comparison.people import labelled_by_people, prediction_commands
from utils.report.command import command
from utils.report.wording import counted, listed

_UNKNOWN = "unknown: these runs did not write it down"


@dataclass(frozen=True)
class Repeat:
    """The end of a data set's part.

    Attributes:
        facts: (name, value) of machine and versions; several values where runs differ.
        commands: for a shell, one line a variant.
        predictions: command lines that label new files with the models of runs that people labelled.
        missing: runs of which no parameters are known.
    """

    facts: list[tuple[str, str]]
    commands: list[str]
    predictions: list[str]
    missing: str


def repeat(comparison: Comparison) -> Repeat:
    """Reads "environment" and "hardware" of every run's params.json."""
    runs = comparison.runs
    facts: list[tuple[str, str]] = []
    for group, names in (("hardware", _HARDWARE), ("environment", _VERSIONS)):
        found = [own for run in runs if isinstance(own := run.params.get(group), dict)]
        if not found:
            facts.append((group, _UNKNOWN))
        facts += _distinct(found, names)
    again = [run for run in runs if not labelled_by_people(run)]
    commands = command([run.params for run in again], full_data=comparison.has_full_data)
    unknown = sum(not run.params for run in runs)
    missing = f"{counted(unknown, 'run')} without params.json cannot be repeated from here." if unknown else ""
    return Repeat(facts, commands, prediction_commands(runs), missing)


_HARDWARE = {"processor": "processor", "cores": "cores", "memory_gib": "memory (GiB)", "gpus": "graphics cards"}
_VERSIONS = {"onednn": "oneDNN"}


def _distinct(found: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each key with its values; where runs differ, with how many had each."""
    keys = list(
        dict.fromkeys([*(name for name in names if any(name in own for own in found)), *(key for own in found for key in own)])
    )
    facts = []
    for key in keys:
        values = [_text(own[key]) for own in found if key in own]
        counts = {value: values.count(value) for value in dict.fromkeys(sorted(values))}
        shown = list(counts) if len(counts) == 1 else [f"{value} ({counted(count, 'run')})" for value, count in counts.items()]
        facts.append((names.get(key, key), listed(shown)))
    return facts


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
