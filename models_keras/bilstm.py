"""The founding model for texts."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from models_keras import models
from models_keras.head import EMBEDDING, classify
from utils.model_size import Units

if TYPE_CHECKING:
    import keras


@models.register("bilstm")
def bilstm(
    input_shape: tuple[int],
    num_outputs: int,
    *,
    vocabulary: Units = 3000,
    embedding_units: Units = 128,
    lstm_units: Units = 32,
    hidden_units: Units = 20,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5,
) -> "keras.Model":
    """Embedding → bidirectional LSTM → GlobalMaxPool → Dense (the embedding of a text) → Dropout → Dense → softmax.

    As in the founding ratio sampling on IMDB, where it has 426,537 parameters. A text is a row of word numbers from 0 to
    `vocabulary` − 1, whole numbers held as float32, which is exact up to 2²⁴; the first layer casts them.

    Args:
        input_shape: (words,); shorter texts are filled with word 0, which is read like any other.
        num_outputs: classes, or 1 for one sigmoid output.
        vocabulary: how many words have a number, those for "no word" and "unknown word" among them.
        embedding_units: size of a word's vector.
        lstm_units: of each direction.
        hidden_units: of the dense layer, size d of a text's embedding.
        dropout: rate of the dropout layer.
    """
    import keras
    from keras import layers

    inputs = keras.Input(input_shape, name="x")
    x = layers.Embedding(vocabulary, embedding_units, name="words")(inputs)
    x = layers.Bidirectional(layers.LSTM(lstm_units, return_sequences=True, name="lstm"), name="lstm")(x)
    x = layers.GlobalMaxPooling1D(name="pool")(x)
    x = layers.Dense(hidden_units, activation="relu", name=EMBEDDING)(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, classify(x, num_outputs), name="bilstm")
