"""What the folds of a cross-validation say together: how the validation metric goes on over the epochs, and how long to train.

Each fold is a run of its own below stats/cross_validate/; only its CSVs are read, so the summary can be made again at any
time, and one table and one picture hold all cross-validations of a task.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils import files, reading
from utils.errors import DataError
from utils.journal_beside import JournalBeside
from utils.measure import LARGEST, Measure
from utils.most_common import most_common
from utils.results import epochs_csv
from utils.run_directory import JOURNAL
from utils.saved_run import CROSS_VALIDATE, SavedRun, read_run
from utils.validation_curve import SKIP, SMOOTHING, ValidationCurve, deviation, smooth

_COLUMNS = ("run_name", "epoch", "mean", "deviation", "smoothed", "loss_mean", "loss_smoothed")
_FOLD = re.compile(r"(?:(.+)_)?fold_(\d+)", re.DOTALL)
_ADVICE = "run the cross-validation again to restore it"


@dataclass(frozen=True)
class Summary:
    """What a cross-validation came to.

    Attributes:
        curve: of the validation metric, over all folds and seeds.
        metrics: for each eval column of al_stats its mean and deviation over the folds' last rounds.
        table: the CSV with the curves of all cross-validations in the folder.
        picture: the bitmap of them; the vector picture lies beside it.
        warnings: one sentence for each thing that limits the summary.
    """

    curve: ValidationCurve
    metrics: dict[str, tuple[float, float]]
    table: Path
    picture: Path
    warnings: list[str]

    @property
    def best_epoch(self) -> int:
        """The epoch with the best smoothed mean, from 1."""
        return self.curve.best_epoch

    def text(self) -> str:
        """In one line: the measure over the folds, and the best epoch."""
        measure, (folds, _) = self.curve.measure, self.curve.metric.shape
        reached = measure.shown(*self.metrics[measure.column])
        best = measure.shown(float(self.curve.smoothed[self.best_epoch - 1]))
        return f"{measure.label} {reached} over {folds} folds; best epoch {self.best_epoch} of the smoothed mean ({best})"


def with_epochs_of_folds(hparams: Any, outputs: Path, data: str) -> Any:
    """The parameters of a run; `num_epochs` of a final model is read off the curves of its folds.

    Args:
        hparams: of the run.
        outputs: `outputs/<sub_dir>`.
        data: fingerprint of the data set that it trains on.
    """
    if not hparams.waits_for_folds():
        return hparams
    settings = hparams.curve_settings()
    epochs = best_epoch(outputs, hparams.run_name, hparams.seeds()[0], hparams.num_folds, data=data, **settings)
    return hparams.model_copy(update={"num_epochs": epochs})


@dataclass(frozen=True)
class _Fold:
    """One fold of one seed: (n,) validation metric and loss after each epoch, and the eval columns of its last round."""

    number: int
    run: SavedRun
    metric: NDArray[np.float64]
    loss: NDArray[np.float64]
    last: dict[str, float]

    @property
    def data(self) -> str | None:
        """Fingerprint of the data set; None where it is not known."""
        return self.run.params.get("data", {}).get("features")


def summarise(
    outputs: Path, run_name: str | None, folds: int | None = None, *, smoothing: float = SMOOTHING, skip: int = SKIP
) -> Summary:
    """Sums the folds of one cross-validation up, and draws and writes it beside the others of the folder.

    Args:
        outputs: `outputs/<sub_dir>`; cross_validation.csv, .png and .svg go there.
        run_name: of the cross-validation; None when it has none.
        folds: how many it has, where earlier ones with more may lie beside them; None for all.
        smoothing: factor of the previous point.
        skip: epochs at the start that are left out.

    Raises:
        DataError: no fold is there, or none can be read.
        DiskError: a file could not be written.
    """
    from utils.cross_validation_plot import cross_validation

    read = {name: _read_folds(outputs, name) for name in sorted({run_name or "", *_names(outputs)})}
    found, warnings = read[run_name or ""]
    found = [fold for fold in found if folds is None or fold.number <= folds]
    if not found:
        where = _pattern(outputs, run_name)
        raise DataError("\n  ".join([f"{where}: no fold to sum up; run it with this sub_dir first", *warnings]))
    read[run_name or ""] = found, warnings
    curves = {name: _curve(name, one, smoothing, skip) for name, (one, _) in read.items() if one}
    table, picture = outputs / "cross_validation.csv", outputs / "cross_validation.png"
    files.write_text(table, _csv(list(curves.values())))
    for path in (picture, picture.with_suffix(".svg")):
        cross_validation(list(curves.values()), path)
    return Summary(
        curves[run_name or ""],
        _metrics(found),
        table,
        picture,
        warnings + _warn_of_lengths(found) + _warn_of_the_edge(curves[run_name or ""]),
    )


def best_epoch(
    outputs: Path,
    run_name: str | None,
    seed: int,
    folds: int,
    smoothing: float = SMOOTHING,
    skip: int = SKIP,
    data: str | None = None,
) -> int:
    """The epoch, from 1, with the best smoothed mean over the folds of one seed: what the final model trains for.

    Args:
        outputs: `outputs/<sub_dir>`.
        run_name: of the cross-validation; None when it has none.
        seed: whose folds.
        folds: how many there must be.
        smoothing: factor of the previous point.
        skip: epochs at the start that are left out.
        data: fingerprint of the data set that they must have been trained on; None: on one and the same.

    Raises:
        DataError: a fold is missing, was trained on other data, or cannot be read.
    """
    found, warnings = _read_folds(outputs, run_name or "", seed, data)
    found = [fold for fold in found if fold.number <= folds]
    if len(found) != folds:
        received = f"expected {folds} folds of seed {seed}, received {len(found)}; {_ADVICE}"
        raise DataError("\n  ".join([f"{_pattern(outputs, run_name)}: {received}", *warnings]))
    return _curve(run_name or "", found, smoothing, skip).best_epoch


def _pattern(outputs: Path, run_name: str | None) -> Path:
    return outputs / "stats" / CROSS_VALIDATE / (f"{run_name}_fold_<k>" if run_name else "fold_<k>")


def _names(outputs: Path) -> set[str]:
    """Of all cross-validations in the folder; "" for one without."""
    found = [_FOLD.fullmatch(path.parent.name) for path in _paths(outputs, "*")]
    return {match[1] or "" for match in found if match}


def _paths(outputs: Path, seed: int | str) -> list[Path]:
    return sorted((outputs / "stats" / CROSS_VALIDATE).glob(f"*/al_stats_{seed}.csv"))


def _read_folds(outputs: Path, name: str, seed: int | str = "*", data: str | None = None) -> tuple[list[_Fold], list[str]]:
    """The folds of one seed, or of all, by seed and number, and one sentence for each that was left out."""
    found, warnings = list[_Fold](), list[str]()
    for path in _paths(outputs, seed):
        match = _FOLD.fullmatch(path.parent.name)
        if match is None or (match[1] or "") != name:
            continue
        try:
            found.append(_read_fold(path, outputs / "stats", int(match[2])))
        except (OSError, ValueError, csv.Error) as error:
            warnings.append(f"{path.parent}: {error}; left out, {_ADVICE}")
    found.sort(key=lambda fold: (fold.run.seed, fold.number))
    others = [fold.run for fold in found if fold.run.measure is not found[0].run.measure]
    warnings += [
        f"{run.name}, seed {run.seed}: measured by {run.measure.label}, but {found[0].run.name} by "
        f"{found[0].run.measure.label}; left out, {_ADVICE}"
        for run in others
    ]
    found = [fold for fold in found if fold.run.measure is found[0].run.measure]
    known, whose = (data, "the final model") if data else (most_common(fold.data for fold in found), "most folds")
    warnings += [
        f"{fold.run.name}, seed {fold.run.seed}: trained on other data than {whose}; left out, {_ADVICE}"
        for fold in found
        if fold.data not in (None, known)
    ]
    return [fold for fold in found if fold.data in (None, known)], warnings


def _read_fold(path: Path, stats: Path, number: int) -> _Fold:
    """Reads the al_stats at `path` and the epochs.csv of its run.

    Raises:
        ValueError: one of them is no such table, or the fold has no validated epoch.
    """
    run = read_run(path, stats)
    if not run.rows:
        raise ValueError(f"{path.name}: no round")
    text = reading.read_text(run.folder / "epochs.csv")
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    if missing := sorted({"valid_metric", "valid_loss"} - set(reader.fieldnames or ())):
        raise ValueError(f"epochs.csv: no column {', '.join(missing)} in the first line")
    rows = list(reader)
    if (run.folder / JOURNAL).exists():
        _check_against_journal(rows, JournalBeside(run.folder))
    try:
        metric, loss = (np.array([float(row[name]) for row in rows]) for name in ("valid_metric", "valid_loss"))
    except (TypeError, ValueError) as error:
        raise ValueError(f"epochs.csv: expected a validation metric and loss in each row: {error}") from None
    if not rows or not (np.isfinite(metric) & np.isfinite(loss)).all():
        raise ValueError(f"epochs.csv: expected epochs with finite validation values, received {len(rows)} rows")
    _check_possible(metric, loss, run.measure)
    last = {name: float(cell) for name, cell in run.rows[-1].items() if name.startswith("eval_") and cell}
    return _Fold(number, run, metric, loss, last)


def _check_against_journal(rows: Sequence[Mapping[str, str]], journal: JournalBeside) -> None:
    try:
        told = journal.checked(rows, epochs_csv)
    except ValueError as error:
        raise ValueError(f"epochs.csv: {error}") from None
    if len(told) > len(rows):
        raise ValueError(f"epochs.csv: ends after line {len(rows) + 1}, short of {journal.name}, which it was made from")


def _check_possible(metric: NDArray[np.float64], loss: NDArray[np.float64], measure: Measure) -> None:
    for line, (value, lost) in enumerate(zip(metric.tolist(), loss.tolist(), strict=True), start=2):
        if not measure.allows(value):
            raise ValueError(f"epochs.csv, line {line}: valid_metric is {value:g}, expected {measure.expected}")
        if abs(lost) > LARGEST:
            raise ValueError(f"epochs.csv, line {line}: valid_loss is {lost:g}, expected at most {LARGEST:g}")


def _curve(name: str, folds: Sequence[_Fold], smoothing: float, skip: int) -> ValidationCurve:
    """Over the epochs that all folds have."""
    shortest = min(len(fold.metric) for fold in folds)
    metric = np.stack([fold.metric[:shortest] for fold in folds])
    loss = np.stack([fold.loss[:shortest] for fold in folds])
    return ValidationCurve(name, folds[0].run.measure, metric, loss, smoothing, skip)


def _warn_of_the_edge(curve: ValidationCurve) -> list[str]:
    epochs = curve.metric.shape[1]
    if curve.best_epoch < epochs or epochs <= curve.skip:
        return []
    return [f"the curve is best at its last epoch, {curve.best_epoch}: it may go on improving; give more num_epochs"]


def _warn_of_lengths(folds: Sequence[_Fold]) -> list[str]:
    lengths = [len(fold.metric) for fold in folds]
    if min(lengths) == max(lengths):
        return []
    which = f"the mean is over the first {min(lengths)}, which all have"
    return [f"the folds trained for {min(lengths)} to {max(lengths)} epochs; {which}"]


def _metrics(folds: Sequence[_Fold]) -> dict[str, tuple[float, float]]:
    """Mean and deviation over the folds of each eval column of their last round that all of them have."""
    values = {
        name: np.array([fold.last[name] for fold in folds])
        for name in folds[0].last
        if all(name in fold.last for fold in folds)
    }
    return {name: (float(column.mean()), float(deviation(column))) for name, column in values.items()}


def _csv(curves: Sequence[ValidationCurve]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for curve in curves:
        loss = curve.loss.mean(axis=0)
        columns = curve.epochs, curve.mean, curve.deviation, curve.smoothed, loss, smooth(loss, curve.smoothing, curve.skip)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        writer.writerows([curve.name, *("" if np.isnan(cell) else cell for cell in row)] for row in rows)
    return text.getvalue()
