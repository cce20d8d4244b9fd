"""Pictures of a classifier's probabilities: what each decision threshold would give, and whether they can be believed.

Accuracy says nothing of a class 17 times rarer than the other; what a threshold costs in missed and in false ones does. The
curves of two classes need samples of both: without, the axes say so and stay empty.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from utils import canvas
from utils.appearance import BLACK, BLUE, DASH_DOT, DASHED, GREEN, LONG, SOLID, VERMILLION, ink
from utils.decision_threshold import EVEN
from utils.metrics import calibration_bins, calibration_error

_CHANCE: dict[str, Any] = {"color": "0.55", "linewidth": 0.9, "linestyle": DASHED, "zorder": 1}
_CHOSEN: dict[str, Any] = {"color": VERMILLION, "markeredgecolor": ink(VERMILLION), "marker": "o", "markersize": 6, "zorder": 5}


def threshold_curve(
    labels: NDArray[np.int64], p1: NDArray[np.float32], threshold: float, path: Path, footnote: str = ""
) -> None:
    """Draws precision, recall and F1 of class 1 over the decision threshold, and marks the one that is used.

    Args:
        labels: (n,) of 0 and 1.
        p1: (n,) probability of class 1.
        threshold: from which on class 1 is predicted.
        path: where to write; its suffix (.png or .svg) decides the format.
        footnote: a warning to the reader of the picture; "" for none.

    Raises:
        ValueError: the shapes differ.
    """
    _check("threshold_curve", labels, p1)
    below = canvas.footnote_height(footnote, 11)
    with canvas.empty_figure(11, 7.8 + below) as figure:
        axes = canvas.add_axes(figure, left=1.4, right=0.4, bottom=1.1 + below, top=0.9)
        axes.set(
            xlim=(0, 1), ylim=(-2, 102), xlabel="decision threshold on the probability of class 1", ylabel="of class 1 (%)"
        )
        if _has_both(axes, labels):
            precision, recall, thresholds = _precision_recall(labels, p1)
            f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
            looks = {"precision": (precision, BLUE, SOLID), "recall": (recall, GREEN, LONG), "F1": (f1, BLACK, DASH_DOT)}
            for name, (values, colour, dashes) in looks.items():
                end = np.nan if name == "precision" else 0.0
                edges, steps = np.concatenate([[0], thresholds, [1]]), np.concatenate([values[:1], values, [end]])
                axes.step(edges, 100 * steps, where="pre", color=colour, linestyle=dashes, linewidth=1.5, label=name)
            axes.axvline(threshold, color=VERMILLION, linewidth=1.0)
            left = threshold > 0.75
            text, offset = f"used: {threshold:.3g}", (-4 if left else 4, 4)
            side = "right" if left else "left"
            axes.annotate(
                text, (threshold, 0), offset, ("data", "axes fraction"), "offset points", ha=side, color=ink(VERMILLION)
            )
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, handlelength=3.2)
        canvas.add_footnote_below(figure, footnote)
        canvas.write(figure, path)


def roc_pr(labels: NDArray[np.int64], p1: NDArray[np.float32], threshold: float, path: Path, footnote: str = "") -> None:
    """Draws the ROC curve and the precision-recall curve of class 1 side by side, and marks the threshold that is used.

    Args:
        labels: (n,) of 0 and 1.
        p1: (n,) probability of class 1.
        threshold: from which on class 1 is predicted.
        path: where to write; its suffix (.png or .svg) decides the format.
        footnote: a warning to the reader of the picture; "" for none.

    Raises:
        ValueError: the shapes differ.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

    _check("roc_pr", labels, p1)
    below = canvas.footnote_height(footnote, 16)
    with canvas.empty_figure(16, 8.3 + below) as figure:
        roc = canvas.add_axes(figure, left=1.3, right=8.4, bottom=1.1 + below, top=0.9)
        pr = canvas.add_axes(figure, left=9.3, right=0.4, bottom=1.1 + below, top=0.9)
        for axes in (roc, pr):
            axes.set(xlim=(-1, 101), ylim=(-1, 102))
        roc.set(xlabel="false positives among class 0 (%)", ylabel="recall of class 1 (%)")
        pr.set(xlabel="recall of class 1 (%)", ylabel="precision of class 1 (%)")
        both = [_has_both(axes, labels) for axes in (roc, pr)]
        if all(both):
            ones, found = labels == 1, p1.astype(np.float64) >= threshold
            hits, base = 100 * found[ones].mean(), 100 * ones.mean()
            false_positive, recall, _ = roc_curve(labels, p1)
            roc.plot([0, 100], [0, 100], **_CHANCE)
            roc.plot(100 * false_positive, 100 * recall, color=BLUE, linewidth=1.6)
            roc.plot([100 * found[~ones].mean()], [hits], linestyle="", label=f"threshold {threshold:.3g}", **_CHOSEN)
            roc.set_title(f"ROC, area {roc_auc_score(labels, p1):.3f}", loc="left", fontsize=8)
            precision, recall, _ = _precision_recall(labels, p1)
            pr.axhline(base, **_CHANCE)
            pr.plot(100 * np.append(recall, 0), 100 * np.append(precision, precision[-1]), color=BLUE, linewidth=1.6)
            if found.any():
                pr.plot([hits], [100 * ones[found].mean()], linestyle="", **_CHOSEN)
            pr.annotate(
                f"class 1: {base:.1f} % of the samples",
                (0.02, base),
                (0, 3),
                ("axes fraction", "data"),
                "offset points",
                color="0.3",
            )
            pr.set_title(
                f"precision and recall, average precision {average_precision_score(labels, p1):.3f}", loc="left", fontsize=8
            )
            roc.legend(loc="lower right", frameon=False, handletextpad=0.2)
        canvas.add_footnote_below(figure, footnote)
        canvas.write(figure, path)


