"""A small convolutional network for images."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from models_tf import Rate, models
from utils.model_size import Units

if TYPE_CHECKING:
    from models_tf.network import Network


@models.register("cnn")
def cnn(
    input_shape: tuple[int, int, int],
    num_outputs: int,
    *,
    filters: Annotated[tuple[Units, ...], Field(min_length=1)] = (32, 64),
    embedding_units: Units = 128,
    dropout: Rate = 0.5,
) -> "Network":
    """(Conv 3×3 → MaxPool 2) for each of `filters` → Flatten → Dense (the embedding) → Dropout → Dense → softmax.

    Args:
        input_shape: (height, width, channels).
        num_outputs: classes, or 1 for one sigmoid output.
        filters: of each convolution.
        embedding_units: size d of the embedding.
        dropout: rate of the dropout layer.
    """
    from models_tf import layers
    from models_tf.network import EMBEDDING, LOGITS, Network

    chain: list[layers.Layer] = []
    for number, count in enumerate(filters, start=1):
        chain += [layers.Conv2D(f"conv_{number}", count, 3, "same"), layers.MaxPool2D(f"pool_{number}", 2)]
    chain += [
        layers.Flatten("flatten"),
        layers.Dense(EMBEDDING, embedding_units, "relu"),
        layers.Dropout("dropout", dropout),
        layers.Dense(LOGITS, num_outputs),
    ]
    return Network("cnn", input_shape, chain)
