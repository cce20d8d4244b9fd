"""The plainest form of labelled images: a folder for each class."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from utils.data.image_extraction import ImageSettings
from utils.data.image_files import Channels
from utils.data.image_folder import ImageFolder
from utils.data.image_layout import CLASS_FOLDERS
from utils.data.keras_files import refuse_regression
from utils.data.source import DataSource, SourceRequest, sources

Pixels = Annotated[int, Field(ge=1, le=4096)]
ImageSize = Annotated[list[Pixels], Field(min_length=2, max_length=2)]
"""Height and width."""


@sources.register("image_folders")
def image_folders(
    request: SourceRequest, *, image_size: ImageSize | None = None, channels: Channels | None = None
) -> DataSource:
    """Any images: one folder per class with files in and below it, or train and test with such folders.

    `image_size` [height, width] scales them; without it all must have one size. `channels` makes them grey or rgb; without it
    they are grey where all are.
    """
    refuse_regression(request, "image_folders")
    size = None if image_size is None else (image_size[0], image_size[1])
    return ImageFolder(request, ImageSettings(size, channels), CLASS_FOLDERS)
