"""How large models may be: a layer by its parameters, and a whole model by the memory of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import Field

from utils.errors import ParameterError, is_out_of_memory

Units = Annotated[int, Field(ge=1, le=1_000_000)]
"""How many units or filters a layer has, or words a vocabulary; more would be a slip of the pen."""


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
