"""Runs on disk with known numbers, for the tests of what reads them."""

import csv
import json
import math

import numpy as np

from hparams import HParams
from utils import results
from utils.comparison.comparisons import Comparisons
from utils.grid import parts

COLUMNS = [
    "round", "num_new_labeled", "num_pseudo_labeled", "num_total_labeled", "eval_acc", "eval_pre", "eval_recall", "eval_f1",
    "pseudo_acc", "threshold", "decay_rate", "eval_loss", "eval_balanced_acc", "valid_acc", "epochs",
]  # fmt: skip  # fmt: skip
PARTS = {"pool": 1000, "validation": 0, "test": 200}


REGRESSION_COLUMNS = [
    "round", "num_new_labeled", "num_total_labeled", "eval_mae", "eval_mse", "eval_r2", "valid_mae", "valid_loss", "epochs",
]  # fmt: skip


def write_run(folder, strategy, seed, points, parts=PARTS, variant="", measure="eval_acc", params=None):
    """A run whose rounds have the given (labels, value of the measure)."""
    columns = COLUMNS if measure == "eval_acc" else REGRESSION_COLUMNS
    place = folder / "stats" / strategy / variant
    (place / f"run_{seed}").mkdir(parents=True)
    lines = [",".join(columns)]
    for number, (labels, value) in enumerate(points):
        known = {"round": number, "num_total_labeled": labels, measure: value, "eval_loss": "0.10"}
        row = dict.fromkeys(columns, "") | known
        lines.append(",".join(str(row[column]) for column in columns))
    path = place / f"al_stats_{seed}.csv"
    path.write_text("\n".join(lines) + "\n")
    params = {"framework_type": strategy, "random_seed": seed, "run_name": variant, "parts": parts} | (params or {})
    (place / f"run_{seed}" / "params.json").write_text(json.dumps(params))
    return path


def write_known_runs(folder):
    """Two strategies with five seeds that differ by a known offset, and the full-data runs."""
    for seed in range(1, 6):
        shift = (seed - 3) / 100
        write_run(folder, "random", seed, [(100, 0.5 + shift), (200, 0.6 + shift), (400, 0.79 + shift)])
        write_run(folder, "margin", seed, [(100, 0.5 + shift), (200, 0.77 + 1.5 * shift), (400, 0.8 + shift)])
        write_run(folder, "full_data", seed, [(1000, 0.8 + shift)])


def only_comparison(folder, metric=None):
    """The comparison of a folder with one data set."""
    [comparison] = Comparisons(folder, metric).each
    return comparison


PACES = {"random": 3.6, "margin": 5.0, "entropy": 4.4, "badge": 4.7, "edpc": 6.0}
"""How often, over the whole budget, what a curve lacks to the full-data result falls to 1/e of it; of others 4 times."""


def write_grid(
    folder,
    strategies=("random", "margin", "entropy"),
    seeds=(1, 2, 3, 4, 5),
    rounds=12,
    *,
    datasets=("digits",),
    models=("cnn",),
    per_round=20,
    classes=10,
    pool=1000,
    full=0.95,
    noise=0.01,
    full_data=True,
    regression=False,
):
    """A whole grid with every file that a comparison or a report reads; the same arguments give the same bytes.

    Curves rise from 40 % of `full` towards it, as PACES says; `noise` is the deviation of a single result, and
    that of what a seed gives all strategies alike. In regression errors fall in the same way. A folder of several data sets
    or models holds variants such as `dataset_digits_model_cnn`, and params.json says them under "grid".
    """
    for dataset, of_dataset in zip(datasets, parts("dataset", datasets), strict=True):
        for model, of_model in zip(models, parts("model", models), strict=True):
            values, named = {"dataset": dataset, "model": model}, {"dataset": of_dataset, "model": of_model}
            grid, variant = {name: values[name] for name in values if named[name]}, "_".join(filter(None, named.values()))
            shared = {
                "sub_dir": folder.name, "dataset": dataset, "model": model, "num_select_per_round": per_round,
                "max_round": rounds - 1, "task": "regression" if regression else "multiclass",
            }  # fmt: skip
            at = Grid(folder, shared, grid, variant, regression, classes, pool, full, noise)
            for seed in seeds:
                for strategy in strategies:
                    at.write(strategy, seed, [per_round * (number + 1) for number in range(rounds)])
                if full_data:
                    at.write("full_data", seed, [pool])


