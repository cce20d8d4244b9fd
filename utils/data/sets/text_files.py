"""Texts that nobody has sorted: what people label."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from utils.data.given_labels import read_given_labels
from utils.data.source import DataSource, SourceRequest, sources
from utils.data.text_data import Length, TextOptions, Vectorise, VocabularySize
from utils.data.text_files import SUFFIX, TextFile, TextFiles, text_files
from utils.data.text_source import TextSource

_HOW_TO_GET = "Put your texts there, in folders or not; people label them."


@sources.register("text_files")
def text_files_set(
    request: SourceRequest,
    *,
    labels: str | None = None,
    vectorise: Vectorise = TextOptions.vectorise,
    vocabulary: VocabularySize = TextOptions.vocabulary,
    length: Length = TextOptions.length,
) -> DataSource:
    """All texts (`.txt`) in and below a folder, without labels, for people to label.

    `labels` names a CSV in that folder with the columns file, label and, where wanted, group: what is known already. A
    labels.csv that a run has written is such a file, too; what its annotators found unusable is left out.
    """
    find = partial(_find, table=labels, numbers=request.regression)
    reader = TextFiles(request.folder, find, f"a folder of texts ({SUFFIX})", _HOW_TO_GET)
    return TextSource(request, TextOptions(vectorise, vocabulary, length), reader)


def _find(folder: Path, table: str | None, *, numbers: bool) -> Sequence[TextFile]:
    files = list(text_files(folder))
    given = read_given_labels(folder, table, [file.name for file in files], numbers=numbers)
    return [
        dataclasses.replace(
            file,
            label=given.label(file.name).label,
            groups=given.groups_of(file.name),
            place=given.label(file.name).place,
            unusable=given.label(file.name).unusable,
        )
        for file in files
    ]
