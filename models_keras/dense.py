"""A network of dense layers, for tables and multi-hot texts."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from models_keras import models
from models_keras.head import EMBEDDING, classify
from utils.model_size import Units

if TYPE_CHECKING:
    import keras


@models.register("dense")
def dense(
    input_shape: tuple[int, ...],
    num_outputs: int,
    *,
    units: Annotated[tuple[Units, ...], Field(min_length=1)] = (16, 16),
    activation: Literal["relu", "tanh", "sigmoid", "elu", "selu", "gelu", "silu", "softplus", "linear"] = "relu",
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    l2: Annotated[float, Field(ge=0)] = 0.0,
) -> "keras.Model":
    """Flatten → (Dense (L2) → Dropout) for each of `units` → Dense (L2) → softmax. The last hidden layer is the embedding.

    Args:
        input_shape: any; flattened.
        num_outputs: classes, or 1 for one sigmoid output.
        units: of each hidden layer; for no hidden layer see `softmax`.
        activation: of the hidden layers.
        dropout: rate of the dropout layer after each hidden layer.
        l2: factor of the penalty on the kernel of every dense layer.
    """
    import keras
    from keras import layers

    penalty = keras.regularizers.L2(l2) if l2 else None
    inputs = keras.Input(input_shape, name="x")
    x = layers.Flatten(name="flatten")(inputs)
    for number, count in enumerate(units, start=1):
        name = EMBEDDING if number == len(units) else f"hidden_{number}"
        x = layers.Dense(count, activation=activation, kernel_regularizer=penalty, name=name)(x)
        x = layers.Dropout(dropout, name=f"dropout_{number}")(x)
    return keras.Model(inputs, classify(x, num_outputs, kernel_regularizer=penalty), name="dense")
