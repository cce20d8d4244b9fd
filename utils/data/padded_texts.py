"""Names of samples and of their groups as arrays, in which each text takes the room of the longest.

One name of a hundred thousand characters among sixty thousand short ones would so ask for gigabytes: it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from utils.errors import DataError

LONGEST = 1_000
"""Characters of the name of a sample or a group."""
_SHOWN = 40


def padded_texts(texts: Sequence[str], what: str, place: Callable[[int], str]) -> NDArray[np.str_]:
    """(n,) the `texts` (n,) as an array.

    Args:
        texts: names of samples or of groups.
        what: a text is, in messages.
        place: position in `texts` → where that text stands, or the sample that it is of, for messages.

    Raises:
        DataError: one is longer than names are.
    """
    if max(map(len, texts), default=0) > LONGEST:
        position = next(position for position, text in enumerate(texts) if len(text) > LONGEST)
        received = f"{len(texts[position]):,} characters, {texts[position][:_SHOWN]!r} …"
        raise DataError(
            f"{place(position)}: expected {what} of at most {LONGEST:,} characters, received {received}; make it shorter"
        )
    return np.array(texts)
