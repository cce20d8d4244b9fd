"""What annotators may write: names of classes and their own, and numbers. All of it is kept, shown to others and exported."""

from __future__ import annotations

import math
import re
import unicodedata

from utils.web.refused import Refused

LONGEST_CLASS, LONGEST_ANNOTATOR = 100, 80
"""Characters."""
_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of the text after them, also of what is not theirs."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER = 40


def checked_name(text: str, what: str, longest: int) -> str:
    """`text` without spaces around it, in Unicode's composed form, so that what looks the same is the same.

    Args:
        text: as it was written.
        what: what it names, for the message.
        longest: characters that it may have.

    Raises:
        Refused: it is empty, too long, or holds control characters.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise Refused(f"The name of {what} is empty; write at least one character.")
    if len(name) > longest:
        raise Refused(f"The name of {what} has {len(name)} characters; {longest} at most are possible.")
    if any(unicodedata.category(character) in _CONTROLS or character in _TURNING for character in name):
        raise Refused(f"The name of {what} holds control characters; write it anew by hand.")
    return name


def checked_number(text: str) -> str:
    """`text` without spaces around it.

    Raises:
        Refused: it is no finite number.
    """
    number = text.strip()
    if len(number) > _LONGEST_NUMBER or not _NUMBER.fullmatch(number) or not math.isfinite(float(number)):
        raise Refused(
            f"“{text[:_LONGEST_NUMBER]}” is no number; write one such as 3, −0.5 or 1e-3, with a point.".replace("−", "-")
        )
    return number