class Grid:
    """Writes the runs of one data set and model."""

    def __init__(self, folder, shared, grid, variant, regression, classes, pool, full, noise):
        self.folder, self.variant, self.regression = folder, variant, regression
        self.classes, self.pool, self.full, self.noise = classes, pool, full, noise
        self.params = HParams(**shared).model_dump(mode="json") | {
            "asked": sorted(shared),
            "grid": grid,
            "parts": {"pool": pool, "validation": pool // 10, "test": pool // 5},
            "split_ignores": [],
            "classes": [] if regression else [f"class {label}" for label in range(classes)],
            "environment": {"tensorflow": "2.21.0", "keras": "3.15.1", "threads": 2, "onednn": "1", "device": "CPU"},
            "hardware": {"processor": "a processor", "cores": 2, "memory_gib": 16, "gpus": []},
        }

    def write(self, strategy, seed, labels):
        """Writes one run with so many labels after each round."""
        variant = self.variant
        of_seed = np.random.default_rng([seed, *self.params["dataset"].encode()])
        rng = np.random.default_rng([seed, *f"{self.params['dataset']}/{strategy}/{variant}".encode()])
        at = self.folder / "stats" / strategy / variant
        run = at / f"run_{seed}"
        run.mkdir(parents=True)
        lacking = 0.6 * np.exp(-PACES.get(strategy, 4.0) * np.array(labels) / labels[-1])
        share = 1.0 if strategy == "full_data" else 1 - lacking
        quality = np.clip(self.full * share + self.noise * (of_seed.normal() + rng.normal(size=len(labels))), 0, 1)
        rows = [self._row(number, labels, value, rng) for number, value in enumerate(quality.tolist())]
        write_table(at / f"al_stats_{seed}.csv", results.REGRESSION_COLUMNS if self.regression else results.STATS_COLUMNS, rows)
        data = {"features": f"features of {self.params['dataset']}", "parts": f"parts of seed {seed}"}
        own = {"framework_type": strategy, "random_seed": seed, "run_name": variant or None, "data": data}
        (run / "params.json").write_text(json.dumps(self.params | own, indent=2))
        self._write_details(run, labels, quality, rng)

    def _row(self, number, labels, value, rng):
        new = labels[number] - (labels[number - 1] if number else 0)
        row = {"round": number, "num_new_labeled": new, "num_total_labeled": labels[number], "num_history": 0, "epochs": 10}
        if self.regression:
            error = 10 * (1 - value)
            return row | {
                "eval_mae": error, "eval_mse": 1.6 * error**2, "eval_r2": value, "valid_mae": error, "valid_loss": error,
            }  # fmt: skip
        shares = ["eval_acc", "eval_pre", "eval_recall", "eval_f1", "eval_balanced_acc", "valid_acc"]
        near = np.clip(value + self.noise * rng.normal(size=len(shares)), 0, 1).tolist()
        loss = -math.log(max(value, 0.01))
        return row | dict(zip(shares, near, strict=True)) | {
            "eval_acc": value, "num_pseudo_labeled": 0, "eval_loss": loss, "valid_loss": loss, "eval_ece": (1 - value) / 3,
            "stop_kappa": value if number else "", "stop_entropy": loss,
        }  # fmt: skip

    def _write_details(self, run, labels, quality, rng):
        rounds = range(len(labels))
        seconds = rng.gamma(4, [[0.02, 0.0005, 0.3, 0.05, 0.001]] * len(labels)).tolist()
        write_lines(run / "timing.csv", results.TIMING_COLUMNS, ([number, *seconds[number]] for number in rounds))
        taken, picks = rng.permutation(self.pool)[: labels[-1]].tolist(), []
        for number, sample in enumerate(np.searchsorted(labels, np.arange(labels[-1]), side="right").tolist()):
            label = 3 * taken[number] / self.pool if self.regression else taken[number] % self.classes
            picks.append([sample, taken[number], f"sample_{taken[number]}", "" if sample == 0 else 0.5, label, "simulated"])
        write_lines(run / "selections.csv", results.SELECTION_COLUMNS, picks)
        if not self.regression:
            of_class = np.clip(quality[:, None] + 0.05 * rng.normal(size=(len(labels), self.classes)), 0, 1)
            cells = ([n, f"class {c}", *[of_class[n, c]] * 3, 20] for n in rounds for c in range(self.classes))
            write_lines(run / "classes.csv", results.CLASS_COLUMNS, cells)


def write_table(path, columns, rows):
    """Rows as mappings; what a row does not hold is an empty cell."""
    write_lines(path, columns, ([row.get(column, "") for column in columns] for row in rows))


def write_lines(path, columns, rows):
    """A CSV as runs write theirs."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
