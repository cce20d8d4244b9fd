"""Texts in files of their own, one each, as a reader of texts; how they lie in folders is told by a function."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.data.files_below import check_inside, check_utf8, entries_below
from utils.data.given_texts import TEXTS_PER_REPORT
from utils.data.passing_error import PassingError
from utils.data.source import Progress
from utils.data.text_decoding import LONGEST_TEXT, decoded, too_long
from utils.data.text_source import NO_WORDS, Reasons, TextReader, TextSamples
from utils.data.words import WordCollector, Words, split_words
from utils.data.words_cache import cached_words
from utils.errors import DataError

SUFFIX = ".txt"
_NO_FILE = "it is no file that holds text; remove it"


@dataclass(frozen=True)
class TextFile:
    """One file of a set, as its folder tells of it."""

    name: str
    """Path relative to the set's folder, with forward slashes."""
    size: int
    """Bytes; -1 where it cannot be told."""
    changed: int
    """Nanoseconds."""
    regular: bool
    """False for what can be opened but not read to its end, such as a pipe."""
    label: str = ""
    """"" where it is not known."""
    part: str = ""
    """test, train, or "" where the set has no parts of its own."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Group kind → the group that it belongs to."""
    place: str = ""
    """Where the label stands, for messages; "" where the file's folder tells it."""
    unusable: bool = False
    """Whether people have found that it cannot be labelled."""

    @property
    def reason(self) -> str | None:
        """Why it cannot be used, as far as that is known without a look into it."""
        if not self.regular:
            return _NO_FILE
        return too_long(self.size) if self.size else NO_WORDS


class TextFiles(TextReader):
    """Reads texts in files."""

    def __init__(
        self, folder: Path, find: Callable[[Path], Iterator[TextFile] | Sequence[TextFile]], expected: str, how_to_get: str
    ) -> None:
        """`find` gives the files in and below `folder`, where messages say that `expected` is expected."""
        self.where = str(folder)
        self.how_to_get = how_to_get
        self._folder = folder
        self._find = find
        self._expected = expected
        self._files: list[TextFile] = []

    def samples(self) -> TextSamples:
        """Names and labels by the names of files and folders, without a look into them."""
        if not self._folder.is_dir():
            received = "it is a file" if self._folder.exists() else "there is no such folder"
            raise DataError(f"{self._folder}: {received}; {self._expected} is expected there. {self.how_to_get}")
        found = sorted(self._find(self._folder), key=lambda file: file.name)
        if not found:
            raise DataError(f"{self.where}: no text found; {self._expected} is expected there. {self.how_to_get}")
        self._files = [file for file in found if not file.unusable]
        unusable = {number: file.reason for number, file in enumerate(self._files) if file.reason}
        both = len({file.part for file in self._files}) > 1
        return TextSamples(
            [file.name for file in self._files],
            [file.label for file in self._files],
            {kind: [file.groups[kind] for file in self._files] for kind in found[0].groups},
            [file.part == "test" for file in self._files] if both else None,
            unusable=unusable,
            places=[file.place or file.name for file in self._files],
            left_out=[file.name for file in found if file.unusable],
        )

    def words(self, ids: NDArray[np.int64], cache: Path, progress: Progress) -> tuple[Words, Reasons]:
        """The words of the texts `ids` of the last `samples`; none of those that it found unusable."""
        chosen = [self._files[text] for text in ids]
        passing: list[PassingError] = []

        def cut() -> tuple[Words, Reasons]:
            collector = WordCollector()
            reasons = {}
            for number, file in enumerate(chosen):
                try:
                    collector.add([] if file.reason else split_words(_text(self._folder / file.name)))
                except DataError as error:
                    collector.add([])
                    reasons[number] = str(error)
                    passing.extend([error] if isinstance(error, PassingError) else [])
                if (number + 1) % TEXTS_PER_REPORT == 0 or number + 1 == len(chosen):
                    progress("cutting texts into words", number + 1, len(chosen))
            return collector.words(), reasons

        facts = [[file.name, file.size, file.changed] for file in chosen]
        return cached_words(cache, ["files", str(self._folder.resolve()), facts], cut, lambda: not passing, len(chosen))

    def text(self, position: int) -> str:
        """The text at that position of the last `samples`, read anew."""
        path = self._folder / self._files[position].name
        try:
            return _text(path)
        except DataError as error:
            raise DataError(f"{path}: cannot be shown: {error}") from None


def text_files(folder: Path, inner: str = "") -> Iterator[TextFile]:
    """The texts in and below the folder `inner` of `folder`, without labels; not the hidden ones.

    Raises:
        DataError: the name of one is not UTF-8, one is a link that leads out of `folder`, or a folder cannot be read.
    """
    for name, entry in entries_below(folder, inner):
        if entry.name.lower().endswith(SUFFIX):
            check_utf8(folder, name)
            check_inside(folder, name)
            try:
                status = entry.stat()
                yield TextFile(name, status.st_size, status.st_mtime_ns, stat.S_ISREG(status.st_mode))
            except OSError:
                yield TextFile(name, -1, -1, regular=True)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_TEXT + 1)
    except OSError as error:
        raise PassingError(f"it cannot be read: {error.strerror or error}") from None
    if reason := too_long(len(content)):
        raise DataError(reason)
    return decoded(content)
