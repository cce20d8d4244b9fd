"""Texts that are in memory already: cells of a table, or what a library hands out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.data.source import Progress
from utils.data.text_source import Reasons, TextReader, TextSamples
from utils.data.words import WordCollector, Words, split_words
from utils.data.words_cache import cached_words
from utils.errors import DataError

TEXTS_PER_REPORT = 1_000
"""Texts between two calls of a `Progress`."""


class GivenTexts(TextReader):
    """Reads texts by a function that gives them all at once."""

    def __init__(self, where: str, how_to_get: str, read: Callable[[], tuple[TextSamples, Sequence[str]]]) -> None:
        """`read` gives the samples and (n,) their texts."""
        self.where = where
        self.how_to_get = how_to_get
        self._read = read
        self._given: tuple[TextSamples, Sequence[str]] | None = None
        self._digest = ""
        """Over all texts that were there when `words` cut some of them."""
        self._shown: Sequence[str] | None = None

    def samples(self) -> TextSamples:
        """Names and labels of all texts, which are kept until `words` has cut them."""
        self._given = self._given or self._read()
        return self._given[0]

    def words(self, ids: NDArray[np.int64], cache: Path, progress: Progress) -> tuple[Words, Reasons]:
        """The words of the texts `ids`; those that are unusable are not looked at."""
        samples, given = self._given or self._read()
        self._given = None
        texts = ["" if text in samples.unusable else given[text] for text in ids.tolist()]

        def cut() -> tuple[Words, Reasons]:
            collector = WordCollector()
            for number, text in enumerate(texts, 1):
                collector.add(split_words(text))
                if number % TEXTS_PER_REPORT == 0 or number == len(texts):
                    progress("cutting texts into words", number, len(texts))
            return collector.words(), {}

        self._digest = _digest_of(given)
        return cached_words(cache, ["texts", _digest_of(texts)], cut, texts=len(texts))

    def text(self, position: int) -> str:
        """The text at that position; all are read anew for the first one that is asked for, and kept from then on.

        Raises:
            DataError: they are others than those that `words` has cut.
        """
        if self._shown is None:
            _, texts = self._given or self._read()
            if _digest_of(texts) != self._digest:
                raise DataError(
                    f"{self.where}: its texts are others than when the run began, so that nobody can tell which of them was "
                    "meant; put it back as it was"
                )
            self._shown = texts
        return self._shown[position]


def _digest_of(texts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        content = text.encode()
        digest.update(f"{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
