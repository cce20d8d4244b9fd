"""The runs of one folder as their files tell them: the CSV of each seed, and the sizes of its parts.

Only the files are believed, so a comparison can be made of runs that are finished, under way or copied from elsewhere. A file
that cannot be read costs that seed alone: it is left out and named, and nothing is guessed.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.errors import ParameterError

PARTS = ("pool", "validation", "test")
"""The order of the sizes in `SavedRun.parts`."""

_REQUIRED = ("round", "num_total_labeled", "eval_acc")


@dataclass(frozen=True)
class SavedRun:
    """One seed of a strategy.

    Attributes:
        strategy: name of its folder below stats/.
        variant: name of the variant, "" when there is none.
        seed: of the run.
        rows: of the CSV, their cells as text.
        labels: (n,) ascending numbers of labelled samples of the rows that have an accuracy.
        accuracy: (n,) accuracy in [0, 1] of these rows.
        parts: sizes of pool, validation and test part; None when unknown.
        chosen_on_test: whether checkpoints were chosen on the test part, as the founding systems did.
    """

    strategy: str
    variant: str
    seed: int
    rows: list[dict[str, str]]
    labels: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    parts: tuple[int, ...] | None
    chosen_on_test: bool = False

    @property
    def name(self) -> str:
        """Strategy and variant as they are shown."""
        return f"{self.strategy}/{self.variant}" if self.variant else self.strategy

    @property
    def pool(self) -> int | None:
        """Samples labelled or unlabelled at the start; None when unknown."""
        return self.parts[0] if self.parts else None

    def mean_accuracy(self) -> float:
        """Area under the curve over labels by the trapezoid rule, divided by the labels it spans; NaN for a single point."""
        if len(self.labels) < 2:
            return float("nan")
        return float(np.trapezoid(self.accuracy, self.labels) / (self.labels[-1] - self.labels[0]))


def read_runs(folder: Path) -> tuple[list[SavedRun], list[str]]:
    """Reads the runs below `folder`, `outputs/<sub_dir>`.

    Returns:
        The runs in the order of strategies, variants and seeds, and one sentence for each CSV that was left out.

    Raises:
        ParameterError: `folder` does not exist or holds no CSV of a run.
    """
    if not folder.is_dir():
        raise ParameterError(f"there is no folder {folder}: expected outputs/<sub_dir> of a finished run", "compare")
    stats = folder / "stats"
    paths = sorted([*stats.glob("*/al_stats_*.csv"), *stats.glob("*/*/al_stats_*.csv")])
    if not paths:
        wanted = "stats/<strategy>/al_stats_<seed>.csv"
        raise ParameterError(f"{folder} holds no {wanted}: run an experiment with this sub_dir first", "compare")
    runs, warnings = [], []
    for path in paths:
        try:
            runs.append(_read_run(path, stats))
        except (OSError, ValueError, csv.Error) as error:
            warnings.append(f"{path}: {error}; left out, run that seed again to restore it")
    return sorted(runs, key=lambda run: (run.strategy, run.variant, run.seed)), warnings


def _read_run(path: Path, stats: Path) -> SavedRun:
    """Reads one CSV.

    Raises:
        ValueError: it is no table of rounds; the message says what and where.
    """
    seed = re.fullmatch(r"al_stats_(-?\d+)\.csv", path.name)
    if seed is None:
        raise ValueError("expected a name al_stats_<seed>.csv with an integer seed")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        columns = reader.fieldnames or []
        rows = list(reader)
    if missing := [column for column in _REQUIRED if column not in columns]:
        raise ValueError(f"no column {', '.join(missing)} in the first line")
    points: dict[float, float] = {}
    for line, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise ValueError(f"line {line} has not the {len(columns)} fields of the first line")
        _add_point(points, row, line)
    strategy, *variant = path.relative_to(stats).parent.parts
    params = _read_params(path.parent / f"run_{seed[1]}" / "params.json")
    labels, accuracy = np.array(list(points)), np.array(list(points.values()))
    chosen_on_test = params.get("checkpoint_on", "validation") != "validation"
    return SavedRun(strategy, "/".join(variant), int(seed[1]), rows, labels, accuracy, _parts(params), chosen_on_test)


def _add_point(points: dict[float, float], row: dict[str, str], line: int) -> None:
    """Adds labels → accuracy of `row`; a later round with as many labels replaces the earlier one."""
    try:
        labels, accuracy = (float(row[column] or "nan") for column in ("num_total_labeled", "eval_acc"))
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from None
    if np.isnan(labels) or np.isnan(accuracy):
        return
    fewest = max(points, default=0.0)
    if not fewest <= labels < np.inf:
        raise ValueError(f"line {line}: num_total_labeled is {labels:g}, expected at least the {fewest:g} of the line before")
    if not 0 <= accuracy <= 1:
        raise ValueError(f"line {line}: eval_acc is {accuracy:g}, expected a share between 0 and 1")
    points[labels] = accuracy


def _read_params(path: Path) -> dict[str, Any]:
    """The parameters of a run; empty when the file cannot be read."""
    try:
        params = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return params if isinstance(params, dict) else {}


def _parts(params: dict[str, Any]) -> tuple[int, ...] | None:
    """Sizes of pool, validation and test part; None when `params` do not say."""
    try:
        sizes = tuple(int(params["parts"][part]) for part in PARTS)
    except (ValueError, KeyError, TypeError):
        return None
    return sizes if sizes[0] > 0 else None
