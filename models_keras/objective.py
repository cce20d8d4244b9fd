"""What the Keras engine descends in training: the losses of one batch, from logits, in `keras.ops` alone."""

from __future__ import annotations

import keras
from keras import ops

from utils.learning_engine import TrainingSettings


def losses(settings: TrainingSettings, y: keras.KerasTensor, outputs: keras.KerasTensor) -> keras.KerasTensor:
    """(b,) the loss of each sample.

    Args:
        settings: loss and label smoothing.
        y: (b,) class indices; in regression (b, t) scaled targets.
        outputs: (b, C) logits, of one sigmoid output (b, 1); in regression (b, t) scaled predictions.
    """
    if settings.regression:
        return ops.mean(ops.square(outputs - y), axis=-1)
    smoothing, classes = settings.label_smoothing, outputs.shape[-1]
    if classes == 1:
        targets = (1 - smoothing) * ops.cast(y, outputs.dtype)[:, None] + smoothing / 2
        if settings.loss == "mse":
            return ops.square(ops.sigmoid(outputs) - targets)[:, 0]
        return ops.binary_crossentropy(targets, outputs, from_logits=True)[:, 0]
    if settings.loss == "cross_entropy" and not smoothing:
        return ops.sparse_categorical_crossentropy(y, outputs, from_logits=True)
    targets = (1 - smoothing) * ops.one_hot(y, classes, dtype=outputs.dtype) + smoothing / classes
    if settings.loss == "mse":
        return ops.mean(ops.square(ops.softmax(outputs) - targets), axis=-1)
    return ops.categorical_crossentropy(targets, outputs, from_logits=True)
