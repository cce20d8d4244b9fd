"""The CSVs of a run, derived from its journal: written anew after each round, so they can never disagree with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.csv_text import csv_text, inert_csv_text
from utils.data.source import SampleTable
from utils.journal import Record
from utils.outcome import Outcome

STATS_COLUMNS = (
    "round", "num_new_labeled", "num_pseudo_labeled", "num_total_labeled", "eval_acc", "eval_pre", "eval_recall", "eval_f1",
    "pseudo_acc", "threshold", "decay_rate", "eval_loss", "eval_balanced_acc", "valid_acc", "epochs", "eval_roc_auc",
    "eval_pr_auc", "eval_ece", "decision_threshold", "valid_loss", "stop_kappa", "stop_entropy", "num_history", "label_seconds",
)  # fmt: skip
REGRESSION_COLUMNS = (
    "round", "num_new_labeled", "num_total_labeled", "eval_mae", "eval_mse", "eval_r2", "valid_mae", "valid_loss", "epochs",
    "num_history", "label_seconds",
)  # fmt: skip
TIMING_COLUMNS = ("round", "select", "label", "train", "evaluate", "other")
AUTOLABEL_COLUMNS = (
    "step", "num_autolabeled", "autolabel_acc", "eval_acc", "eval_pre", "eval_recall", "eval_f1", "eval_loss",
    "eval_balanced_acc", "valid_acc", "epochs", "eval_roc_auc", "eval_pr_auc", "eval_ece", "decision_threshold", "valid_loss",
)  # fmt: skip
EPOCH_COLUMNS = ("round", "epoch", "loss", "metric", "valid_loss", "valid_metric", "kept")
CLASS_COLUMNS = ("round", "class", "precision", "recall", "f1", "support")
SELECTION_COLUMNS = ("round", "id", "name", "score", "label", "by")


def stats_row(
    number: int,
    new: int,
    total: int,
    history: int,
    pseudo: int,
    pseudo_right: NDArray[np.bool_],
    decay: tuple[float, float] | None,
    outcome: Outcome,
    measured: Mapping[str, float | None],
) -> dict[str, Any]:
    """The columns of al_stats.

    Args:
        number: of the round, from 0.
        new: labels bought this round.
        total: labels bought so far.
        history: samples labelled in earlier rounds that were trained on again.
        pseudo: samples that the model labelled itself to train on them.
        pseudo_right: (k,) whether each pseudo-label is the true one, of those whose true one is known.
        decay: the threshold of this round's pseudo-labels, in nats, and its decay rate; None when it gives none.
        outcome: of the round's training.
        measured: the columns that were measured after it, on the test part and on the stop set.
    """
    return {
        "round": number,
        "num_new_labeled": new,
        "num_pseudo_labeled": pseudo,
        "num_total_labeled": total,
        "num_history": history,
        "pseudo_acc": float(pseudo_right.mean()) if len(pseudo_right) else None,
        "threshold": decay[0] if decay else None,
        "decay_rate": decay[1] if decay else None,
        "valid_mae" if "eval_mae" in measured else "valid_acc": outcome.valid_metric,
        "valid_loss": outcome.valid_loss,
        "epochs": outcome.epochs,
        **measured,
    }


def stats_path(folder: Path) -> Path:
    """Where the CSV of the run in `folder`, `run_<seed>`, lies: beside it."""
    return folder.parent / f"al_stats_{folder.name.removeprefix('run_')}.csv"


def stats_csv(rounds: list[Record]) -> str:
    """One row a round, the columns of STATS_COLUMNS, in regression of REGRESSION_COLUMNS; no clock, host or path in it.

    What a round of an earlier version did not measure is an empty cell.
    """
    columns = REGRESSION_COLUMNS if any("eval_mae" in record["stats"] for record in rounds) else STATS_COLUMNS
    return csv_text(columns, ([record["stats"].get(column) for column in columns] for record in rounds))


def epochs_csv(rounds: list[Record]) -> str:
    """One row an epoch, counted from 1 in each round: its losses and metrics, and whether its weights were kept (1 or 0)."""
    rows = (
        [record["round"], number + 1, *epoch, int(number == record.get("kept_epoch"))]
        for record in rounds
        for number, epoch in enumerate(record.get("epochs", ()))
    )
    return csv_text(EPOCH_COLUMNS, rows)


def classes_csv(rounds: list[Record], class_names: Sequence[str]) -> str:
    """One row a round and class: how well the class was told from the others, and how many samples of it were tested."""
    rows = (
        [record["round"], name, *row]
        for record in rounds
        for name, row in zip(class_names, record.get("classes", ()), strict=False)
    )
    return inert_csv_text(CLASS_COLUMNS, rows)


def timing_csv(rounds: list[Record]) -> str:
    """One row a round: seconds spent to select, label, train, evaluate, and on everything else."""
    columns = TIMING_COLUMNS[1:]
    return csv_text(
        TIMING_COLUMNS, ([record["round"], *(record["seconds"][column] for column in columns)] for record in rounds)
    )


def selections_csv(rounds: list[Record]) -> str:
    """One row a label: the round it was bought in, sample, score when picked (empty for the initial ones), class, by whom."""
    return inert_csv_text(SELECTION_COLUMNS, ([record["round"], *pick] for record in rounds for pick in record["selected"]))


def autolabel_stats_csv(steps: list[Record]) -> str:
    """One row a step of the autolabelling: how many samples the model labelled so far, the share of right ones, the metrics."""
    rows, labelled, right = [], 0, 0
    for number, step in enumerate(steps, start=1):
        labelled, right = labelled + len(step["ids"]), right + (step["right"] or 0)
        share = None if step["right"] is None else right / labelled
        rows.append([number, labelled, share, *(step.get(column) for column in AUTOLABEL_COLUMNS[3:])])
    return csv_text(AUTOLABEL_COLUMNS, rows)


def autolabels_csv(steps: list[Record]) -> str:
    """One row for each sample that the model labelled: step, sample, the model's confidence, class."""
    columns = ("ids", "names", "confidences", "labels")
    rows = (
        [number, *row] for number, step in enumerate(steps, start=1) for row in zip(*(step[c] for c in columns), strict=True)
    )
    return inert_csv_text(("step", "id", "name", "confidence", "label"), rows)


def predictions_csv(ids: NDArray[np.int64], truth: NDArray[Any], table: SampleTable, answers: NDArray[np.float32]) -> str:
    """One row a sample that the model is judged by: its label and, by the last weights, one column a class, or the prediction.

    Args:
        ids: (t,) of the test part, or of the samples that stand in for it.
        truth: (t,) class indices, or targets.
        table: of the data set.
        answers: (t, C) probabilities, or (t, 1) predicted targets.
    """
    names, labels = table.names[ids].tolist(), truth.tolist()
    classes = [f"p({name})" for name in table.class_names]
    shown = [table.class_names[label] for label in labels] if classes else labels
    rows = zip(ids.tolist(), names, shown, answers.tolist(), strict=True)
    columns = ("id", "name", "label", *(classes or ["prediction"]))
    return inert_csv_text(columns, ([sample, name, label, *values] for sample, name, label, values in rows))


def rejected_csv(rejected: Iterable[tuple[str, str]]) -> str:
    """One row for each file of the data set that was left out, and why."""
    return inert_csv_text(("file", "reason"), ([file, reason] for file, reason in rejected))
