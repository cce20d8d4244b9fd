"""What training descends: the losses of one batch, from logits."""

from __future__ import annotations

import tensorflow as tf

from utils.learning_engine import TrainingSettings


def losses(settings: TrainingSettings, y: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
    """(b,) the loss of each sample.

    Args:
        settings: loss and label smoothing.
        y: (b,) class indices; in regression (b, t) scaled targets.
        outputs: (b, C) logits, of one sigmoid output (b, 1); in regression (b, t) scaled predictions.
    """
    if settings.regression:
        return tf.reduce_mean((outputs - y) ** 2, axis=1)
    smoothing, classes = settings.label_smoothing, outputs.shape[1]
    if classes == 1:
        targets, logits = (1 - smoothing) * tf.cast(y, tf.float32) + smoothing / 2, outputs[:, 0]
        if settings.loss == "mse":
            return (tf.sigmoid(logits) - targets) ** 2
        return tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)
    if settings.loss == "cross_entropy" and not smoothing:
        return tf.nn.sparse_softmax_cross_entropy_with_logits(y, outputs)
    targets = (1 - smoothing) * tf.one_hot(y, classes) + smoothing / classes
    if settings.loss == "mse":
        return tf.reduce_mean((tf.nn.softmax(outputs) - targets) ** 2, axis=1)
    return tf.nn.softmax_cross_entropy_with_logits(targets, outputs)
