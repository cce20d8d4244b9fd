"""New texts: word numbers or columns by the vocabulary that the run learnt from its first labels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from utils.data.text_data import MultiHot, Sequences, TextOptions
from utils.data.text_decoding import decoded, too_long
from utils.data.text_source import NO_WORDS
from utils.data.words import WordCollector, split_words
from utils.errors import DataError
from utils.prediction.cells import new_cells
from utils.prediction.new_data import Batch, NewData, find_files

_SUFFIXES = (".txt",)
_TEXTS_TOGETHER = 1_000
_NUMBERS_TOGETHER = 2**24
"""Features of the texts that are taken together: 64 MiB."""


class Texts(NewData):
    """A `.txt` file, a folder of them, or a CSV with a column of texts."""

    def __init__(self, path: Path, options: TextOptions, vocabulary: Sequence[str], column: str) -> None:
        """Reads a CSV, but no text of its own file.

        Args:
            path: of the file or folder.
            options: how the run's texts became features.
            vocabulary: its words, the commonest first.
            column: of the texts in a CSV.

        Raises:
            ParameterError: there is nothing at `path`.
            DataError: no text is there, or the CSV has no such column.
        """
        super().__init__()
        self._options = options
        self.sample_shape = options.sample_shape
        self._places = {word: place for place, word in enumerate(vocabulary, options.first_word)}
        self._cells: list[tuple[str, str]] | None = None
        self._found: list[tuple[str, Path]] = []
        if path.suffix.lower() == ".csv" and path.is_file():
            self._cells = _rows(path, column)
        else:
            self._found = find_files(path, _SUFFIXES)

    def batches(self) -> Iterator[Batch]:
        """A thousand texts at a time, or fewer where each has many columns."""
        waiting: list[tuple[str, list[bytes]]] = []
        together = max(1, min(_TEXTS_TOGETHER, _NUMBERS_TOGETHER // math.prod(self.sample_shape)))
        for name, text in self.read_each(self._found, _content) if self._cells is None else self._cells:
            words = split_words(text)
            if not words:
                self.rejected.append((name, NO_WORDS))
                continue
            waiting.append((name, words))
            if len(waiting) == together:
                yield self._batch(waiting)
                waiting = []
        if waiting:
            yield self._batch(waiting)

    def _batch(self, waiting: list[tuple[str, list[bytes]]]) -> Batch:
        collector = WordCollector()
        for _, words in waiting:
            collector.add(words)
        collected, options = collector.words(), self._options
        unknown = options.first_word - 1
        numbers = np.array([self._places.get(word, unknown) for word in collected.dictionary or ()], np.int64)
        features: Sequences | MultiHot
        if options.vectorise == "sequence":
            features = Sequences(collected, numbers.astype(np.float32), options.length)
        else:
            features = MultiHot(collected, numbers, options.vocabulary)
        names = [name for name, _ in waiting]
        return Batch(names, names, features[np.arange(len(names))])


def _content(path: Path) -> str:
    if problem := too_long(path.stat().st_size):
        raise DataError(problem)
    return decoded(path.read_bytes())


def _rows(path: Path, column: str) -> list[tuple[str, str]]:
    """(name, text) of each row of the CSV `path`."""
    cells = new_cells(path)
    if column not in cells.columns:
        raise DataError(f"{path}: row 1 names no column {column!r}, which holds the texts; received {', '.join(cells.columns)}")
    return [(f"row {row}", text) for row, text in zip(cells.rows, cells.columns[column], strict=True)]
