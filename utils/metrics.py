"""How good a model is on a part of the data, by scikit-learn where it has the metric.

A metric that the labels leave undefined, such as the area under a ROC curve where a class is absent, is None: an empty cell
in the CSV, never a number that somebody might average.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.decision_threshold import EVEN
from utils.judgement import SMALLEST_PROBABILITY

_BINS = 15
"""Of the expected calibration error, as in Guo et al. (2017)."""


def predicted_classes(probabilities: NDArray[np.float32], threshold: float = EVEN) -> NDArray[np.int64]:
    """(n,) the most probable class of each row (n, C); of two classes, class 1 where its probability reaches `threshold`.

    Raises:
        ValueError: another threshold than one half for more than two classes.
    """
    classes = probabilities.shape[1]
    if threshold == EVEN:
        return probabilities.argmax(axis=1)
    if classes != 2:
        raise ValueError(f"predicted_classes: a threshold of {threshold:g} needs 2 classes, received {classes}; pass {EVEN}")
    return (probabilities[:, 1].astype(np.float64) >= threshold).astype(np.int64)


def classification_metrics(
    labels: NDArray[np.int64], probabilities: NDArray[np.float32], *, positive_class: bool, threshold: float = EVEN
) -> dict[str, float | None]:
    """The eval columns of al_stats.

    Args:
        labels: (n,) class indices.
        probabilities: (n, C).
        positive_class: precision, recall and F1 of class 1 (a binary task); otherwise their means over classes.
        threshold: what the probability of class 1 must reach, where there are two classes; see `predicted_classes`.

    Returns:
        eval_acc, eval_pre, eval_recall, eval_f1, eval_balanced_acc; eval_loss, the mean cross-entropy in nats; eval_roc_auc
        and eval_pr_auc (average precision), of class 1 or the mean over classes of each against the others, None where a
        class is absent; eval_ece, the expected calibration error.
    """
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support, recall_score

    predicted = predicted_classes(probabilities, threshold)
    average = "binary" if positive_class else "macro"
    precision, recall, f1, _ = precision_recall_fscore_support(labels, predicted, average=average, zero_division=0)
    right = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    balanced = recall_score(labels, predicted, labels=np.unique(labels), average="macro", zero_division=0)
    return {
        "eval_acc": float(accuracy_score(labels, predicted)),
        "eval_pre": float(precision),
        "eval_recall": float(recall),
        "eval_f1": float(f1),
        "eval_loss": float(-np.log(np.maximum(right, SMALLEST_PROBABILITY)).mean()),
        "eval_balanced_acc": float(balanced),
        **_areas(labels, probabilities),
        "eval_ece": calibration_error(labels, probabilities, threshold),
    }


def class_metrics(
    labels: NDArray[np.int64], probabilities: NDArray[np.float32], *, threshold: float = EVEN
) -> list[list[float]]:
    """One row a class, in their order: precision, recall, F1 (0 where nothing is counted), and how many samples it has."""
    from sklearn.metrics import precision_recall_fscore_support

    predicted, classes = predicted_classes(probabilities, threshold), np.arange(probabilities.shape[1])
    columns = precision_recall_fscore_support(labels, predicted, labels=classes, zero_division=0)
    return [[*map(float, row[:3]), int(row[3])] for row in zip(*columns, strict=True)]


def regression_metrics(targets: NDArray[np.float32], predictions: NDArray[np.float32]) -> dict[str, float | None]:
    """The eval columns of al_stats in regression, computed in float64.

    Args:
        targets: (n,) in some unit.
        predictions: (n,) in the same unit.

    Returns:
        eval_mse (unit squared), eval_mae (unit), and eval_r2, the coefficient of determination, None where all targets are
        equal.
    """
    from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

    both = targets.astype(np.float64), predictions.astype(np.float64)
    return {
        "eval_mse": float(mean_squared_error(*both)),
        "eval_mae": float(mean_absolute_error(*both)),
        "eval_r2": float(r2_score(*both)) if targets.min() < targets.max() else None,
    }


def confusion(labels: NDArray[np.int64], probabilities: NDArray[np.float32], *, threshold: float = EVEN) -> NDArray[np.int64]:
    """(C, C) counts: row = true class, column = predicted class."""
    from sklearn.metrics import confusion_matrix

    classes = np.arange(probabilities.shape[1])
    return confusion_matrix(labels, predicted_classes(probabilities, threshold), labels=classes)


def calibration_error(labels: NDArray[np.int64], probabilities: NDArray[np.float32], threshold: float = EVEN) -> float:
    """Expected calibration error: the mean distance of confidence and accuracy, over the samples by their bin of confidence.

    Σ_b n_b / n · |accuracy of b − mean confidence of b| (Naeini, Cooper and Hauskrecht, AAAI 2015), for the predicted class and
    in 15 bins of equal width (Guo et al., On Calibration of Modern Neural Networks, ICML 2017).
    """
    counts, confidence, accuracy = calibration_bins(labels, probabilities, threshold)
    return float(np.average(np.abs(accuracy - confidence)[counts > 0], weights=counts[counts > 0]))


def calibration_bins(
    labels: NDArray[np.int64], probabilities: NDArray[np.float32], threshold: float = EVEN
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Samples, mean confidence and accuracy (15,) in bins (b/15, (b + 1)/15] of the predicted class's probability.

    Confidence and accuracy are NaN in an empty bin.
    """
    predicted = predicted_classes(probabilities, threshold)
    confidence = probabilities[np.arange(len(labels)), predicted].astype(np.float64)
    places = np.clip(np.ceil(confidence * _BINS).astype(np.int64) - 1, 0, _BINS - 1)
    counts = np.bincount(places, minlength=_BINS)
    filled = np.where(counts, counts, np.nan)
    sums = (np.bincount(places, weights=values, minlength=_BINS) for values in (confidence, predicted == labels))
    mean_confidence, accuracy = (values / filled for values in sums)
    return counts, mean_confidence, accuracy


def _areas(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> dict[str, Any]:
    """ROC-AUC and average precision: of class 1 where there are two, otherwise the mean of each class against the others.

    The trapezoids of an area can sum up to a last bit more than 1, which is cut off.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    classes = probabilities.shape[1]
    if len(np.unique(labels)) < classes:
        return {"eval_roc_auc": None, "eval_pr_auc": None}
    judged = [1] if classes == 2 else range(classes)
    return {
        name: float(np.clip(np.mean([score(labels == one, probabilities[:, one]) for one in judged]), 0, 1))
        for name, score in (("eval_roc_auc", roc_auc_score), ("eval_pr_auc", average_precision_score))
    }
