"""Texts as people keep them in spreadsheets: a row for each, with its label beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from utils.csv_text import cells_of_any_length
from utils.data.given_texts import GivenTexts
from utils.data.label_rules import PEOPLE_CAN_LABEL
from utils.data.source import DataSource, SourceRequest, sources
from utils.data.table_file import find_csv, read_cells
from utils.data.text_data import Length, TextOptions, Vectorise, VocabularySize
from utils.data.text_decoding import too_long
from utils.data.text_source import NO_WORDS, TextSamples, TextSource
from utils.data.words import PUNCTUATION
from utils.errors import DataError, ParameterError

_GROUP = "group"
_PART_OF_A_WORD = re.compile(rf"[^ \t\n\r\v\f{re.escape(PUNCTUATION.decode())}]")


@sources.register("text_csv")
def text_csv(
    request: SourceRequest,
    *,
    text_column: str = "text",
    label_column: str = "label",
    vectorise: Vectorise = TextOptions.vectorise,
    vocabulary: VocabularySize = TextOptions.vocabulary,
    length: Length = TextOptions.length,
) -> DataSource:
    """Any texts in a CSV with the columns text, label and optionally group; data_dir names it, or its folder.

    Where people label, the column label may be empty in some rows or in all.
    """
    how_to_get = (
        f"Write one in UTF-8: a first row {text_column},{label_column} (and {_GROUP}, where texts belong together), then a row "
        "for each text."
    )
    read = partial(_read, request.folder, text_column, label_column, gaps=request.unlabelled)
    return TextSource(request, TextOptions(vectorise, vocabulary, length), GivenTexts(str(request.folder), how_to_get, read))


def _read(folder: Path, text_column: str, label_column: str, *, gaps: bool) -> tuple[TextSamples, Sequence[str]]:
    """The rows; a row's number is that of the line on which it ends."""
    with cells_of_any_length():
        cells = read_cells(find_csv(folder))
    missing = [column for column in (text_column, label_column) if column not in cells.columns]
    if missing:
        raise DataError(
            f"{cells.where}: row 1 names no column {' and no column '.join(map(repr, missing))}; expected {text_column}, "
            f"{label_column} and, where wanted, {_GROUP}; received {', '.join(cells.columns)}; correct it, or set text_column "
            "and label_column in data_params"
        )
    if text_column == label_column:
        raise ParameterError(f"label_column: {label_column!r} is the text too; a column plays one part", "data_params")
    texts, labels = cells.columns[text_column], cells.columns[label_column]
    if "" in labels and not gaps:
        place = cells.cell(label_column, labels.index(""))
        raise DataError(f"{place}: is empty; write the label, delete the row, or {PEOPLE_CAN_LABEL}")
    names = [f"row {row}" for row in cells.rows]
    groups = [group or name for group, name in zip(cells.columns.get(_GROUP, names), names, strict=True)]
    unusable = {position: reason for position, text in enumerate(texts) if (reason := _fault(text))}
    kinds = {_GROUP: groups} if _GROUP in cells.columns else {}
    places = [cells.cell(label_column, position) for position in range(len(labels))]
    return TextSamples(names, labels, kinds, unusable=unusable, places=places), texts


def _fault(text: str) -> str | None:
    """Why a text cannot be used, or None where it can."""
    return too_long(len(text.encode())) if _PART_OF_A_WORD.search(text) else NO_WORDS
