"""Runs that people labelled: they are made once, and the model that comes of them is what they were made for."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from utils.printable import printable
from utils.saved_run import SavedRun

_SIMULATED = "simulated"


def labelled_by_people(run: SavedRun) -> bool:
    """Whether its labels came from people; a run that does not say who labelled is none of them."""
    oracle = run.params.get("oracle", _SIMULATED)
    return isinstance(oracle, str) and oracle != _SIMULATED


def prediction_commands(runs: Sequence[SavedRun]) -> list[str]:
    """Command lines for a POSIX shell that label new files with the model of each run that people labelled."""
    return [
        f"{shlex.join(['python', '-m', 'utils.predict', printable(str(run.folder))])} NEW_FILES"
        for run in runs
        if labelled_by_people(run)
    ]
