"""A small convolutional network for images."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from models_keras import models
from models_keras.head import EMBEDDING, classify
from utils.model_size import Units

if TYPE_CHECKING:
    import keras


@models.register("cnn")
def cnn(
    input_shape: tuple[int, int, int],
    num_outputs: int,
    *,
    filters: Annotated[tuple[Units, ...], Field(min_length=1)] = (32, 64),
    embedding_units: Units = 128,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5,
) -> "keras.Model":
    """(Conv 3×3 → MaxPool 2) for each of `filters` → Flatten → Dense (the embedding) → Dropout → Dense → softmax.

    Args:
        input_shape: (height, width, channels).
        num_outputs: classes, or 1 for one sigmoid output.
        filters: of each convolution.
        embedding_units: size d of the embedding.
        dropout: rate of the dropout layer.
    """
    import keras
    from keras import layers

    inputs = keras.Input(input_shape, name="x")
    x = inputs
    for number, count in enumerate(filters, start=1):
        x = layers.Conv2D(count, 3, padding="same", activation="relu", name=f"conv_{number}")(x)
        x = layers.MaxPooling2D(2, name=f"pool_{number}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(embedding_units, activation="relu", name=EMBEDDING)(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, classify(x, num_outputs), name="cnn")
