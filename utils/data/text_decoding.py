"""Bytes that somebody saved as text, and the sentence for those that are none."""

from __future__ import annotations

from utils.errors import DataError

LONGEST_TEXT = 10_000_000
"""Bytes of one text; more than that is no text that anybody would label."""


def decoded(content: bytes) -> str:
    """`content` as text, without the mark that some editors put before it.

    Raises:
        DataError: not UTF-8; names byte and line, both counted from 1, but not the file.
    """
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"it is not UTF-8: byte {error.start + 1:,} (in line {line:,}) is 0x{content[error.start]:02x}; save it as UTF-8"
        ) from None


def too_long(size: int) -> str | None:
    """Why a text of `size` bytes is not used, or None where it is."""
    if size <= LONGEST_TEXT:
        return None
    return f"it has {size / 1e6:,.1f} MB, at most {LONGEST_TEXT / 1e6:,.0f} MB are read as one text; cut it into several"
