"""Words that were cut once are not cut again: the next run takes them from a file.

`<key>.npy` holds the number of each word, memory-mapped; `<key>.words`, written last, makes it valid: a digest over both files,
then the rest as JSON. The key covers whatever the words come from. A damaged pair is made anew.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from utils import files, reading
from utils.data.mapped_array import mapped_array
from utils.data.words import Words

_FORMAT = 2
"""Version of the cache; to be raised whenever other words come out of the same texts."""

Made = tuple[Words, Mapping[int, str]]
"""The words of some texts, and the position of each text that cannot be used → why."""


class _Rest(BaseModel):
    """What stands beside the numbers; whoever writes it can give it the digest that it needs."""

    model_config = ConfigDict(strict=True)
    offsets: Annotated[list[int], Field(min_length=1)]
    dictionary: list[str] | None
    reasons: list[Annotated[tuple[Annotated[int, Field(ge=0)], str], Field(strict=False)]]


def cached_words(
    cache: Path, covered: Any, make: Callable[[], Made], keep: Callable[[], bool] = lambda: True, texts: int | None = None
) -> Made:
    """What `make` gives, from the folder `cache` when it was made there before.

    Args:
        cache: created if missing.
        covered: all that the result depends on, as plain JSON values.
        make: the costly part.
        keep: asked after `make`: whether what it gave may be taken from the cache another time.
        texts: how many there are; None where only `make` can tell.

    Raises:
        DiskError: the cache cannot be written.
    """
    key = hashlib.sha256(json.dumps([_FORMAT, covered]).encode()).hexdigest()[:32]
    array = cache / f"{key}.npy"
    found = _read(array, texts)
    if found is None:
        found = make()
        if keep():
            _write(array, *found)
    return found


def _write(array: Path, words: Words, reasons: Mapping[int, str]) -> None:
    numbers = io.BytesIO()
    np.lib.format.write_array(numbers, words.flat, allow_pickle=False)  # what NumPy says of a full disk has no number
    files.write_bytes(array, numbers.getvalue())
    rest = {"offsets": words.offsets.tolist(), "dictionary": words.dictionary, "reasons": list(reasons.items())}
    body = json.dumps(rest, ensure_ascii=False).encode()
    files.write_bytes(array.with_suffix(".words"), _digest(array, body) + b"\n" + body)


def _read(array: Path, texts: int | None) -> Made | None:
    """What stands in the cache, or None where nothing stands or it is damaged: no byte is made sense of before the digest."""
    try:
        digest, _, body = reading.read_bytes(array.with_suffix(".words")).partition(b"\n")
        if digest != _digest(array, body):
            return None
        rest = _Rest.model_validate(json.loads(body))
        "".join([*(rest.dictionary or ()), *(reason for _, reason in rest.reasons)]).encode()  # no half of a surrogate pair
        offsets = np.array(rest.offsets, np.int64)
    except (OSError, ValueError, RecursionError, OverflowError):
        return None
    dictionary = None if rest.dictionary is None else tuple(rest.dictionary)
    flat = mapped_array(array, (rest.offsets[-1],), np.int32)
    if flat is None or offsets[0] != 0 or (np.diff(offsets) < 0).any():
        return None
    if flat.min(initial=0) < 0 or (dictionary is not None and flat.max(initial=-1) >= len(dictionary)):
        return None
    if texts is not None and (len(offsets) != texts + 1 or any(position >= texts for position, _ in rest.reasons)):
        return None
    return Words(flat, offsets, dictionary), dict(rest.reasons)


def _digest(array: Path, body: bytes) -> bytes:
    digest = hashlib.sha256(reading.sha256_of(array).encode())
    digest.update(body)
    return digest.hexdigest().encode()
