"""What a table says of one sample, and where."""

from __future__ import annotations

from dataclasses import dataclass

FOUND_UNUSABLE = "its annotators found it unusable; to have it asked for again, delete its rows from the table of labels"
"""Why such a sample is left out."""


@dataclass(frozen=True)
class GivenLabel:
    """The label of one sample."""

    label: str
    """Name of its class, in regression its number as text; "" where it is not known."""
    place: str
    """Where that stands, for messages."""
    unusable: bool = False
    """Whether people were asked for it already, and say that the sample cannot be labelled."""
