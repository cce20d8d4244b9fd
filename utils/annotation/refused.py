"""Why something that an annotator wrote, or asked of the page, is not taken over."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 it is an answer, not a fault
    """The request changes nothing; its text is shown to the annotator.

    Attributes:
        is_for_now: whether the same request may be granted later, so that it is worth keeping and sending again.
    """

    def __init__(self, why: str, *, is_for_now: bool = False) -> None:
        """`why` in a sentence for the annotator."""
        super().__init__(why)
        self.is_for_now = is_for_now
