"""Softmax (or, with one output, logistic) regression."""

from typing import TYPE_CHECKING

from models_tf import Factor, models

if TYPE_CHECKING:
    from models_tf.network import Network


@models.register("softmax")
def softmax(
    input_shape: tuple[int, ...],
    num_outputs: int,
    *,
    l2: Factor = 0.0,
) -> "Network":
    """Flatten → Dense (L2) → softmax: a linear classifier. The embedding is the flattened input itself.

    Args:
        input_shape: any; flattened.
        num_outputs: classes, or 1 for one sigmoid output.
        l2: factor of the penalty on the kernel.
    """
    from models_tf.layers import Dense, Flatten
    from models_tf.network import LOGITS, Network

    chain = [Flatten("flatten"), Dense(LOGITS, num_outputs, l2=l2)]
    return Network("softmax", input_shape, chain)
