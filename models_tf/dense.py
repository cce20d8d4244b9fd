"""A network of dense layers, for tables and multi-hot texts."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from models_tf import Factor, Rate, models
from utils.model_size import Units

if TYPE_CHECKING:
    from models_tf.network import Network


@models.register("dense")
def dense(
    input_shape: tuple[int, ...],
    num_outputs: int,
    *,
    units: Annotated[tuple[Units, ...], Field(min_length=1)] = (16, 16),
    activation: Literal["relu", "tanh", "sigmoid", "elu", "selu", "gelu", "silu", "softplus", "linear"] = "relu",
    dropout: Rate = 0.0,
    l2: Factor = 0.0,
) -> "Network":
    """Flatten → (Dense (L2) → Dropout) for each of `units` → Dense (L2) → softmax. The last hidden layer is the embedding.

    Args:
        input_shape: any; flattened.
        num_outputs: classes, or 1 for one sigmoid output.
        units: of each hidden layer; for no hidden layer see `softmax`.
        activation: of the hidden layers.
        dropout: rate of the dropout layer after each hidden layer.
        l2: factor of the penalty on the kernel of every dense layer.
    """
    from models_tf import layers
    from models_tf.network import EMBEDDING, LOGITS, Network

    chain: list[layers.Layer] = [layers.Flatten("flatten")]
    for number, count in enumerate(units, start=1):
        name = EMBEDDING if number == len(units) else f"hidden_{number}"
        chain += [layers.Dense(name, count, activation, l2), layers.Dropout(f"dropout_{number}", dropout)]
    chain.append(layers.Dense(LOGITS, num_outputs, l2=l2))
    return Network("dense", input_shape, chain)
