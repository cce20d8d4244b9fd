"""The comparison of all strategies that ran in one folder: a picture, a tidy table and what they say in numbers.

Everything is derived afresh from the CSVs of the runs, finished or not, so it can be called after every run of a batch and
`python -m utils.compare outputs/<sub_dir>` can repeat it at any time. What limits a comparison (few seeds, seeds that are
not paired, runs that stand at different points, different data) is said, never mended.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console

from utils import comparison_plot, files
from utils.comparison_table import comparison_table
from utils.curve import Curve
from utils.errors import DataError, FrameworkError
from utils.measure import ACCURACY, Measure
from utils.plan import CHOSEN_ON_TEST
from utils.saved_run import FULL_DATA, PARTS, SavedRun, read_runs

SAME_FOR_ALL = (
    "backend", "model", "model_params", "data_params", "num_epochs", "batch_size", "learning_rate", "optimizer", "loss",
    "label_smoothing", "class_weight", "early_stopping", "monitor", "checkpoint", "warm_start", "pre_train", "pretrained",
    "frozen", "task", "num_classes", "decision_threshold", "labeled_percent", "num_select_per_round", "initial_selection",
    "initial_space", "dataset", "class_names", "group_by", "test_groups", "test_percent", "valid_percent", "num_total",
    "oracle_error_rate", "metric_baseline", "load_pretrained", "checkpoint_on", "sample_rate", "num_bands", "num_frames",
    "hop_length", "fft_length", "use_delta", "short_clips", "environment", "clip_norm",
)  # fmt: skip
"""Parameters that runs of one comparison share, so that they differ in the selection alone."""
_KEYS = ("strategy", "variant", "seed", "pool")
_FEWEST_SEEDS = 5
_GOALS = (0.95, 0.99)
_NOT_A_TERMINAL_WIDTH = 120


class Comparison:
    """The runs of one folder, read once; nothing here changes them.

    Attributes:
        folder: `outputs/<sub_dir>`.
        measure: that of most runs; the others are left out.
        warnings: one sentence for each thing that limits the comparison.
        footnote: of them, what the picture itself must say.
    """

    def __init__(self, folder: Path) -> None:
        """Reads the runs below `folder`; a CSV that cannot be read is left out with a warning.

        Raises:
            ParameterError: `folder` does not exist or holds no CSV of a run.
        """
        self.folder = folder
        self.footnote = ""
        found, self.warnings = read_runs(folder)
        self.measure: Measure = _most_common(run.measure for run in found) or ACCURACY
        self._all = [run for run in found if run.measure is self.measure]
        self._warn_of_measures([run for run in found if run.measure is not self.measure])
        self.runs = [run for run in self._all if run.strategy != FULL_DATA]
        self._warn_of_parts()
        self._warn_of_params()
        self._warn_of_checkpoints()
        self._warn_of_seeds()
        self._warn_of_lengths()

    @cached_property
    def full_data(self) -> float | None:
        """Mean over the runs on all labels: those without a variant, or of the only one; None otherwise."""
        last: dict[str, list[float]] = {}
        for run in self._all:
            if run.strategy == FULL_DATA and len(run.labels):
                last.setdefault(run.variant, []).append(float(run.results[-1]))
        found = last.get("") or (next(iter(last.values())) if len(last) == 1 else [])
        return float(np.mean(found)) if found else None

    @cached_property
    def groups(self) -> list[list[SavedRun]]:
        """The runs that have a value of the measure, by strategy and variant, each group in the order of seeds."""
        found: dict[tuple[str, str], list[SavedRun]] = {}
        for run in self.runs:
            if len(run.labels):
                found.setdefault((run.strategy, run.variant), []).append(run)
        return [found[key] for key in sorted(found)]

    @cached_property
    def curves(self) -> list[Curve]:
        """One curve for each group, over all label counts of its seeds; between its own rounds a seed is interpolated."""
        pool = _most_common(run.pool for run in self._all)
        return [_curve(group, _most_common(run.pool for run in group) or pool) for group in self.groups]

    def summary(self) -> pd.DataFrame:
        """One row per curve: seeds, labels at the end, values of the measure, labels to the goals; NaN where undefined.

        `labels_95` and `labels_99` are the labels at which the mean curve first reaches that share of the full-data accuracy
        (an error: the full-data error divided by it), `to_random_95` and `to_random_99` their ratio to what random
        selection needs.
        """
        rows = []
        for group, curve in zip(self.groups, self.curves, strict=True):
            last = np.array([run.results[-1] for run in group])
            row: dict[str, Any] = {
                "strategy": curve.strategy,
                "variant": curve.variant,
                "seeds": len(group),
                "first_end": min(run.labels[-1] for run in group),
                "last_end": max(run.labels[-1] for run in group),
                "final_mean": last.mean(),
                "final_deviation": last.std(ddof=1) if len(last) > 1 else np.nan,
                "mean_over_labels": np.mean([run.mean_over_labels() for run in group]),
            }
            baseline = self._random_curve(curve.variant)
            for goal in _GOALS:
                needed = self._labels_needed(curve, goal)
                row[f"labels_{100 * goal:.0f}"] = needed
                row[f"to_random_{100 * goal:.0f}"] = needed / self._labels_needed(baseline, goal) if baseline else np.nan
            rows.append(row)
        return pd.DataFrame(rows)

    def write(self) -> None:
        """Writes comparison.csv and, when there is a curve, comparison.png and comparison.svg into the folder.

        Where no strategy ran, there is nothing to compare and nothing is written.
        """
        if self.runs:
            files.write_text(self.folder / "comparison.csv", self._tidy())
        if self.curves:
            png, svg = self.picture, self.picture.with_suffix(".svg")
            comparison_plot.comparison(self.curves, png, svg, self.full_data, self.footnote)

    @property
    def picture(self) -> Path:
        """Where the bitmap lies."""
        return self.folder / "comparison.png"

    def _tidy(self) -> str:
        columns = dict.fromkeys([*_KEYS, *(column for run in self.runs for column in (run.rows[0] if run.rows else ()))])
        text = io.StringIO()
        writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
        writer.writeheader()
        for run in self.runs:
            keys = {"strategy": run.strategy, "variant": run.variant, "seed": run.seed, "pool": run.pool or ""}
            writer.writerows({**row, **keys} for row in run.rows)
        return text.getvalue()

    def _labels_needed(self, curve: Curve, goal: float) -> float:
        if self.full_data is None:
            return float("nan")
        reached = self.measure.reached(curve.mean(), self.full_data, goal)
        return float(curve.labels[reached.argmax()]) if reached.any() else float("nan")

    def _random_curve(self, variant: str) -> Curve | None:
        """Random selection of the same variant, otherwise without variant, otherwise its only variant."""
        found = {curve.variant: curve for curve in self.curves if curve.strategy == "random"}
        only = next(iter(found.values())) if len(found) == 1 else None
        return found.get(variant) or found.get("") or only

    def _warn_of_measures(self, others: Sequence[SavedRun]) -> None:
        if others:
            self.warnings.append(
                f"most runs are measured by {self.measure.label} ({self.measure.column}), left out is what is measured "
                f"otherwise: {_named(others)}; give another task a sub_dir of its own"
            )

    def _warn_of_parts(self) -> None:
        if unknown := [run for run in self._all if run.parts is None]:
            self.warnings.append(
                f"no readable params.json with the sizes of the parts: {_named(unknown)}; their pool is taken from the others"
            )
        usual = _most_common(run.parts for run in self._all)
        for run in self._all:
            if run.parts and run.parts != usual:
                self.warnings.append(
                    f"{run.name}, seed {run.seed}: its parts are {_shown(run.parts)}, those of most runs {_shown(usual)}; "
                    "another data set or split does not belong into this comparison: give it a sub_dir of its own"
                )

    def _warn_of_params(self) -> None:
        """Names the runs that were trained otherwise than most of their variant: what they say is not about selection alone."""
        for variant in sorted({run.variant for run in self.runs}):
            runs = [run for run in self.runs if run.variant == variant and run.params]
            own = [{name: json.dumps(run.params[name]) for name in SAME_FOR_ALL if name in run.params} for run in runs]
            usual = {name: _most_common(values.get(name) for values in own) for name in SAME_FOR_ALL}
            for run, values in zip(runs, own, strict=True):
                if other := [f"{name} {value}, not {usual[name]}" for name, value in values.items() if value != usual[name]]:
                    self.warnings.append(
                        f"{run.name}, seed {run.seed}: trained otherwise than most runs ({'; '.join(other)}); "
                        "what differs is not the strategy alone: give it a run_name"
                    )

    def _warn_of_checkpoints(self) -> None:
        if founding := [run for run in self._all if run.chosen_on_test]:
            self.footnote = CHOSEN_ON_TEST
            self.warnings.append(f"{CHOSEN_ON_TEST}: {_named(founding)}")

    def _warn_of_seeds(self) -> None:
        if empty := [run for run in self._all if not len(run.labels)]:
            self.warnings.append(f"no {self.measure.label} yet, left out of the picture: {_named(empty)}")
        if few := [group for group in self.groups if len(group) < _FEWEST_SEEDS]:
            counts = ", ".join(f"{group[0].name} {len(group)}" for group in few)
            self.warnings.append(f"fewer than {_FEWEST_SEEDS} seeds: {counts}; differences of this size can be chance")
        seeds = {run.seed for group in self.groups for run in group}
        for group in self.groups:
            if missing := sorted(seeds - {run.seed for run in group}):
                self.warnings.append(
                    f"{group[0].name} lacks {_listed('seed', missing)}, which others have: the comparison is not paired"
                )

    def _warn_of_lengths(self) -> None:
        for group, curve in zip(self.groups, self.curves, strict=True):
            first, last = min(run.labels[-1] for run in group), max(run.labels[-1] for run in group)
            if first < last:
                behind = [run.seed for run in group if run.labels[-1] < last]
                self.warnings.append(
                    f"{curve.name}: {_listed('seed', behind)} ended before {last:,.0f} labels; "
                    f"beyond {first:,.0f} the mean is over the seeds that got there"
                )
            if any(len(run.labels) < np.isfinite(row).sum() for run, row in zip(group, curve.results, strict=True)):
                self.warnings.append(f"{curve.name}: the seeds stand at different label counts; interpolated between rounds")
        ends = {curve.name: curve.labels[-1] for curve in self.curves}
        if len(set(ends.values())) > 1:
            shown = ", ".join(f"{name} {end:,.0f}" for name, end in ends.items())
            self.warnings.append(f"strategies end at different labels ({shown}): compare them at the same labels only")


def compare(folder: Path) -> list[str]:
    """Draws and writes the comparison of all runs below `folder` and returns what limits it, one sentence each.

    Raises:
        ParameterError: `folder` does not exist or holds no CSV of a run.
        DiskError: a file could not be written.
    """
    comparison = Comparison(folder)
    comparison.write()
    return comparison.warnings


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `python -m utils.compare outputs/<sub_dir>`; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m utils.compare", description="Compare all strategies that ran in a folder.")
    parser.add_argument("folder", type=Path, help="results of one task: outputs/<sub_dir>")
    try:
        comparison = Comparison(parser.parse_args(arguments).folder)
        comparison.write()
        for warning in comparison.warnings:
            sys.stderr.write(f"warning: {warning}\n")
        if not comparison.curves:
            raise DataError(f"{comparison.folder}: no run of a strategy has a result yet, so there is nothing to draw")
    except FrameworkError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    width = None if sys.stdout.isatty() else _NOT_A_TERMINAL_WIDTH
    console = Console(markup=False, highlight=False, emoji=False, width=width)
    full, measure = comparison.full_data, comparison.measure
    console.print(comparison_table(comparison.summary(), _GOALS, measure))
    missing = f"no full-data run, so no labels to reach its {measure.label}"
    console.print(missing if full is None else f"full data: {measure.shown(full)}")
    sys.stdout.write(f"{comparison.picture}\n")
    return 0


def _curve(group: Sequence[SavedRun], pool: int | None) -> Curve:
    labels = np.unique(np.concatenate([run.labels for run in group]))
    values = np.stack([np.interp(labels, run.labels, run.results, left=np.nan, right=np.nan) for run in group])
    return Curve(group[0].strategy, group[0].variant, labels, values, pool, group[0].measure)


def _most_common(values: Iterable[Any]) -> Any:
    """The most frequent value that is not None, the first of equals; None when there is none."""
    return next(iter(dict(Counter(value for value in values if value is not None).most_common(1))), None)


def _shown(parts: tuple[int, ...]) -> str:
    return ", ".join(f"{name} {size:,}" for name, size in zip(PARTS, parts, strict=True))


def _named(runs: Sequence[SavedRun]) -> str:
    return "; ".join(f"{run.name}, seed {run.seed}" for run in runs)


def _listed(what: str, numbers: Sequence[int]) -> str:
    return f"{what}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


if __name__ == "__main__":
    sys.exit(main())
