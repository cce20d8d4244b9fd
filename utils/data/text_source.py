"""Any set of texts as a data source: what all of them share once a reader has told names, labels and words.

A reader knows one form in which texts come: files in folders, a table, numbers of words. `scan` asks it for names and labels
alone; `load` for the words too, and leaves out the texts that turn out to be unreadable or to hold no word.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.annotation.shown import Shown
from utils.data.bad_files import refuse_if_too_many
from utils.data.given_label import FOUND_UNUSABLE
from utils.data.label_rules import LabelRules
from utils.data.padded_texts import padded_texts
from utils.data.source import DataSource, Progress, SampleTable, SourceRequest
from utils.data.text_data import TextData, TextOptions, text_data
from utils.data.words import Words
from utils.errors import DataError
from utils.showing.words import show_text

NO_WORDS = "it holds no word; write some, or remove it"
"""Why an empty text is left out."""

Reasons = Mapping[int, str]
"""Position of a text → why it cannot be used."""


@dataclass(frozen=True)
class TextSamples:
    """The n texts of a set without their words, in an order that does not depend on the file system."""

    names: Sequence[str]
    """(n,) file or row of each text."""
    labels: Sequence[str]
    """(n,) class of each text; in regression its target, written as a number; "" where it is not known."""
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Group kind → (n,) the group that each text belongs to."""
    test: Sequence[bool] | None = None
    """(n,) the set's own test part, where it comes with one."""
    classes: tuple[str, ...] | None = None
    """The classes in the set's own order; None for that of `class_order`."""
    unusable: Reasons = field(default_factory=dict)
    """The texts that are known to be unusable without a look at their words."""
    places: Sequence[str] | None = None
    """(n,) where each label stands, for messages; None: the set with the text's name."""
    left_out: Sequence[str] = ()
    """Names of further texts, which annotators found unusable."""


class TextReader(ABC):
    """One form in which sets of texts come."""

    where: str
    """The set in messages: its folder or file."""
    how_to_get: str
    """One sentence for the user who does not have it: where it comes from."""
    words_may_be_ranks = False
    """Whether the set may tell ranks in place of words, so that a vocabulary of numbers alone means nothing elsewhere."""

    @abstractmethod
    def samples(self) -> TextSamples:
        """Names and labels of all texts.

        Raises:
            DataError: the set is missing or not in its documented form.
        """

    @abstractmethod
    def words(self, ids: NDArray[np.int64], cache: Path, progress: Progress) -> tuple[Words, Reasons]:
        """The words of the texts `ids` (m,), in that order, and the positions in `ids` of those that cannot be read.

        A text that cannot be read has no words. What is costly is kept in the folder `cache`: see utils/data/words_cache.py.
        """

    def text(self, position: int) -> str | None:
        """The text at that position of the last `samples`, as it is; None where the set tells words alone.

        Raises:
            DataError: it cannot be read any more.
        """
        return None


class TextSource(DataSource):
    """Texts, fed to models as sequences of word numbers or as rows of a column per word."""

    def __init__(self, request: SourceRequest, options: TextOptions, reader: TextReader) -> None:
        """Keeps what it is given; nothing is read yet."""
        self.kind = options.kind
        self.default_model = "bilstm" if options.vectorise == "sequence" else "dense"
        self.how_to_get = reader.how_to_get
        self._request = request
        self._options = options
        self._reader = reader

    @property
    def words_may_be_ranks(self) -> bool:
        """As `TextReader.words_may_be_ranks`."""
        return self._reader.words_may_be_ranks

    @property
    def model_params(self) -> Mapping[str, Any]:
        """How many word numbers there are, for models that embed them."""
        return {"vocabulary": self._options.vocabulary} if self._options.vectorise == "sequence" else {}

    def scan(self) -> SampleTable:
        """The texts as names and labels tell them; those that `load` finds to be unusable are still among them."""
        samples, ids, classes = self._chosen()
        return self._table(samples, np.setdiff1d(ids, list(samples.unusable)), classes)

    def load(self, cache: Path, progress: Progress) -> TextData:
        """The texts with their words, cut once and then taken from the folder `cache`."""
        samples, ids, classes = self._chosen()
        words, unreadable = self._reader.words(ids, cache, progress)
        reasons = dict.fromkeys(np.flatnonzero(words.lengths == 0).tolist(), NO_WORDS)
        reasons |= unreadable
        reasons |= {place: samples.unusable[text] for place, text in enumerate(ids.tolist()) if text in samples.unusable}
        rejected = [(samples.names[ids[place]], reasons[place]) for place in sorted(reasons)]
        refuse_if_too_many(rejected, len(ids), self._request.max_bad_files, "texts", self._reader.where)
        if reasons:
            kept = np.setdiff1d(np.arange(len(ids)), list(reasons))
            ids, words = ids[kept], words.take(kept)
        rejected = [(name, FOUND_UNUSABLE) for name in samples.left_out] + rejected
        show = None if words.dictionary is None else partial(_show, self._reader, ids, words)
        return text_data(self._table(samples, ids, classes), tuple(rejected), words, self._options, show)

    def _chosen(self) -> tuple[TextSamples, NDArray[np.int64], tuple[str, ...]]:
        """All samples, which of them are of the classes in use, and these classes in the order of their labels."""
        samples = self._reader.samples()
        rules = LabelRules(self._reader.where, "text", self._request, samples.classes)
        rules.refuse_unlabelled(samples.labels, partial(self._place, samples))
        if self._request.regression:
            return samples, np.arange(len(samples.names)), ()
        classes = rules.classes(samples.labels, partial(self._place, samples))
        wanted = {"", *classes}
        return samples, np.flatnonzero([label in wanted for label in samples.labels]), classes

    def _place(self, samples: TextSamples, text: int) -> str:
        return f"{self._reader.where}: {samples.names[text]}" if samples.places is None else samples.places[text]

    def _table(self, samples: TextSamples, ids: NDArray[np.int64], classes: tuple[str, ...]) -> SampleTable:
        """The texts `ids` as a table.

        Raises:
            DataError: there is none.
        """
        if not len(ids):
            reasons = [(name, FOUND_UNUSABLE) for name in samples.left_out]
            reasons += [(samples.names[text], reason) for text, reason in samples.unusable.items()]
            known = next((f"; {name}: {reason}" for name, reason in reasons), "")
            raise DataError(f"{self._reader.where}: no text is left that can be used{known}")
        labels, names = [samples.labels[text] for text in ids], [samples.names[text] for text in ids]
        rules = LabelRules(self._reader.where, "text", self._request)
        return SampleTable(
            rules.values(labels, classes, lambda position: self._place(samples, int(ids[position]))),
            classes,
            padded_texts(names, "the name of a text", lambda _: self._reader.where),
            {kind: self._groups(samples, kind)[ids] for kind in samples.groups},
            None if samples.test is None else np.array(samples.test, bool)[ids],
        )

    def _groups(self, samples: TextSamples, kind: str) -> NDArray[np.str_]:
        """The group of this kind that each of all texts belongs to."""
        where = self._reader.where
        return padded_texts(samples.groups[kind], f"the name of a {kind}", lambda text: f"{where}: {samples.names[text]}")


def _show(reader: TextReader, ids: NDArray[np.int64], words: Words, sample: int) -> Shown:
    """What a person is shown of the text `ids[sample]`."""
    text = reader.text(int(ids[sample]))
    if text is not None:
        return show_text(text)
    return show_text(" ".join(map(words.word, words.take(np.array([sample])).flat.tolist())), "the set tells words alone")
