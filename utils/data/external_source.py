"""Sets that another library hands out, as what they hold: texts, images or a table. The same paths as for local files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from utils.data.external_images import ExternalImages, ImageColumns
from utils.data.external_set import ExternalSet
from utils.data.given_texts import GivenTexts
from utils.data.image_extraction import ImageSettings
from utils.data.image_files import Channels
from utils.data.source import DataSource, SourceRequest
from utils.data.table_cells import TableCells
from utils.data.table_data import TableData
from utils.data.table_options import TableOptions
from utils.data.table_source import TableSource, make_table
from utils.data.text_data import Length, TextOptions, Vectorise, VocabularySize
from utils.data.text_source import TextSamples, TextSource
from utils.errors import DataError, ParameterError

Read = Callable[[], ExternalSet]
_LABEL = "label"
_OF_TEXTS = ("vectorise", "vocabulary", "length")
_OF_IMAGES = ("image_size", "channels")
_OF_TABLES = ("columns", "categorical", "ignore")


@dataclass(frozen=True)
class ExternalOptions:
    """What the parameter file says of the columns: a set of texts or images where it names one of these, otherwise a table.

    What it does not say is None, so that an option that does not suit the set is told from one that was left out.
    """

    text_column: str | None = None
    image_column: str | None = None
    label_column: str | None = None
    """The column to predict; None: `label` beside texts and images, in tables as `TableOptions` has it."""
    group: str | None = None
    """The column that says which samples belong together."""
    vectorise: Vectorise | None = None
    vocabulary: VocabularySize | None = None
    length: Length | None = None
    """Of texts, with the two above: see `TextOptions`."""
    image_size: Sequence[int] | None = None
    """Height and width to scale images to."""
    channels: Channels | None = None
    columns: Sequence[str] | None = None
    categorical: Sequence[str] | None = None
    ignore: Sequence[str] | None = None
    """Of tables, with the two above: see `TableOptions`."""

    @property
    def text(self) -> TextOptions:
        """Of texts, with the usual values where none are given."""
        given = {name: getattr(self, name) for name in _OF_TEXTS if getattr(self, name) is not None}
        return TextOptions(**given)

    @property
    def image(self) -> ImageSettings:
        """Of images."""
        size = None if self.image_size is None else (self.image_size[0], self.image_size[1])
        return ImageSettings(size, self.channels)

    @property
    def table(self) -> TableOptions:
        """Of a table."""
        return TableOptions(self.label_column, self.columns, self.categorical, self.group, self.ignore or ())

    def refuse(self, names: Sequence[str], kind: str, advice: str) -> None:
        """Raises ParameterError: one of the options `names` was given, which means nothing for a set of the kind `kind`."""
        problems = [
            f"{name}: means nothing for a set of {kind}; leave it out, or {advice}"
            for name in names
            if getattr(self, name) is not None
        ]
        if problems:
            raise ParameterError(problems, "data_params")


def external_source(request: SourceRequest, options: ExternalOptions, where: str, how_to_get: str, read: Read) -> DataSource:
    """The source that suits the set which `read` gives.

    Args:
        request: the classes to use, or that the label is a number.
        options: which column is what.
        where: names the set in messages.
        how_to_get: one sentence: where it comes from.
        read: gives the set when it is first needed.

    Raises:
        ParameterError: the options name both texts and images, or one that does not suit the set.
    """
    if options.text_column is not None and options.image_column is not None:
        raise ParameterError("text_column, image_column: a sample is a text or an image; name one of them", "data_params")
    label = options.label_column or _LABEL
    if options.text_column is not None:
        options.refuse((*_OF_IMAGES, *_OF_TABLES), "texts", "leave out text_column")
        texts = GivenTexts(where, how_to_get, partial(_texts, read, options.text_column, label, options.group))
        return TextSource(request, options.text, texts)
    if options.image_column is not None:
        options.refuse((*_OF_TEXTS, *_OF_TABLES), "images", "leave out image_column")
        columns = ImageColumns(options.image_column, label, options.group)
        return ExternalImages(request, columns, options.image, how_to_get, read)
    options.refuse((*_OF_TEXTS, *_OF_IMAGES), "numbers and categories", "name text_column or image_column")
    return TableSource(partial(_table, read, options.table, request), how_to_get)


def _texts(read: Read, column: str, label: str, group: str | None) -> tuple[TextSamples, Sequence[str]]:
    given = read()
    texts, labels = given.texts(column, "text_column"), given.labels(label)
    test = None if given.test is None else given.test.tolist()
    own, present = given.classes.get(label), set(labels)
    order = None if own is None else tuple(name for name in own if name in present)
    return TextSamples(given.names, labels, given.groups(group), test, order), texts


def _table(read: Read, table: TableOptions, request: SourceRequest) -> TableData:
    given = read()
    if not given.names:
        raise DataError(f"{given.where}: holds no samples; choose another split by data_params.split")
    unread = _unread(given, table)
    if table.target in given.columns:
        given.labels(table.target)
    cells = {name: [] if name in unread else given.texts(name, "columns") for name in given.columns}
    return make_table(TableCells(given.where, cells, range(len(given.names))), table, request, given.classes, given.test)


def _unread(given: ExternalSet, table: TableOptions) -> set[str]:
    """Columns that nobody asks for, whatever they hold."""
    if table.columns is None or table.target is None:
        return set(table.ignore)
    return set(given.columns) - {*table.columns, table.target, table.group}
