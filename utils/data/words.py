"""The words of all texts of a set as numbers, before anything is learnt from them.

Texts are cut into words once, whatever is labelled later: a run then counts the words of its labelled texts by NumPy alone.
Words have numbers in an order that no text can change against another's, so that ties of two equally common words break the
same way whichever other texts a set holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PUNCTUATION = b"!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"
"""What `split_words` takes out of texts: the characters that keras.layers.TextVectorization strips."""
NO_WORD, UNKNOWN_WORD = 0, 1
"""What a model is fed beside words that it knows: the filling of a short text, and a word outside the vocabulary."""


@dataclass(frozen=True)
class Words:
    """The words of n texts, one text after the other; w = number of words in all, v = number of different words."""

    flat: NDArray[np.int32]
    """(w,) number of each word, from 0; of two equally common words, the one with the smaller number counts as commoner."""
    offsets: NDArray[np.int64]
    """(n + 1,) text i is `flat[offsets[i]:offsets[i + 1]]`."""
    dictionary: tuple[str, ...] | None = None
    """(v,) the word of each number; None where a set tells numbers alone, which then stand for themselves."""

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1

    @property
    def num_different(self) -> int:
        """Numbers that words have, v: all are below it."""
        if self.dictionary is not None:
            return len(self.dictionary)
        return int(self.flat.max()) + 1 if len(self.flat) else 0

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(n,) words of each text."""
        return np.diff(self.offsets)

    def commonest(self, ids: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """(at most `count`,) numbers of the commonest words in the texts `ids`, the commonest first."""
        chosen = np.zeros(len(self), bool)
        chosen[ids] = True
        counts = np.bincount(self.flat[np.repeat(chosen, self.lengths)], minlength=self.num_different)
        order = np.argsort(-counts, kind="stable")[:count]
        return order[counts[order] > 0]

    def word(self, number: int) -> str:
        """The word with this number, or the number itself where the set tells no words."""
        return str(number) if self.dictionary is None else self.dictionary[number]

    def take(self, ids: NDArray[np.int64]) -> Words:
        """The texts `ids` alone, in that order; words keep their numbers."""
        lengths = self.lengths[ids]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[ids] - offsets[:-1], lengths)
        return Words(self.flat[places], offsets, self.dictionary)

    def sha256(self) -> str:
        """Hexadecimal digest over all words of all texts."""
        digest = hashlib.sha256(self.flat.astype("<i4", copy=False).data)
        digest.update(self.offsets.astype("<i8", copy=False).data)
        digest.update("\n".join(self.dictionary or ()).encode())
        return digest.hexdigest()


def split_words(text: str) -> list[bytes]:
    """The words of `text` in UTF-8, as keras.layers.TextVectorization cuts them, in lower case.

    As there, the characters `PUNCTUATION` are taken out first ("don't" → "dont") and words end at the white space of ASCII.
    Unlike there, letters beyond ASCII become lower case too: É and é are one letter.
    """
    return text.lower().encode().translate(None, PUNCTUATION).split()


class WordCollector:
    """Takes texts one by one and makes `Words` of them; each word is held once."""

    def __init__(self) -> None:
        """Starts with no text."""
        self._numbers: dict[bytes, int] = {}
        self._texts: list[NDArray[np.int32]] = []

    def add(self, words: list[bytes]) -> None:
        """Appends a text, as `split_words` cuts it."""
        numbers = self._numbers
        self._texts.append(np.fromiter((numbers.setdefault(word, len(numbers)) for word in words), np.int32, len(words)))

    def words(self) -> Words:
        """All texts so far; a word's number follows from its place among all words in falling order of their bytes.

        In that order TextVectorization prefers one of two equally common words.
        """
        ordered = sorted(self._numbers, reverse=True)
        rank = np.empty(len(ordered), np.int32)
        rank[np.fromiter((self._numbers[word] for word in ordered), np.int64, len(ordered))] = np.arange(len(ordered))
        flat = np.concatenate([np.empty(0, np.int32), *self._texts])
        return Words(rank[flat], offsets_of(map(len, self._texts)), tuple(word.decode() for word in ordered))


def offsets_of(lengths: Iterable[int]) -> NDArray[np.int64]:
    """(n + 1,) where each of n texts with these `lengths` in words begins, and where the last ends."""
    return np.concatenate([[0], np.cumsum(np.fromiter(lengths, np.int64))]).astype(np.int64)
