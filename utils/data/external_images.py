"""Pictures of a library's set as a data source: labels alone for a plan, pixels when a run starts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils.data.bad_files import refuse_if_too_many
from utils.data.external_pixels import GivenPictures
from utils.data.external_set import ExternalSet
from utils.data.image_extraction import ImageSettings
from utils.data.padded_texts import padded_texts
from utils.data.source import DataSet, DataSource, Kind, Progress, SampleTable, SourceRequest
from utils.data.table_cells import TableCells
from utils.data.table_labels import TableLabels, classes, targets
from utils.showing.picture import show_pixels


@dataclass(frozen=True)
class ImageColumns:
    """Which column is what."""

    image: str
    label: str
    group: str | None = None


class ExternalImages(DataSource):
    """Pictures that a library hands out."""

    kind: Kind = "image"
    default_model = "cnn"

    def __init__(
        self,
        request: SourceRequest,
        columns: ImageColumns,
        settings: ImageSettings,
        how_to_get: str,
        read: Callable[[], ExternalSet],
    ) -> None:
        """Keeps what it is given; `read` is called when the set is first needed."""
        self.how_to_get = how_to_get
        self._request = request
        self._columns = columns
        self._settings = settings
        self._read = read
        self._given: ExternalSet | None = None

    def scan(self) -> SampleTable:
        """The samples as their labels tell them; pictures that `load` finds to be unusable are among them."""
        self._given = self._given or self._read()
        labels = self._labels(self._given)
        return self._table(self._given, labels, np.flatnonzero(labels.kept))

    def load(self, cache: Path, progress: Progress) -> DataSet:
        """The pictures with their pixels, (n, height, width, 1 or 3); what `scan` has read is not read again."""
        given = self._given or self._read()
        self._given = None
        labels = self._labels(given)
        ids = np.flatnonzero(labels.kept)
        values = given.values(self._columns.image, "image_column")
        names = [given.names[sample] for sample in ids.tolist()]
        pictures = GivenPictures(given.where, names, [values[sample] for sample in ids.tolist()], self._request.folder)
        pixels, reasons = pictures.pixels(self._settings, progress)
        rejected = tuple((names[place], reasons[place]) for place in sorted(reasons))
        refuse_if_too_many(rejected, len(ids), self._request.max_bad_files, "images", given.where, one_must_be_left=True)
        table = self._table(given, labels, np.delete(ids, list(reasons)))
        pixels.flags.writeable = False
        digest = hashlib.sha256(pixels.data)
        digest.update(repr(pixels.shape).encode())
        digest.update(table.labels.astype(table.labels.dtype.newbyteorder("<")).tobytes())
        return DataSet(table, digest.hexdigest(), self.kind, rejected, pixels, show=partial(show_pixels, pixels))

    def _labels(self, given: ExternalSet) -> TableLabels:
        label = self._columns.label
        cells = TableCells(given.where, {label: given.labels(label)}, range(len(given.names)))
        if self._request.regression:
            return targets(cells, label)
        return classes(cells, label, self._request.class_names, given.classes.get(label))

    def _table(self, given: ExternalSet, labels: TableLabels, ids: NDArray[np.int64]) -> SampleTable:
        """The samples `ids` as a table."""
        values = labels.values[(np.cumsum(labels.kept) - 1)[ids]]
        members = given.groups(self._columns.group)
        groups = {kind: padded_texts(names, f"the name of a {kind}", given.place)[ids] for kind, names in members.items()}
        test = None if given.test is None else given.test[ids]
        return SampleTable(values, labels.class_names, np.array(given.names)[ids], groups, test)
