"""A folder of pictures as a data source: every layout's files become samples with labels, names and groups."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from utils.annotation.shown import Shown
from utils.data.given_label import FOUND_UNUSABLE
from utils.data.image_extraction import ImageSettings, extract_images
from utils.data.image_layout import ImageLayout, Picture
from utils.data.label_rules import LabelRules
from utils.data.padded_texts import padded_texts
from utils.data.source import DataSet, DataSource, Kind, Progress, SampleTable, SourceRequest
from utils.errors import DataError
from utils.showing.picture import show_file


class ImageFolder(DataSource):
    """Pictures in files, decoded once."""

    kind: Kind = "image"
    default_model = "cnn"

    def __init__(self, request: SourceRequest, settings: ImageSettings, layout: ImageLayout) -> None:
        """Keeps what it is given; nothing is read yet."""
        self.how_to_get = layout.how_to_get
        self._request = dataclasses.replace(request, regression=request.regression and layout.numbers)
        self._settings = settings
        self._layout = layout

    def scan(self) -> SampleTable:
        """The samples as names of files and folders tell them; those that `load` finds to be unreadable are among them."""
        pictures, classes, _ = self._chosen()
        return self._table(pictures, classes)

    def load(self, cache: Path, progress: Progress) -> DataSet:
        """The pictures with their pixels, (n, height, width, 1 or 3), memory-mapped from the folder `cache`."""
        pictures, classes, left_out = self._chosen()
        names = [picture.name for picture in pictures]
        folder, most = self._request.folder, self._request.max_bad_files
        images = extract_images(folder, names, self._settings, cache, progress, most)
        good = [picture for picture, reason in zip(pictures, images.reasons, strict=True) if reason is None]
        damaged = [(name, reason) for name, reason in zip(names, images.reasons, strict=True) if reason is not None]
        rejected = (*((name, FOUND_UNUSABLE) for name in left_out), *damaged)
        table = self._table(good, classes)
        digest = hashlib.sha256(bytes.fromhex(images.sha256))
        digest.update(repr(images.features.shape).encode())
        digest.update(table.labels.astype(table.labels.dtype.newbyteorder("<")).tobytes())
        show = partial(_show, folder, [picture.name for picture in good])
        return DataSet(table, digest.hexdigest(), self.kind, rejected, images.features, show=show)

    def _chosen(self) -> tuple[list[Picture], tuple[str, ...], list[str]]:
        """The pictures of the classes in use, these classes in the order of their labels, and what people found unusable."""
        folder, expected = self._request.folder, self._layout.expected
        if not folder.is_dir():
            received = "it is a file" if folder.exists() else "there is no such folder"
            raise DataError(f"{folder}: {received}; {expected} is expected there. {self.how_to_get}")
        every = self._layout.find(folder)
        if not every:
            raise DataError(f"{folder}: no image found; {expected} is expected there. {self.how_to_get}")
        found, left_out = [one for one in every if not one.unusable], [one.name for one in every if one.unusable]
        if not found:
            raise DataError(f"{folder}: no image is left; {every[0].name}: {FOUND_UNUSABLE}")
        labels = [picture.label for picture in found]
        self._rules.refuse_unlabelled(labels, partial(_place, found))
        if self._request.regression:
            return found, (), left_out
        classes = self._rules.classes(labels, partial(_place, found))
        return [picture for picture in found if picture.label in {"", *classes}], classes, left_out

    @property
    def _rules(self) -> LabelRules:
        return LabelRules(str(self._request.folder), "image", self._request)

    def _table(self, pictures: Sequence[Picture], classes: tuple[str, ...]) -> SampleTable:
        labels = self._rules.values([picture.label for picture in pictures], classes, partial(_place, pictures))
        both = len({picture.part for picture in pictures}) > 1
        test = np.array([picture.part == "test" for picture in pictures]) if both else None
        kinds = pictures[0].groups if pictures else {}
        place = partial(_place, pictures)
        names = padded_texts([picture.name for picture in pictures], "the name of a file", place)
        groups = {}
        for kind in kinds:
            members = [picture.groups[kind] for picture in pictures]
            groups[kind] = padded_texts(members, f"an image with the name of a {kind}", place)
        return SampleTable(labels, classes, names, groups, test)


def _place(pictures: Sequence[Picture], position: int) -> str:
    return pictures[position].place or pictures[position].name


def _show(folder: Path, names: Sequence[str], sample: int) -> Shown:
    return show_file(folder / names[sample])
