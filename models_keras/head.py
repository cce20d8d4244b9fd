"""The output layers that every classifier here ends in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from utils.frozen import EMBEDDING, LOGITS, PREDICTIONS

if TYPE_CHECKING:
    import keras

__all__ = ["EMBEDDING", "LOGITS", "PREDICTIONS", "classify"]


def classify(x: keras.KerasTensor, num_outputs: int, **dense: Any) -> keras.KerasTensor:
    """Dense layer "logits", then softmax (or, with one output, sigmoid): (batch, d) → (batch, num_outputs) probabilities.

    The two are layers of their own, so that the loss is computed from logits and keeps its precision.
    """
    from keras import layers

    logits = layers.Dense(num_outputs, name=LOGITS, **dense)(x)
    return layers.Activation("sigmoid" if num_outputs == 1 else "softmax", name="probabilities")(logits)
