"""The founding model for spectrograms."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from models_keras import models
from models_keras.head import EMBEDDING, classify
from utils.model_size import Units

if TYPE_CHECKING:
    import keras


@models.register("vggish")
def vggish(
    input_shape: tuple[int, int, int],
    num_outputs: int,
    *,
    filters: tuple[Units, Units] = (64, 128),
    embedding_units: Units = 128,
    hidden_units: Units = 32,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5,
    l2: Annotated[float, Field(ge=0)] = 0.01,
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9,
    padding: Literal["same", "valid"] = "same",
) -> "keras.Model":
    """Two convolutions and three dense layers for log-mel spectrograms, as in the founding ALFramework.

    BatchNorm → Conv 3×3 → MaxPool 2 → Conv 3×3 → MaxPool 2 → BatchNorm → Dropout → Flatten → Dense (the embedding) →
    BatchNorm → Dropout → Dense (L2) → Dense (L2) → softmax, rectified linear units throughout.

    Args:
        input_shape: (bands, frames, channels).
        num_outputs: classes, or 1 for one sigmoid output.
        filters: of the two convolutions.
        embedding_units: size d of the embedding.
        hidden_units: of the dense layer before the last.
        dropout: rate of both dropout layers.
        l2: factor of the penalty on the kernels of the last two dense layers.
        momentum: of the moving statistics of batch normalisation; Keras' 0.99 would need hundreds of steps before the model
            can be evaluated, and few labels make few steps.
        padding: of the convolutions.
    """
    import keras
    from keras import layers

    penalty = keras.regularizers.L2(l2)
    inputs = keras.Input(input_shape, name="x")
    x = layers.BatchNormalization(momentum=momentum, name="norm_1")(inputs)
    for number, count in enumerate(filters, start=1):
        x = layers.Conv2D(count, 3, padding=padding, activation="relu", name=f"conv_{number}")(x)
        x = layers.MaxPooling2D(2, name=f"pool_{number}")(x)
    x = layers.BatchNormalization(momentum=momentum, name="norm_2")(x)
    x = layers.Dropout(dropout, name="dropout_1")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(embedding_units, activation="relu", name=EMBEDDING)(x)
    x = layers.BatchNormalization(momentum=momentum, name="norm_3")(x)
    x = layers.Dropout(dropout, name="dropout_2")(x)
    x = layers.Dense(hidden_units, activation="relu", kernel_regularizer=penalty, name="hidden")(x)
    return keras.Model(inputs, classify(x, num_outputs, kernel_regularizer=penalty), name="vggish")
