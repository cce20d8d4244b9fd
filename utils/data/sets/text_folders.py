"""The plainest form of labelled texts: a folder for each class, as the Large Movie Review Dataset comes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from utils.data.files_below import folders_in, leads_out
from utils.data.source import DataSource, SourceRequest, sources
from utils.data.text_data import Length, TextOptions, Vectorise, VocabularySize
from utils.data.text_files import TextFile, TextFiles, text_files
from utils.data.text_source import TextSource
from utils.errors import DataError

_PARTS = ("test", "train")
_WITHOUT_LABELS = "unsup"
"""What aclImdb calls, beside its classes and in its folder train alone, the reviews that have none."""
_REVIEWS = {"neg", "pos"}
_UNPACKED = "aclImdb"
_EXPECTED = "a folder for each class with its texts (.txt), or train and test with such folders,"
_HOW_TO_GET = (
    "For 50,000 film reviews unpack https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz, and set data_dir to "
    "the folder aclImdb; texts of your own you sort into such folders."
)


@sources.register("text_folders")
def text_folders(
    request: SourceRequest,
    *,
    vectorise: Vectorise = TextOptions.vectorise,
    vocabulary: VocabularySize = TextOptions.vocabulary,
    length: Length = TextOptions.length,
) -> DataSource:
    """Any texts: one folder per class with `.txt` files in and below it, or train and test with such folders (as aclImdb)."""
    unpacked = request.folder / _UNPACKED
    folder = unpacked if unpacked.is_dir() and not leads_out(request.folder, _UNPACKED) else request.folder
    return TextSource(request, TextOptions(vectorise, vocabulary, length), TextFiles(folder, _found, _EXPECTED, _HOW_TO_GET))


def _found(folder: Path) -> Iterator[TextFile]:
    """All texts with a label; files beside the folders of classes have none and are passed over."""
    present = folders_in(folder)
    parts = [part for part in _PARTS if part in present and folders_in(folder, part)]
    for other in set(present) - set(parts) if parts else ():
        if any(text_files(folder, other)):
            raise DataError(
                f"{folder / other}: lies beside {' and '.join(parts)}, so it is neither a class nor a part that is known; move "
                "it away, or into the part that it belongs to"
            )
    for part in parts or [""]:
        labels = set(folders_in(folder, part))
        if (folder / part).resolve().name == "train" and labels >= _REVIEWS:
            labels.discard(_WITHOUT_LABELS)
        for label in labels:
            for file in text_files(folder, f"{part}/{label}".lstrip("/")):
                yield dataclasses.replace(file, label=label, part=part)
