"""One simulated annotator: how often he errs and abstains, and what his answers cost."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
"""At most some 30 years, so that the sum of all answers is a number too."""


class Annotator(BaseModel):
    """What a simulated annotator is like; an entry of the parameter `annotators`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(min_length=1, max_length=80)] = Field(..., description="whom the results name")
    error_rate: Share = Field(0.0, description="share of labels that are wrong, evenly any of the other classes")
    confusion: Annotated[list[Annotated[list[Share], Field(min_length=2)]], Field(min_length=2)] | None = Field(
        None, description="instead: a row for each true class, the share of each class among the answers; rows sum to 1"
    )
    abstention: Share = Field(0.0, description="share of samples that get no answer")
    seconds_per_label: Seconds = Field(0.0, description="cost of each answer, in seconds")
    seconds_per_second: Seconds = Field(0.0, description="and for each second of the recording, in seconds")