def calibration(
    labels: NDArray[np.int64], probabilities: NDArray[np.float32], path: Path, threshold: float = EVEN, footnote: str = ""
) -> None:
    """Draws the reliability diagram: how often the predicted class is right, by how sure the model was of it.

    Args:
        labels: (n,) class indices; at least one.
        probabilities: (n, C).
        path: where to write; its suffix (.png or .svg) decides the format.
        threshold: what the probability of class 1 must reach, where there are two classes.
        footnote: a warning to the reader of the picture; "" for none.

    Raises:
        ValueError: the shapes differ.
    """
    if probabilities.shape[:1] != labels.shape or probabilities.ndim != 2:
        raise ValueError(f"calibration: expected probabilities ({len(labels)}, C), received {probabilities.shape}")
    counts, confidence, accuracy = calibration_bins(labels, probabilities, threshold)
    filled, edges = counts > 0, np.linspace(0, 100, len(counts) + 1)
    start = min(100 / probabilities.shape[1], edges[filled.argmax()])
    below = canvas.footnote_height(footnote, 10)
    with canvas.empty_figure(10, 11.8 + below) as figure:
        upper = canvas.add_axes(figure, left=1.5, right=0.4, bottom=3.5 + below, top=1.5)
        lower = canvas.add_axes(figure, left=1.5, right=0.4, bottom=1.1 + below, top=8.8)
        upper.plot([0, 100], [0, 100], label="as often right as sure", **_CHANCE)
        width = edges[1]
        bars: dict[str, Any] = {"width": 0.94 * width, "align": "edge", "linewidth": 0.6}
        places = edges[:-1][filled] + 0.03 * width
        upper.bar(places, 100 * accuracy[filled], color=BLUE, alpha=0.35, edgecolor=ink(BLUE), **bars)
        upper.plot(
            100 * confidence[filled],
            100 * accuracy[filled],
            color=ink(BLUE),
            marker="o",
            markersize=4,
            linestyle="",
            label="at its mean confidence",
        )
        lower.bar(places, counts[filled], color="0.75", edgecolor="0.4", **bars)
        for axes in (upper, lower):
            axes.set_xlim(start - 2, 101)
        upper.set(ylim=(0, 102), ylabel="right (%)")
        upper.tick_params(labelbottom=False)
        lower.set(xlabel="confidence: probability of the predicted class (%)", ylabel="samples")
        lower.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10], integer=True))
        lower.yaxis.set_major_formatter(canvas.THOUSANDS)
        error = calibration_error(labels, probabilities, threshold)
        upper.set_title(
            f"expected calibration error {100 * error:.1f} %,  {len(labels):,} samples", loc="left", fontsize=8, pad=20
        )
        above: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1), "ncols": 2, "columnspacing": 1.2}
        upper.legend(frameon=False, handlelength=1.6, **above)
        canvas.add_footnote_below(figure, footnote)
        canvas.write(figure, path)


def _check(picture: str, labels: NDArray[np.int64], p1: NDArray[np.float32]) -> None:
    if labels.ndim != 1 or labels.shape != p1.shape:
        raise ValueError(
            f"{picture}: expected labels and probabilities of one shape (n,), received {labels.shape} and {p1.shape}"
        )


def _has_both(axes: Any, labels: NDArray[np.int64]) -> bool:
    """Whether both classes occur; otherwise the axes say so."""
    both = len(np.unique(labels)) == 2
    if not both:
        axes.text(0.5, 0.5, "samples of one class alone: no curve", transform=axes.transAxes, ha="center", color="0.3")
    return both


def _precision_recall(
    labels: NDArray[np.int64], p1: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(k,) precision and recall of "class 1 where p1 ≥ t" at the k ascending probabilities t that occur, and these."""
    from sklearn.metrics import precision_recall_curve

    precision, recall, thresholds = precision_recall_curve(labels, p1.astype(np.float64))
    return precision[:-1], recall[:-1], thresholds
