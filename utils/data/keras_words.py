"""Texts of Keras' own sets: lists of word numbers, which are the words' ranks from 1, the commonest first.

Keras' loader shifts the numbers and puts marks in front; here they stay what they are, because the vocabulary of a run is made
from its labelled texts, whatever the numbers are called. A word index beside the file turns numbers into words.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils import reading
from utils.data.keras_files import KerasSet, read_keras_archive
from utils.data.source import Progress
from utils.data.text_source import Reasons, TextReader, TextSamples
from utils.data.words import Words, offsets_of
from utils.data.words_cache import cached_words
from utils.errors import DataError

_MOST_WORDS = 2**22
"""Numbers from here on are no ranks of words; a table of all words has a place for each."""
_LONGEST_SET = 2**28
"""Words of all texts; Keras' own sets have a thirtieth of that, and a small pickle can repeat one text without end."""
_NO_PART_OF_A_WORD = re.compile(r"[ \t\n\r\v\f\ud800-\udfff]")
"""What texts are cut at; other white space of Unicode stands inside words of Keras' index."""


@dataclass(frozen=True)
class WordNumbers:
    """How one set lies in its archive."""

    keras_set: KerasSet
    parts: Mapping[str, tuple[str, str]]
    """Part → names of its arrays of texts and of labels."""
    classes: tuple[str, ...]
    """In the order of the labels."""
    index: str
    """File of the word index, which is optional."""
    test: Callable[[Sequence[int]], Sequence[bool]]
    """(Sizes of the parts) → (n,) the set's own test part."""


class KerasWords(TextReader):
    """Reads word numbers and labels out of one archive."""

    words_may_be_ranks = True

    def __init__(self, folder: Path, layout: WordNumbers) -> None:
        """Keeps what it is given; nothing is read yet."""
        self.where = str(folder)
        self.how_to_get = layout.keras_set.how_to_get
        self._folder = folder
        self._layout = layout
        self._count = 0
        """Labels that `samples` found last."""

    def samples(self) -> TextSamples:
        """Names and labels; the texts stay unread."""
        path = self._path()
        names: list[str] = []
        labels: list[str] = []
        sizes = []
        arrays = read_keras_archive(path, [labels_of for _, labels_of in self._layout.parts.values()])
        for part, values in zip(self._layout.parts, arrays, strict=True):
            _check_labels(values, len(self._layout.classes), f"{path}: labels of {part}")
            sizes.append(len(values))
            names += [f"{part} {number}" for number in range(len(values))]
            labels += [self._layout.classes[label] for label in values.tolist()]
        self._count = len(labels)
        return TextSamples(names, labels, test=self._layout.test(sizes), classes=self._layout.classes)

    def words(self, ids: NDArray[np.int64], cache: Path, progress: Progress) -> tuple[Words, Reasons]:
        """The words of the texts `ids` of the last `samples`; read from the archive once."""
        path = self._path()
        index = path.with_name(self._layout.index)
        facts = [
            [str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns] for file in (path, index) if file.is_file()
        ]
        words, reasons = cached_words(cache, ["keras", facts], lambda: (self._read(path, index, progress), {}))
        self._refuse_another_count(len(words), path)
        return (words if np.array_equal(ids, np.arange(len(words))) else words.take(ids)), reasons

    def _path(self) -> Path:
        return self._layout.keras_set.find(self._folder) / self._layout.keras_set.files[0]

    def _refuse_another_count(self, count: int, path: Path) -> None:
        if count != self._count:
            raise DataError(f"{path}: has {count:,} texts but {self._count:,} labels; get the file again")

    def _read(self, path: Path, index: Path, progress: Progress) -> Words:
        arrays: list[NDArray[Any]] = []
        for done, (part, (name, _)) in enumerate(self._layout.parts.items()):
            progress("reading word numbers", done, len(self._layout.parts))
            (array,) = read_keras_archive(path, [name])
            if array.ndim not in (1, 2):
                raise DataError(
                    f"{path}: texts of {part}: expected a list for each text, received shape {array.shape}; get the file again"
                )
            _refuse_if_too_long(array.size, path)
            arrays.append(array)
        # An array of no bytes can claim any number of empty texts, and each would become a list.
        self._refuse_another_count(sum(map(len, arrays)), path)
        texts = [text for array in arrays for text in array.tolist()]
        progress("reading word numbers", len(self._layout.parts), len(self._layout.parts))
        flat = _flat(texts, path)
        return Words(flat, offsets_of(map(len, texts)), _dictionary(index, flat) if index.is_file() else None)


def _check_labels(values: NDArray[Any], num_classes: int, where: str) -> None:
    if values.ndim != 1 or values.dtype.kind not in "iu" or not len(values):
        raise DataError(f"{where}: expected whole numbers, received shape {values.shape} of {values.dtype}; get the file again")
    if not 0 <= values.min() <= values.max() < num_classes:
        raise DataError(
            f"{where}: expected numbers from 0 to {num_classes - 1}, received {values.min()} to {values.max()}; get the file "
            "again"
        )


def _refuse_if_too_long(num_words: int, path: Path) -> None:
    if num_words > _LONGEST_SET:
        raise DataError(f"{path}: holds more than {_LONGEST_SET:,} words, which is none of Keras' sets; get the file again")


def _flat(texts: list[Any], path: Path) -> NDArray[np.int32]:
    """(w,) the numbers of all texts."""
    num_words = 0
    for number, text in enumerate(texts):
        num_words += len(text) if type(text) is list else 0
        _refuse_if_too_long(num_words, path)
        if type(text) is not list or set(map(type, text)) - {int}:
            raise DataError(f"{path}: text {number} is not a list of whole numbers; get the file again")
    try:
        flat = np.fromiter(itertools.chain.from_iterable(texts), np.int64)
    except OverflowError:
        flat = np.array([-1])
    if len(flat) and not 0 <= flat.min() <= flat.max() < _MOST_WORDS:
        raise DataError(f"{path}: holds a word number that is not from 0 to {_MOST_WORDS - 1:,}; get the file again")
    return flat.astype(np.int32)


def _dictionary(index: Path, flat: NDArray[np.int32]) -> tuple[str, ...]:
    """(v,) the word of each number up to the largest one, or #number where the index has no word for it."""
    try:
        numbers = json.loads(reading.read_text(index, reading.LARGEST_SMALL))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{index}: cannot be read as JSON ({error}); get the file again, or remove it") from None
    if not isinstance(numbers, dict) or not all(type(number) is int for number in numbers.values()):
        raise DataError(f"{index}: expected an object of word → number; get the file again, or remove it")
    words = {number: word for word, number in numbers.items()}
    broken = next((word for word in numbers if not word or _NO_PART_OF_A_WORD.search(word)), None)
    if broken is not None:
        raise DataError(f"{index}: {broken!r} is not a single word; get the file again, or remove it")
    count = int(flat.max(initial=-1)) + 1
    return tuple(words[number] if number in words else _made_up(number, numbers) for number in range(count))


def _made_up(number: int, taken: Mapping[str, int]) -> str:
    """A name for a number without a word that no word has."""
    name = f"#{number}"
    while name in taken:
        name = f"#{name}"
    return name
