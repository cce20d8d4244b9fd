"""How good a model is on a part of the data, by scikit-learn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, precision_recall_fscore_support

_SMALLEST = 1e-7


def classification_metrics(
    labels: NDArray[np.int64], probabilities: NDArray[np.float32], *, positive_class: bool
) -> dict[str, float]:
    """The eval columns of al_stats.

    Args:
        labels: (n,) class indices.
        probabilities: (n, C); the predicted class is the most probable one.
        positive_class: precision, recall and F1 of class 1 (a binary task); otherwise their means over classes.

    Returns:
        eval_acc, eval_pre, eval_recall, eval_f1, eval_balanced_acc, and eval_loss, the mean cross-entropy in nats.
    """
    predicted = probabilities.argmax(axis=1)
    average = "binary" if positive_class else "macro"
    precision, recall, f1, _ = precision_recall_fscore_support(labels, predicted, average=average, zero_division=0)
    right = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return {
        "eval_acc": float(accuracy_score(labels, predicted)),
        "eval_pre": float(precision),
        "eval_recall": float(recall),
        "eval_f1": float(f1),
        "eval_loss": float(-np.log(np.maximum(right, _SMALLEST)).mean()),
        "eval_balanced_acc": float(balanced_accuracy_score(labels, predicted)),
    }


def confusion(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
    """(C, C) counts: row = true class, column = predicted class."""
    return confusion_matrix(labels, probabilities.argmax(axis=1), labels=np.arange(probabilities.shape[1]))
