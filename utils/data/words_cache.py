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
from typing import Any

import numpy as np

from utils import files, reading
from utils.data.words import Words

_FORMAT = 2
"""Version of the cache; to be raised whenever other words come out of the same texts."""

Made = tuple[Words, Mapping[int, str]]
"""The words of some texts, and the position of each text that cannot be used → why."""


def cached_words(cache: Path, covered: Any, make: Callable[[], Made], keep: Callable[[], bool] = lambda: True) -> Made:
    """What `make` gives, from the folder `cache` when it was made there before.

    Args:
        cache: created if missing.
        covered: all that the result depends on, as plain JSON values.
        make: the costly part.
        keep: asked after `make`: whether what it gave may be taken from the cache another time.

    Raises:
        DiskError: the cache cannot be written.
    """
    key = hashlib.sha256(json.dumps([_FORMAT, covered]).encode()).hexdigest()[:32]
    array = cache / f"{key}.npy"
    found = _read(array)
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


def _read(array: Path) -> Made | None:
    """What stands in the cache, or None where nothing stands or it is damaged: no byte is made sense of before the digest."""
    try:
        digest, _, body = reading.read_bytes(array.with_suffix(".words")).partition(b"\n")
        if digest != _digest(array, body):
            return None
    except OSError:
        return None
    rest = json.loads(body)
    dictionary = None if rest["dictionary"] is None else tuple(rest["dictionary"])
    flat = np.load(array, mmap_mode="r", allow_pickle=False)
    return Words(flat, np.array(rest["offsets"], np.int64), dictionary), dict(rest["reasons"])


def _digest(array: Path, body: bytes) -> bytes:
    digest = hashlib.sha256(reading.sha256_of(array).encode())
    digest.update(body)
    return digest.hexdigest().encode()
