"""Images that nobody has sorted: what people label."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from utils.data.given_labels import read_given_labels
from utils.data.image_extraction import ImageSettings
from utils.data.image_files import SUFFIXES, Channels
from utils.data.image_folder import ImageFolder
from utils.data.image_layout import ImageLayout, Picture, image_files
from utils.data.sets.image_folders import ImageSize
from utils.data.source import DataSource, SourceRequest, sources


@sources.register("image_files")
def image_files_set(
    request: SourceRequest,
    *,
    labels: str | None = None,
    image_size: ImageSize | None = None,
    channels: Channels | None = None,
) -> DataSource:
    """All images in and below a folder, without labels, for people to label.

    `labels` names a CSV in that folder with the columns file, label and, where wanted, group: what is known already. A
    labels.csv that a run has written is such a file, too; what its annotators found unusable is left out. `image_size` [height,
    width] scales the images; without it all must have one size. `channels` makes them grey or rgb; without it they are grey
    where all are.
    """
    layout = ImageLayout(
        partial(_find, table=labels, numbers=request.regression),
        expected=f"a folder of images ({', '.join(SUFFIXES)})",
        how_to_get="Put your images there, in folders or not; people label them.",
        numbers=True,
    )
    size = None if image_size is None else (image_size[0], image_size[1])
    return ImageFolder(request, ImageSettings(size, channels), layout)


def _find(folder: Path, table: str | None, *, numbers: bool) -> Sequence[Picture]:
    names = image_files(folder)
    given = read_given_labels(folder, table, names, numbers=numbers)
    labels = {name: given.label(name) for name in names}
    return [
        Picture(name, label.label, groups=given.groups_of(name), place=label.place, unusable=label.unusable)
        for name, label in labels.items()
    ]
