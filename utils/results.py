"""The CSVs of a run, derived from its journal: written anew after each round, so they can never disagree with it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.journal import Record
from utils.outcome import Outcome

STATS_COLUMNS = (
    "round", "num_new_labeled", "num_pseudo_labeled", "num_total_labeled", "eval_acc", "eval_pre", "eval_recall", "eval_f1",
    "pseudo_acc", "threshold", "decay_rate", "eval_loss", "eval_balanced_acc", "valid_acc", "epochs",
)  # fmt: skip
TIMING_COLUMNS = ("round", "select", "label", "train", "evaluate", "other")
AUTOLABEL_COLUMNS = (
    "step", "num_autolabeled", "autolabel_acc", "eval_acc", "eval_pre", "eval_recall", "eval_f1", "eval_loss",
    "eval_balanced_acc", "valid_acc", "epochs",
)  # fmt: skip
SELECTION_COLUMNS = ("round", "id", "name", "score", "label", "by")


def stats_row(
    number: int, new: int, total: int, pseudo_right: NDArray[np.bool_], decay: tuple[float, float] | None, outcome: Outcome
) -> dict[str, Any]:
    """The columns of al_stats that are no metrics of the test part.

    Args:
        number: of the round, from 0.
        new: labels bought this round.
        total: labels bought so far.
        pseudo_right: (k,) whether each pseudo-label is the true one.
        decay: the threshold of this round's pseudo-labels, in nats, and its decay rate; None when it gives none.
        outcome: of the round's training.
    """
    return {
        "round": number,
        "num_new_labeled": new,
        "num_pseudo_labeled": len(pseudo_right),
        "num_total_labeled": total,
        "pseudo_acc": float(pseudo_right.mean()) if len(pseudo_right) else None,
        "threshold": decay[0] if decay else None,
        "decay_rate": decay[1] if decay else None,
        "valid_acc": outcome.valid_accuracy,
        "epochs": outcome.epochs,
    }


def stats_csv(rounds: list[Record]) -> str:
    """One row a round, the columns of STATS_COLUMNS; no clock, host or path in it."""
    return _csv(STATS_COLUMNS, ([record["stats"][column] for column in STATS_COLUMNS] for record in rounds))


def timing_csv(rounds: list[Record]) -> str:
    """One row a round: seconds spent to select, label, train, evaluate, and on everything else."""
    columns = TIMING_COLUMNS[1:]
    return _csv(TIMING_COLUMNS, ([record["round"], *(record["seconds"][column] for column in columns)] for record in rounds))


def selections_csv(rounds: list[Record]) -> str:
    """One row a label: the round it was bought in, sample, score when picked (empty for the initial ones), class, by whom."""
    return _csv(SELECTION_COLUMNS, ([record["round"], *pick] for record in rounds for pick in record["selected"]))


def autolabel_stats_csv(steps: list[Record]) -> str:
    """One row a step of the autolabelling: how many samples the model labelled so far, the share of right ones, the metrics."""
    rows, labelled, right = [], 0, 0
    for number, step in enumerate(steps, start=1):
        labelled, right = labelled + len(step["ids"]), right + step["right"]
        rows.append([number, labelled, right / labelled, *(step[column] for column in AUTOLABEL_COLUMNS[3:])])
    return _csv(AUTOLABEL_COLUMNS, rows)


def autolabels_csv(steps: list[Record]) -> str:
    """One row for each sample that the model labelled: step, sample, the model's confidence, class."""
    columns = ("ids", "names", "confidences", "labels")
    rows = (
        [number, *row] for number, step in enumerate(steps, start=1) for row in zip(*(step[c] for c in columns), strict=True)
    )
    return _csv(("step", "id", "name", "confidence", "label"), rows)


def rejected_csv(rejected: Iterable[tuple[str, str]]) -> str:
    """One row for each file of the data set that was left out, and why."""
    return _csv(("file", "reason"), ([file, reason] for file, reason in rejected))


def _csv(columns: tuple[str, ...], rows: Iterable[list[Any]]) -> str:
    lines: list[str] = []
    writer = csv.writer(_Lines(lines), lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([float.__repr__(cell) if isinstance(cell, float) else cell for cell in row] for row in rows)
    return "".join(lines)


class _Lines:
    """Takes rows that end in CR LF, so that a CR inside a cell is quoted, and ends them in LF."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, row: str) -> None:
        self._lines.append(row.removesuffix("\r\n") + "\n")
