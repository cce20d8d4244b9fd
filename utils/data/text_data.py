"""Texts in memory: what a model is fed of them follows from the words of the labelled texts alone.

The numbers and columns are those of keras.layers.TextVectorization adapted on these texts; a test holds both side by side.
Rows are made when a model asks for them: 25,000 texts as columns of 10,000 words would be a gigabyte, as words they are 23 MB.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from utils.annotation.shown import Shown
from utils.data.source import DataSet, Kind, LoadedData, SampleTable
from utils.data.words import NO_WORD, UNKNOWN_WORD, Words

Vectorise = Literal["sequence", "multi_hot"]
VocabularySize = Annotated[int, Field(ge=3, lt=2**24)]
Length = Annotated[int, Field(ge=1, lt=2**24)]
"""Types of the options that all sets of texts share, for the signatures of their plug-ins."""

_REMEMBERED = 4
"""Vocabularies kept: the strategies of one seed share theirs."""


@dataclass(frozen=True)
class TextOptions:
    """How texts become features; the defaults are those of every set of texts."""

    vectorise: Vectorise = "sequence"
    """"sequence": each word's number, in order. "multi_hot": a column for each word, 1 where it occurs; column 0: unknown."""
    vocabulary: VocabularySize = 3000
    """Numbers, or columns, in all: the two above (the one column) and the commonest words of the labelled texts."""
    length: Length = 150
    """Words of a sequence: longer texts are cut, shorter ones filled up with 0."""

    @property
    def kind(self) -> Kind:
        """What a sample is."""
        return "text" if self.vectorise == "sequence" else "table"

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Of what a model is fed of one text."""
        return (self.length,) if self.vectorise == "sequence" else (self.vocabulary,)

    @property
    def first_word(self) -> int:
        """Number, or column, of the commonest word."""
        return UNKNOWN_WORD + 1 if self.vectorise == "sequence" else 1


@dataclass(frozen=True)
class Sequences:
    """Texts as rows of numbers, made when they are asked for."""

    words: Words
    numbers: NDArray[np.float32]
    """(v,) number that a model is fed for each word."""
    length: int

    @property
    def shape(self) -> tuple[int, int]:
        """(texts, length)."""
        return len(self.words), self.length

    def __getitem__(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """(n, length) the numbers of the first words of the texts `ids`; 0 after the last word."""
        filled = np.arange(self.length) < self.words.lengths[ids][:, np.newaxis]
        places = (self.words.offsets[ids][:, np.newaxis] + np.arange(self.length))[filled]
        rows = np.full(filled.shape, NO_WORD, np.float32)
        rows[filled] = self.numbers[self.words.flat[places]]
        return rows


@dataclass(frozen=True)
class MultiHot:
    """Texts as rows of a column per word, made when they are asked for."""

    words: Words
    columns: NDArray[np.int64]
    """(v,) column of each word."""
    width: int

    @property
    def shape(self) -> tuple[int, int]:
        """(texts, columns)."""
        return len(self.words), self.width

    def __getitem__(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """(n, columns) 1 where a word occurs in the texts `ids`, otherwise 0."""
        taken = self.words.take(ids)
        rows = np.zeros((len(ids), self.width), np.float32)
        rows[np.repeat(np.arange(len(ids)), taken.lengths), self.columns[taken.flat]] = 1
        return rows


@dataclass(frozen=True)
class TextData(LoadedData):
    """A set of texts in memory; the words are never changed."""

    words: Words
    """Of each sample, in the order of the table."""
    options: TextOptions
    _known: dict[bytes, DataSet] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of what a model is fed of one text."""
        return self.options.sample_shape

    def prepared(self, ids: NDArray[np.int64]) -> DataSet:
        """The set with the vocabulary of the texts `ids` (l,), in whatever order; written down as vocabulary.txt.

        The file has one word a line from the first that has a number or column of its own, and so it is what
        `TextVectorization.set_vocabulary` reads.
        """
        key = np.unique(ids).tobytes()
        if key not in self._known:
            while len(self._known) >= _REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[key] = self._prepared(ids)
        return self._known[key]

    def _prepared(self, ids: NDArray[np.int64]) -> DataSet:
        first = self.options.first_word
        commonest = self.words.commonest(ids, self.options.vocabulary - first)
        numbers = np.full(self.words.num_different, first - 1)
        numbers[commonest] = np.arange(first, first + len(commonest))
        features: Sequences | MultiHot
        if self.options.vectorise == "sequence":
            features = Sequences(self.words, numbers.astype(np.float32), self.options.length)
        else:
            features = MultiHot(self.words, numbers, self.options.vocabulary)
        vocabulary = "".join(f"{self.words.word(number)}\n" for number in commonest.tolist())
        return DataSet(
            self.table, self.fingerprint, self.kind, self.rejected, features, {"vocabulary.txt": vocabulary}, show=self.show
        )


def text_data(
    table: SampleTable,
    rejected: tuple[tuple[str, str], ...],
    words: Words,
    options: TextOptions,
    show: Callable[[int], Shown] | None = None,
) -> TextData:
    """`words` of the samples in `table` as data, with the fingerprint over words, labels and options."""
    digest = hashlib.sha256(bytes.fromhex(words.sha256()))
    digest.update(table.labels.tobytes())
    digest.update(json.dumps(asdict(options)).encode())
    return TextData(table, digest.hexdigest(), options.kind, rejected, words, options, show=show)
