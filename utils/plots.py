"""Pictures of one run: how good it became, how sure the model is of what is left, and where it errs.

They lie in plots/ of each run and say what a number in the CSV cannot: whether a run has levelled off, how much of the pool
still teaches something, and which classes, or which targets, are missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.colors import PowerNorm
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from utils import canvas
from utils.appearance import BLUE, DASHED, SOLID, appearance
from utils.measure import ACCURACY, ERROR, Measure
from utils.metrics import regression_metrics

_MOST_CLASSES_WITH_COUNTS = 12
_NARROWEST, _LONGEST_SIDE = 0.36, 90.0
"""Centimetres: of a class that leaves room for its name, and of a matrix; more than 250 classes share this length unnamed."""
_BALANCED = Measure("eval_balanced_acc", "balanced accuracy", is_share=True, larger_is_better=True)


def learning_curve(stats: pd.DataFrame, path: Path, footnote: str = "") -> None:
    """Draws accuracy and balanced accuracy of one run over the number of labels, in regression the mean absolute error.

    Args:
        stats: one row a round, with `num_total_labeled` and either `eval_acc` and `eval_balanced_acc` (shares) or `eval_mae`;
            NaN where not measured.
        path: where to write; its suffix (.png or .svg) decides the format.
        footnote: a warning to the reader of the picture; "" for none.

    Raises:
        ValueError: a column is missing.
    """
    drawn = [ERROR] if ERROR.column in stats.columns else [ACCURACY, _BALANCED]
    missing = sorted({"num_total_labeled", *(measure.column for measure in drawn)} - set(stats.columns))
    if missing:
        raise ValueError(f"learning_curve: stats lacks {', '.join(missing)}; received the columns {', '.join(stats.columns)}")
    below = canvas.footnote_height(footnote, 11)
    with canvas.empty_figure(11, 7.5 + below) as figure:
        axes = canvas.add_axes(figure, left=1.9, right=0.4, bottom=1.1 + below, top=0.3)
        for measure, like, dashes in zip(drawn, ("entropy", "margin"), (SOLID, DASHED), strict=False):
            colour, marker, _ = appearance(like)
            values = measure.scale * pd.to_numeric(stats[measure.column]).to_numpy(np.float64)
            if np.isfinite(values).any():
                labels = stats["num_total_labeled"].to_numpy(np.float64)
                axes.plot(labels, values, label=measure.label, **canvas.line_settings(colour, marker, dashes, len(values)))
        axes.set_xlabel("labelled samples")
        axes.set_ylabel(drawn[0].axis)
        canvas.write_values(axes.yaxis)
        canvas.count_in_round_steps(axes.xaxis)
        if axes.lines and len(drawn) > 1:
            axes.legend(loc="lower right", frameon=False, handlelength=3.5)
        canvas.add_footnote_below(figure, footnote)
        canvas.write(figure, path)


def regression_scatter(targets: NDArray[np.float32], predictions: NDArray[np.float32], path: Path, footnote: str = "") -> None:
    """Draws predicted over true targets with the diagonal on which both are equal, and says how far off they are.

    Args:
        targets: (n,) in some unit; at least one.
        predictions: (n,) in the same unit.
        path: where to write; its suffix (.png or .svg) decides the format.
        footnote: a warning to the reader of the picture; "" for none.

    Raises:
        ValueError: the shapes differ, or there is no sample.
    """
    if targets.ndim != 1 or targets.shape != predictions.shape or not len(targets):
        received = f"{targets.shape} and {predictions.shape}"
        raise ValueError(f"regression_scatter: expected targets and predictions of one shape (n,), n ≥ 1, received {received}")
    metrics = regression_metrics(targets, predictions)
    error, share = metrics["eval_mae"], metrics["eval_r2"]
    low, high = min(targets.min(), predictions.min()), max(targets.max(), predictions.max())
    room = 0.08 * float(high / 2 - low / 2) or 1.0  # halves, for their distance may be beyond single precision
    ends = float(low) - room, float(high) + room
    size = float(np.clip(6_000 / len(targets), 2, 16))
    below = canvas.footnote_height(footnote, 10.5)
    with canvas.empty_figure(10.5, 10.4 + below) as figure:
        axes = canvas.add_axes(figure, left=2.0, right=0.4, bottom=1.2 + below, top=1.1)
        axes.plot(ends, ends, color="0.35", linewidth=0.9, linestyle=DASHED, zorder=1)
        axes.scatter(targets, predictions, s=size, color=BLUE, alpha=0.45, linewidths=0, rasterized=True)
        axes.set(xlim=ends, ylim=ends, xlabel="true target", ylabel="predicted target")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
            canvas.write_values(axis)
        said = [f"{len(targets):,} samples", f"mean absolute error {ERROR.shown(error)}" if error is not None else ""]
        axes.set_title(",  ".join([*said, *([f"R² {share:.3f}"] if share is not None else [])]), loc="left", fontsize=8, pad=8)
        canvas.add_footnote_below(figure, footnote)
        canvas.write(figure, path)


def confidence_curve(probabilities: NDArray[np.float32], path: Path, footnote: str = "") -> None:
    """Draws the confidences of the remaining pool, largest first: how many samples the model is sure of.

    Args:
        probabilities: (m, C) predicted probabilities; m may be 0; with C = 1 the confidence is max(p, 1 − p).
        path: where to write; its suffix (.png or .svg) decides the format.
        footnote: a warning to the reader of the picture; "" for none.

    Raises:
        ValueError: `probabilities` has another shape.
    """
    if probabilities.ndim != 2 or probabilities.shape[1] == 0:
        raise ValueError(f"confidence_curve: expected probabilities of shape (m, C), received {probabilities.shape}")
    classes = max(probabilities.shape[1], 2)
    both = probabilities if probabilities.shape[1] > 1 else np.concatenate([probabilities, 1 - probabilities], axis=1)
    confidences = np.sort(both.max(axis=1))[::-1]
    below = canvas.footnote_height(footnote, 11)
    with canvas.empty_figure(11, 7.5 + below) as figure:
        axes = canvas.add_axes(figure, left=1.4, right=0.4, bottom=1.1 + below, top=0.3)
        axes.plot(np.arange(1, len(confidences) + 1), 100 * confidences, color=BLUE, linewidth=1.6)
        axes.axhline(100 / classes, color="0.4", linewidth=0.9, linestyle=DASHED)
        axes.annotate(
            f"chance, 1/{classes}",
            (1, 100 / classes),
            (-2, 3),
            ("axes fraction", "data"),
            "offset points",
            ha="right",
            color="0.3",
        )
        axes.set(xlim=(0, max(len(confidences), 1) * 1.01), ylim=(0, 102))
        axes.set_xlabel(f"the {len(confidences):,} unlabelled samples, most confident first")
        axes.set_ylabel("largest predicted probability (%)")
        canvas.count_in_round_steps(axes.xaxis)
        canvas.add_footnote_below(figure, footnote)
        canvas.write(figure, path)


def confusion_matrix(counts: NDArray[np.int64], class_names: Sequence[str], path: Path) -> None:
    """Draws which class was taken for which: colour = share of the true class, numbers = samples when there are ≤ 12 classes.

    Of more than 250 classes the names are left out, and the picture grows no further.

    Args:
        counts: (C, C) samples by true class (row) and predicted class (column).
        class_names: C names in the order of `counts`.
        path: where to write; its suffix (.png or .svg) decides the format.

    Raises:
        ValueError: `counts` is not square or the number of names differs.
    """
    classes = len(class_names)
    if counts.shape != (classes, classes):
        raise ValueError(f"confusion_matrix: {classes} class names need counts ({classes}, {classes}), received {counts.shape}")
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names = [canvas.shortened(name) for name in class_names]
    printed = classes <= _MOST_CLASSES_WITH_COUNTS
    widest = 0.2 * len(f"{counts.max(initial=0):,}") if printed else 0.0
    side = min(classes * max(float(np.clip(9 / classes, _NARROWEST, 2.2)), widest), _LONGEST_SIDE)
    named = range(classes) if classes * _NARROWEST <= _LONGEST_SIDE else range(0)
    with canvas.empty_figure(side + 9, side + 7) as figure:
        axes = canvas.add_axes(figure, left=6, right=3, bottom=6, top=1)
        picture = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, 0, 100), aspect="auto")
        axes.set_xticks(named, names[: len(named)], rotation=90)
        axes.set_yticks(named, names[: len(named)])
        axes.tick_params(length=0)
        axes.set_xlabel("predicted class")
        axes.set_ylabel("true class")
        if printed:
            for (row, column), count in np.ndenumerate(counts):
                colour = "white" if shares[row, column] > 35 else "black"
                axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour)
        bar = figure.colorbar(picture, cax=axes.inset_axes((1 + 0.4 / side, 0, 0.35 / side, 1)), ticks=(0, 5, 20, 50, 100))
        bar.set_label("share of true class (%)")
        canvas.write(figure, path, bbox_inches="tight", pad_inches=0.1)
