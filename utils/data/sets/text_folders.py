"""The plainest form of labelled texts: a folder for each class, as the Large Movie Review Dataset comes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.data.audio_layout import subfolders
from utils.data.given_texts import TEXTS_PER_REPORT
from utils.data.passing_error import PassingError
from utils.data.source import DataSource, Progress, SourceRequest, sources
from utils.data.text_data import Length, TextOptions, Vectorise, VocabularySize
from utils.data.text_decoding import LONGEST_TEXT, decoded, too_long
from utils.data.text_source import NO_WORDS, Reasons, TextReader, TextSamples, TextSource
from utils.data.words import WordCollector, Words, split_words
from utils.data.words_cache import cached_words
from utils.errors import DataError

_PARTS = ("test", "train")
_WITHOUT_LABELS = "unsup"
"""What aclImdb calls, beside its classes and in its folder train alone, the reviews that have none."""
_REVIEWS = {"neg", "pos"}
_NO_FILE = "it is no file that holds text; remove it"
_UNPACKED = "aclImdb"
_EXPECTED = "a folder for each class with its texts (.txt), or train and test with such folders,"


@sources.register("text_folders")
def text_folders(
    request: SourceRequest,
    *,
    vectorise: Vectorise = TextOptions.vectorise,
    vocabulary: VocabularySize = TextOptions.vocabulary,
    length: Length = TextOptions.length,
) -> DataSource:
    """Any texts: one folder per class with `.txt` files in and below it, or train and test with such folders (as aclImdb)."""
    return TextSource(request, TextOptions(vectorise, vocabulary, length), _Folders(request.folder))


@dataclass(frozen=True)
class _File:
    name: str
    """Path relative to the set's folder, with forward slashes."""
    label: str
    part: str
    size: int
    """Bytes; -1 where it cannot be told."""
    changed: int
    """Nanoseconds."""
    regular: bool
    """False for what can be opened but not read to its end, such as a pipe."""

    @property
    def reason(self) -> str | None:
        """Why it cannot be used, as far as that is known without a look into it."""
        if not self.regular:
            return _NO_FILE
        return too_long(self.size) if self.size else NO_WORDS


class _Folders(TextReader):
    """Files in folders."""

    how_to_get = (
        "For 50,000 film reviews unpack https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz, and set data_dir to "
        "the folder aclImdb; texts of your own you sort into such folders."
    )

    def __init__(self, folder: Path) -> None:
        unpacked = folder / _UNPACKED
        self._folder = unpacked if unpacked.is_dir() else folder
        self.where = str(self._folder)
        self._files: list[_File] = []

    def samples(self) -> TextSamples:
        """Names and labels by the names of files and folders, without a look into them."""
        self._files = sorted(_found(self._folder, self.how_to_get), key=lambda file: file.name)
        if not self._files:
            raise DataError(f"{self.where}: no text found; {_EXPECTED} is expected there. {self.how_to_get}")
        unusable = {number: file.reason for number, file in enumerate(self._files) if file.reason}
        both = len({file.part for file in self._files}) > 1
        test = [file.part == "test" for file in self._files] if both else None
        return TextSamples(
            [file.name for file in self._files], [file.label for file in self._files], test=test, unusable=unusable
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
        return cached_words(cache, ["files", str(self._folder.resolve()), facts], cut, lambda: not passing)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_TEXT + 1)
    except OSError as error:
        raise PassingError(f"it cannot be read: {error.strerror or error}") from None
    if reason := too_long(len(content)):
        raise DataError(reason)
    return decoded(content)


def _found(folder: Path, how_to_get: str) -> Iterator[_File]:
    """All texts with a label; files beside the folders of classes have none and are passed over."""
    if not folder.is_dir():
        received = "it is a file" if folder.exists() else "there is no such folder"
        raise DataError(f"{folder}: {received}; {_EXPECTED} is expected there. {how_to_get}")
    present = subfolders(folder)
    parts = [part for part in _PARTS if part in present and subfolders(folder / part)]
    for other in set(present) - set(parts) if parts else ():
        if any(_files_below(folder, other)):
            raise DataError(
                f"{folder / other}: lies beside {' and '.join(parts)}, so it is neither a class nor a part that is known; move "
                "it away, or into the part that it belongs to"
            )
    for part in parts or [""]:
        labels = set(subfolders(folder / part))
        if (folder / part).resolve().name == "train" and labels >= _REVIEWS:
            labels.discard(_WITHOUT_LABELS)
        for label in labels:
            for name, size, changed, regular in _files_below(folder, f"{part}/{label}".lstrip("/")):
                yield _File(name, label, part, size, changed, regular)


def _files_below(folder: Path, inner: str) -> Iterator[tuple[str, int, int, bool]]:
    """(path relative to `folder`, bytes, time of change, whether regular) of the texts in and below `inner`, not the hidden."""
    with os.scandir(folder / inner) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            name = f"{inner}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _files_below(folder, name)
            elif entry.name.lower().endswith(".txt"):
                try:
                    status = entry.stat()
                    yield name, status.st_size, status.st_mtime_ns, stat.S_ISREG(status.st_mode)
                except OSError:
                    yield name, -1, -1, True
