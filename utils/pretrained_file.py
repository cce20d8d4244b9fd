"""The parameter `pretrained`: weights made elsewhere, and the hash that says that they are the ones meant."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class PretrainedFile(BaseModel):
    """A file of weights that a run starts from."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    path: Annotated[str, Field(min_length=1)] = Field(description="a .weights.h5 or .keras file")
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] = Field(description="SHA-256 of the file, in lower case")
