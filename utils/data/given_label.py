"""What a table says of one sample, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GivenLabel:
    """The label of one sample."""

    label: str
    """Name of its class, in regression its number as text; "" where it is not known."""
    place: str
    """Where that stands, for messages."""
