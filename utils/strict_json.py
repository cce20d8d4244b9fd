"""Values of JSON records that anybody may have edited: the kinds of numbers that Pydantic is to accept, and what it refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationError

Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, lt=2**53)]


def first_problem(error: ValidationError) -> str:
    """Where the first value is that was refused, and why, on one line."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the record'}: {first['msg']}"
