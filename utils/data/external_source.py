"""Sets that another library hands out, as what they hold: texts, images or a table. The same paths as for local files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from utils.data.external_images import decode_images
from utils.data.external_set import ExternalSet
from utils.data.given_texts import GivenTexts
from utils.data.image_files import Channels
from utils.data.image_source import ImageArrays, ImageSource
from utils.data.source import DataSource, SourceRequest
from utils.data.table_cells import TableCells
from utils.data.table_data import TableData
from utils.data.table_labels import classes, targets
from utils.data.table_options import TableOptions
from utils.data.table_source import TableSource, make_table
from utils.data.text_data import TextOptions
from utils.data.text_source import TextSamples, TextSource
from utils.errors import DataError, ParameterError

Read = Callable[[], ExternalSet]
_LABEL = "label"


@dataclass(frozen=True)
class ExternalOptions:
    """What the parameter file says of the columns: a set of texts or images where it names one of these, otherwise a table."""

    text_column: str | None = None
    image_column: str | None = None
    label_column: str | None = None
    """The column to predict; None: `label` beside texts and images, in tables as `TableOptions` has it."""
    text: TextOptions = field(default_factory=TextOptions)
    image_size: Sequence[int] | None = None
    """Height and width to scale images to."""
    channels: Channels | None = None
    table: TableOptions = field(default_factory=TableOptions)
    """Of a table; `label_column` is its target."""


def external_source(request: SourceRequest, options: ExternalOptions, where: str, how_to_get: str, read: Read) -> DataSource:
    """The source that suits the set which `read` gives.

    Args:
        request: the classes to use, or that the label is a number.
        options: which column is what.
        where: names the set in messages.
        how_to_get: one sentence: where it comes from.
        read: gives the set when it is first needed.

    Raises:
        ParameterError: the options name both texts and images.
    """
    if options.text_column is not None and options.image_column is not None:
        raise ParameterError("text_column, image_column: a sample is a text or an image; name one of them", "data_params")
    label = options.label_column or _LABEL
    if options.text_column is not None:
        texts = GivenTexts(where, how_to_get, partial(_texts, read, options.text_column, label))
        return TextSource(request, options.text, texts)
    if options.image_column is not None:
        images = partial(_images, read, options, options.image_column, label, request.regression)
        return ImageSource(where, images, request.class_names, how_to_get)
    return TableSource(partial(_table, read, options, request), how_to_get)


def _texts(read: Read, column: str, label: str) -> tuple[TextSamples, Sequence[str]]:
    given = read()
    texts, labels = given.texts(column, "text_column"), _labels(given, label)
    test = None if given.test is None else given.test.tolist()
    own, present = given.classes.get(label), set(labels)
    order = None if own is None else tuple(name for name in own if name in present)
    return TextSamples(given.names, labels, test=test, classes=order), texts


def _labels(given: ExternalSet, label: str) -> list[str]:
    labels = given.texts(label, "label_column")
    if "" in labels:
        raise DataError(
            f"{given.where}: sample {given.names[labels.index('')]}, column {label!r}: has no label; a split without labels "
            "cannot be used, choose another by data_params.split"
        )
    return labels


def _images(read: Read, options: ExternalOptions, column: str, label: str, regression: bool) -> ImageArrays:
    given = read()
    size = None if options.image_size is None else (options.image_size[0], options.image_size[1])
    cells = TableCells(given.where, {label: _labels(given, label)}, range(len(given.names)))
    found = targets(cells, label) if regression else classes(cells, label, None, given.classes.get(label))
    pixels = decode_images(given.values(column, "image_column"), given.names, given.where, size, options.channels)
    return ImageArrays(pixels, found.values, np.array(given.names), given.test, found.class_names or None)


def _table(read: Read, options: ExternalOptions, request: SourceRequest) -> TableData:
    given = read()
    table = replace(options.table, target=options.label_column)
    unread = _unread(given, table)
    cells = {name: [] if name in unread else given.texts(name, "columns") for name in given.columns}
    return make_table(TableCells(given.where, cells, range(len(given.names))), table, request, given.classes, given.test)


def _unread(given: ExternalSet, table: TableOptions) -> set[str]:
    """Columns that nobody asks for, whatever they hold."""
    if table.columns is None or table.target is None:
        return set(table.ignore)
    return set(given.columns) - {*table.columns, table.target, table.group}
