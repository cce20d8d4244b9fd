"""What annotators may write: names of classes and their own, and numbers. All of it is kept, shown to others and exported."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

from utils.annotation.number import LARGEST, written_number
from utils.annotation.refused import Refused

LONGEST_CLASS, LONGEST_ANNOTATOR = 100, 80
"""Characters."""
UNUSABLE = "?"
"""What stands in spreadsheets in place of a class for a sample that cannot be labelled."""
_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of the text after them, also of what is not theirs."""
_JOINERS = "\u200c\u200d"
"""Without a form of their own, but what stands beside them looks otherwise, in Persian as in emojis."""
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a symbol that nobody sees."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER = 40


def checked_class(text: str, known: Iterable[str]) -> str:
    """The class that `text` means: one of those `known` that looks the same, or else `text` as `checked_name` leaves it.

    Raises:
        Refused: as `checked_name` does; or it means "unusable" in a spreadsheet.
    """
    if text in (known := tuple(known)):
        return text
    name = checked_name(text, "the class", LONGEST_CLASS)
    if name == UNUSABLE:
        raise Refused(f"“{UNUSABLE}” stands for unusable samples; give the class another name.")
    return next((one for one in known if plain(one) == name), name)


def checked_annotator(text: str) -> str:
    """As `checked_name`.

    Raises:
        Refused: as `checked_name` does; or it holds a "+", which stands between names.
    """
    name = checked_name(text, "the annotator", LONGEST_ANNOTATOR)
    if "+" in name:
        raise Refused("The name of the annotator holds a “+”, which stands between the names of several; leave it out.")
    return name


def checked_name(text: str, what: str, longest: int) -> str:
    """`text` as `plain` leaves it.

    Args:
        text: as it was written.
        what: what it names, for the message.
        longest: characters that it may have.

    Raises:
        Refused: it is empty, too long, nothing of it can be seen, or it holds control characters.
    """
    if any(unicodedata.category(character) in _CONTROLS or character in _TURNING for character in text.strip()):
        raise Refused(f"The name of {what} holds control characters; write it anew by hand.")
    name = plain(text)
    if not name:
        raise Refused(f"The name of {what} is empty; write at least one character.")
    if len(name) > longest:
        raise Refused(f"The name of {what} has {len(name)} characters; {longest} at most are possible.")
    if not any(unicodedata.category(character)[0] in "LNPS" and character not in _BLANK for character in name):
        raise Refused(f"The name of {what} cannot be seen; write at least one letter, digit or sign.")
    return name


def plain(text: str) -> str:
    """`text` in Unicode's composed form, without characters that have no form, and without spaces around it.

    So what looks the same is the same.
    """
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(one for one in composed if one in _JOINERS or unicodedata.category(one) != "Cf")
    while (shorter := kept.strip().strip(_JOINERS)) != kept:
        kept = shorter
    return unicodedata.normalize("NFC", kept)


def checked_number(text: str) -> str:
    """`text` without spaces around it.

    Raises:
        Refused: it is no number, or too large a one to be learnt.
    """
    number = text.strip()
    if len(number) > _LONGEST_NUMBER or not _NUMBER.fullmatch(number):
        raise Refused(
            f"“{text[:_LONGEST_NUMBER]}” is no number; write one such as 3, −0.5 or 1e-3, with a point.".replace("−", "-")
        )
    if math.isnan(written_number(number)):
        raise Refused(f"“{number}” is too large; no number beyond {LARGEST:.1e} can be learnt.")
    return number
