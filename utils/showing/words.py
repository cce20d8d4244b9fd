"""A text as a person reads it."""

from __future__ import annotations

from utils.annotation.shown import Shown

LONGEST = 100_000
"""Characters; nobody reads more of one text to label it."""


def show_text(text: str, note: str = "") -> Shown:
    """What a person is shown of `text`: as it is, or its beginning; `note` says what else to know of it."""
    if len(text) > LONGEST:
        cut = f"the first {LONGEST:,} of {len(text):,} characters"
        return Shown("text", text=text[:LONGEST], note=f"{note}; {cut}" if note else cut)
    return Shown("text", text=text, note=note)
