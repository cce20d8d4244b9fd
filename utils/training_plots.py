"""Pictures of how a model was trained: its losses and metrics over all epochs, and what autolabelling did to it.

Whether training had settled, ran into over-fitting, or started each round where the last one ended is seen at one glance here
and in no table.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from utils import canvas
from utils.appearance import BLACK, BLUE, DASHED, GREEN, SOLID, VERMILLION, ink
from utils.journal import Record
from utils.measure import ACCURACY

_MOST_NUMBERED_ROUNDS = 12
_COLUMNS = ("round", "loss", "metric", "valid_loss", "valid_metric", "kept")


def training_curves(
    epochs: pd.DataFrame, path: Path, footnote: str = "", metric_name: str = ACCURACY.label, *, weighted: bool = False
) -> None:
    """Draws loss and metric, of training and validation, over all epochs of all rounds.

    Thin lines mark where a round ends, dots the epochs whose weights were kept.

    Args:
        epochs: the columns of epochs.csv, one row an epoch in their order; NaN where not measured.
        path: where to write; its suffix (.png or .svg) decides the format.
        footnote: a warning to the reader of the picture; "" for none.
        metric_name: what the metric is; an accuracy is drawn in per cent.
        weighted: whether some samples count for more than others in training; the legend says so then.

    Raises:
        ValueError: a column is missing, or there is no epoch.
    """
    if missing := [name for name in _COLUMNS if name not in epochs.columns]:
        raise ValueError(
            f"training_curves: epochs lacks {', '.join(missing)}; received the columns {', '.join(epochs.columns)}"
        )
    if epochs.empty:
        raise ValueError("training_curves: there is no epoch to draw; leave the picture out")
    table = epochs[list(_COLUMNS)].apply(pd.to_numeric)
    rounds = table["round"].to_numpy(np.int64)
    share = metric_name == ACCURACY.label
    below = canvas.footnote_height(footnote, 13)
    with canvas.empty_figure(13, 11.5 + below) as figure:
        upper = canvas.add_axes(figure, left=1.9, right=0.4, bottom=6.0 + below, top=1.3)
        lower = canvas.add_axes(figure, left=1.9, right=0.4, bottom=1.1 + below, top=6.0)
        training = "training (weighted)" if weighted else "training"
        _draw_pair(upper, table, "loss", training, 1.0)
        _draw_pair(lower, table, "metric", training, 100.0 if share else 1.0)
        for axes in (upper, lower):
            _mark_rounds(axes, rounds)
            canvas.write_values(axes.yaxis)
        _number_rounds(upper, rounds)
        upper.tick_params(labelbottom=False)
        upper.set_ylabel("loss")
        lower.set_ylabel(f"{metric_name} (%)" if share else metric_name)
        lower.set_xlabel("epochs of all rounds" if rounds[0] != rounds[-1] else "epoch")
        place = (0, 1.0 + 0.65 / 4.2)
        upper.legend(loc="lower left", bbox_to_anchor=place, ncols=3, frameon=False, handlelength=2.6, borderaxespad=0)
        canvas.add_footnote_below(figure, footnote)
        canvas.write(figure, path)


def _draw_pair(axes: Any, table: pd.DataFrame, name: str, training: str, scale: float) -> None:
    """The curve of training and of validation, each broken where a round ends, and a dot at each epoch that was kept."""
    ends = np.flatnonzero(np.diff(table["round"].to_numpy())) + 1
    x = np.arange(1, len(table) + 1)
    looks: tuple[tuple[str, str, str, Any], ...] = (
        (name, training, BLUE, SOLID), (f"valid_{name}", "validation", VERMILLION, DASHED),
    )  # fmt: skip
    for column, label, colour, dashes in looks:
        values = scale * table[column].to_numpy(np.float64)
        if not np.isfinite(values).any():
            continue
        marker = "." if len(ends) + 1 == len(table) else ""
        broken_x, broken = (np.insert(part.astype(np.float64), ends, np.nan) for part in (x, values))
        axes.plot(broken_x, broken, color=colour, linestyle=dashes, linewidth=1.3, marker=marker, label=label)
    judged = scale * table[f"valid_{name}"].fillna(table[name]).to_numpy(np.float64)
    kept = table["kept"].to_numpy() == 1
    if kept.any():
        size = float(np.clip(600 / kept.sum(), 8, 26))
        marks: dict[str, Any] = {"color": VERMILLION, "edgecolors": ink(VERMILLION), "linewidths": 0.7, "zorder": 4}
        axes.scatter(x[kept], judged[kept], s=size, label="weights kept", **marks)


def _mark_rounds(axes: Any, rounds: NDArray[np.int64]) -> None:
    """Thin lines between the rounds, paler the more there are, and whole numbers below."""
    ends = np.flatnonzero(np.diff(rounds)) + 1.5
    axes.vlines(
        ends, 0, 1, transform=axes.get_xaxis_transform(), color="0.6" if len(ends) < 30 else "0.85", linewidth=0.5, zorder=0
    )
    axes.set_xlim(-0.01 * len(rounds), 1 + 1.01 * len(rounds))
    canvas.count_in_round_steps(axes.xaxis)


def _number_rounds(axes: Any, rounds: NDArray[np.int64]) -> None:
    """The numbers of rounds above their epochs, some dozen of them at most."""
    numbers = np.unique(rounds)
    step = -(-len(numbers) // _MOST_NUMBERED_ROUNDS)
    for place, number in enumerate(numbers[::step]):
        middle = np.flatnonzero(rounds == number).mean() + 1
        text = f"round {number}" if place == 0 else f"{number}"
        at = {"transform": axes.get_xaxis_transform(), "ha": "center", "va": "bottom"}
        axes.text(middle, 1.015, text, color="0.35", fontsize=7, **at)


def autolabel_curve(steps: Sequence[Record], path: Path, footnote: str = "") -> None:
    """Draws over the samples that the model labelled how many of its labels are right, and how good the model then is.

    What nobody knows is left out: without true labels the one, without a test part the other, without both the picture.

    Args:
        steps: the records of the autolabelling, with `ids`, `right` and `eval_acc`; at least one.
        path: where to write; its suffix (.png or .svg) decides the format.
        footnote: a warning to the reader of the picture; "" for none.

    Raises:
        ValueError: `steps` is empty.
    """
    if not steps:
        raise ValueError("autolabel_curve: there is no step to draw; leave the picture out")
    counts, looks = np.array([len(step["ids"]) for step in steps]), {}
    labelled, shares = counts.cumsum(), None
    if all(step["right"] is not None for step in steps):
        right = np.array([step["right"] for step in steps])
        shares, looks["right so far"] = 100 * right / counts, (100 * right.cumsum() / labelled, GREEN, "s", SOLID)
    if all(step.get("eval_acc") is not None for step in steps):
        looks["test accuracy"] = (100 * np.array([step["eval_acc"] for step in steps]), BLACK, "o", DASHED)
    if not looks:
        return
    below = canvas.footnote_height(footnote, 11)
    with canvas.empty_figure(11, 7.8 + below) as figure:
        axes = canvas.add_axes(figure, left=1.4, right=0.4, bottom=1.1 + below, top=0.9)
        if len(steps) > 1 and shares is not None:
            axes.plot(labelled, shares, color="0.75", linewidth=0.7, label="right, of a step")
        for label, (values, colour, marker, dashes) in looks.items():
            axes.plot(labelled, values, label=label, **canvas.line_settings(colour, marker, dashes, len(steps)))
        axes.set_xlim(0, 1.02 * labelled[-1])
        axes.set_xlabel("samples labelled by the model, the surest first")
        axes.set_ylabel("share (%)")
        canvas.count_in_round_steps(axes.xaxis)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, handlelength=2.2, columnspacing=1.2)
        canvas.add_footnote_below(figure, footnote)
        canvas.write(figure, path)
