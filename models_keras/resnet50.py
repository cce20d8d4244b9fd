"""The founding model for large spectrograms."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from models_keras import models
from models_keras.head import EMBEDDING, classify
from utils.model_size import Units

if TYPE_CHECKING:
    import keras

_EPSILON = 1.001e-5


@models.register("resnet50")
def resnet50(
    input_shape: tuple[int, int, int],
    num_outputs: int,
    *,
    blocks: Annotated[tuple[Units, ...], Field(min_length=1)] = (3, 4, 6, 3),
    filters: Units = 64,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9,
) -> "keras.Model":
    """ResNet-50 (He et al. 2016, Deep residual learning for image recognition) for spectrograms such as 96 × 64 × 1.

    Conv 7×7 by 2 → MaxPool 3 by 2 → stages of residual blocks, each with twice the filters and half the resolution of the one
    before → mean over all positions (the embedding, of 4 · filters · 2^(stages − 1), hence 2,048) → Dropout → Dense → softmax.
    In `keras.applications` neither depth nor width nor momentum can be chosen, and 23.6 million parameters are more than few
    labels can teach: `"blocks": [2, 2, 2, 2], "filters": 16` makes 0.9 million. As in the paper the convolutions have no bias,
    which batch normalisation would take away again; but for that the layers are those of Keras.

    Args:
        input_shape: (bands, frames, channels).
        num_outputs: classes, or 1 for one sigmoid output.
        blocks: how many residual blocks each stage has.
        filters: of the first convolution and of the first stage.
        dropout: rate of the dropout layer before the last.
        momentum: of the moving statistics of batch normalisation; Keras' 0.99 would need hundreds of steps before the model
            can be evaluated, and few labels make few steps.
    """
    import keras
    from keras import layers

    inputs = keras.Input(input_shape, name="x")
    x = _convolved(layers.ZeroPadding2D(3, name="padding_1")(inputs), "start", filters, 7, momentum, strides=2)
    x = layers.ZeroPadding2D(1, name="padding_2")(layers.Activation("relu", name="start_relu")(x))
    x = layers.MaxPooling2D(3, strides=2, name="pool")(x)
    for stage, count in enumerate(blocks):
        for block in range(count):
            strides = 2 if stage > 0 and block == 0 else 1
            name = f"stage_{stage + 1}_block_{block + 1}"
            x = _residual(x, name, filters * 2**stage, strides, momentum, projected=block == 0)
    x = layers.GlobalAveragePooling2D(name=EMBEDDING)(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, classify(x, num_outputs), name="resnet50")


def _residual(
    x: "keras.KerasTensor", name: str, filters: int, strides: int, momentum: float, *, projected: bool
) -> "keras.KerasTensor":
    """Conv 1×1 → Conv 3×3 → Conv 1×1 to 4 · filters, added to `x`, or to a projection of it where the shape changes."""
    from keras import layers

    shortcut = _convolved(x, f"{name}_shortcut", 4 * filters, 1, momentum, strides=strides) if projected else x
    x = _convolved(x, f"{name}_1", filters, 1, momentum, strides=strides)
    x = layers.Activation("relu", name=f"{name}_1_relu")(x)
    x = _convolved(x, f"{name}_2", filters, 3, momentum, padding="same")
    x = layers.Activation("relu", name=f"{name}_2_relu")(x)
    x = _convolved(x, f"{name}_3", 4 * filters, 1, momentum)
    x = layers.Add(name=f"{name}_sum")([shortcut, x])
    return layers.Activation("relu", name=f"{name}_relu")(x)


def _convolved(
    x: "keras.KerasTensor", name: str, filters: int, size: int, momentum: float, **options: Any
) -> "keras.KerasTensor":
    """A convolution and its batch normalisation."""
    from keras import layers

    x = layers.Conv2D(filters, size, use_bias=False, name=f"{name}_conv", **options)(x)
    return layers.BatchNormalization(momentum=momentum, epsilon=_EPSILON, name=f"{name}_norm")(x)
