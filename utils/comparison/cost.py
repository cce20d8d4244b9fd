"""Seconds that a strategy takes to choose one label, from the timing.csv of its runs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

import numpy as np

from utils import reading
from utils.saved_run import SavedRun


def seconds_per_query(group: Sequence[SavedRun]) -> float:
    """Mean over the runs of seconds spent to select, by labels bought, after round 0; NaN where no run tells both.

    Round 0 is left out: its labels are drawn before there is a model to ask.
    """
    found = [seconds for run in group if math.isfinite(seconds := _of_run(run))]
    return float(np.mean(found)) if found else math.nan


def _of_run(run: SavedRun) -> float:
    try:
        rows = csv.DictReader(io.StringIO(reading.read_text(run.folder / "timing.csv"), newline=""))
        seconds = {row["round"]: float(row["select"]) for row in rows}
        bought = {row["round"]: float(row["num_new_labeled"]) for row in run.rows}
    except (OSError, ValueError, TypeError, KeyError, csv.Error):
        return math.nan
    rounds = [number for number in seconds if number != "0" and bought.get(number)]
    return sum(seconds[number] for number in rounds) / sum(bought[number] for number in rounds) if rounds else math.nan
