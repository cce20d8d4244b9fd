"""The founding model for spectrograms."""

from typing import TYPE_CHECKING, Literal

from models_tf import Factor, Rate, models
from utils.model_size import Units

if TYPE_CHECKING:
    from models_tf.network import Network


@models.register("vggish")
def vggish(
    input_shape: tuple[int, int, int],
    num_outputs: int,
    *,
    filters: tuple[Units, Units] = (64, 128),
    embedding_units: Units = 128,
    hidden_units: Units = 32,
    dropout: Rate = 0.5,
    l2: Factor = 0.01,
    momentum: Rate = 0.9,
    padding: Literal["same", "valid"] = "same",
) -> "Network":
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
    from models_tf import layers
    from models_tf.network import EMBEDDING, LOGITS, Network

    chain: list[layers.Layer] = [layers.BatchNorm("norm_1", momentum)]
    for number, count in enumerate(filters, start=1):
        chain += [layers.Conv2D(f"conv_{number}", count, 3, padding), layers.MaxPool2D(f"pool_{number}", 2)]
    chain += [
        layers.BatchNorm("norm_2", momentum),
        layers.Dropout("dropout_1", dropout),
        layers.Flatten("flatten"),
        layers.Dense(EMBEDDING, embedding_units, "relu"),
        layers.BatchNorm("norm_3", momentum),
        layers.Dropout("dropout_2", dropout),
        layers.Dense("hidden", hidden_units, "relu", l2),
        layers.Dense(LOGITS, num_outputs, l2=l2),
    ]
    return Network("vggish", input_shape, chain)
