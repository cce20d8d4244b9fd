"""Softmax (or, with one output, logistic) regression."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from models_keras import models
from models_keras.head import classify

if TYPE_CHECKING:
    import keras


@models.register("softmax")
def softmax(
    input_shape: tuple[int, ...],
    num_outputs: int,
    *,
    l2: Annotated[float, Field(ge=0)] = 0.0,
) -> "keras.Model":
    """Flatten → Dense (L2) → softmax: a linear classifier. The embedding is the flattened input itself.

    Args:
        input_shape: any; flattened.
        num_outputs: classes, or 1 for one sigmoid output.
        l2: factor of the penalty on the kernel.
    """
    import keras
    from keras import layers

    inputs = keras.Input(input_shape, name="x")
    penalty = keras.regularizers.L2(l2) if l2 else None
    x = layers.Flatten(name="flatten")(inputs)
    return keras.Model(inputs, classify(x, num_outputs, kernel_regularizer=penalty), name="softmax")
