"""How large models may be: a layer by its parameters, and a whole model by the memory of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from utils.errors import ParameterError, is_out_of_memory
from utils.hardware import refuse_beyond_memory

if TYPE_CHECKING:
    from utils.learning_engine import LearningEngine

Units = Annotated[int, Field(ge=1, le=1_000_000)]
"""How many units or filters a layer has, or words a vocabulary; more would be a slip of the pen."""
_BYTES = 4
"""Of a number in single precision."""
_COPIES = 3
"""Of the samples that inference takes at once: as they come, filled up to a whole block, and as the library holds them."""


@contextmanager
def refused_where_too_large(model: str, model_params: Mapping[str, Any]) -> Iterator[None]:
    """Says so where the memory does not suffice for what is built inside.

    Raises:
        ParameterError: instead of the error of Python, TensorFlow or JAX.
    """
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise ParameterError(
            f"model_params: {model} with {dict(model_params)} needs more memory than there is; make its layers smaller"
        ) from None


def refuse_too_large_samples(sample_shape: tuple[int, ...], engine: LearningEngine | None = None) -> None:
    """Sees to it that inference can hold the samples that it takes at once, and training the weights.

    Args:
        sample_shape: of what the model is fed of one sample.
        engine: the model, once it is built: in training there are three copies of its weights, in inference two.

    Raises:
        MemoryShortError: this machine has no memory for them.
    """
    from utils.batched_engine import BLOCK

    samples = _COPIES * BLOCK * prod(sample_shape) * _BYTES
    weights = sum(weight.nbytes for weight in engine.get_weights()) if engine else 0
    refuse_beyond_memory(
        max(weights + samples, 2 * weights),
        f"a model and {BLOCK} samples of shape {sample_shape} at once, as it takes them,",
        "make the samples smaller, such as by vocabulary or length in data_params, or the model's layers",
    )
