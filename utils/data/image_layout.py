"""How a set of pictures lies in its folder: what a layout finds there, by names and small tables, never by pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from utils.data.files_below import files_below, folders_in
from utils.data.image_files import SUFFIXES
from utils.errors import DataError

_PARTS = ("test", "train")


@dataclass(frozen=True)
class Picture:
    """One image file of a set."""

    name: str
    """Path relative to the set's folder, with forward slashes."""
    label: str
    """"" where it is not known."""
    part: str = ""
    """test, train, or "" where the set has no parts of its own."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Group kind → the group that it belongs to."""
    place: str = ""
    """Where the label stands, for messages; "" where the picture's folder tells it."""
    unusable: bool = False
    """Whether people have found that it cannot be labelled."""


@dataclass(frozen=True)
class ImageLayout:
    """One form in which sets of pictures come."""

    find: Callable[[Path], Sequence[Picture]]
    """Folder → its pictures, in the order of their names."""
    expected: str
    """What is expected in the folder, for messages: "… is expected there"."""
    how_to_get: str
    """One sentence: where the set comes from."""
    numbers: bool = False
    """Whether labels may be numbers for regression to predict."""


def image_files(folder: Path, inner: str = "") -> list[str]:
    """Paths, relative to `folder` and sorted, of the images in and below its folder `inner`, without what is hidden."""
    return files_below(folder, SUFFIXES, inner)


def _find(folder: Path) -> list[Picture]:
    """All pictures with a label, in the order of their names."""
    present = folders_in(folder)
    parts = [part for part in _PARTS if part in present and folders_in(folder, part)]
    for other in set(present) - set(parts) if parts else ():
        if image_files(folder, other):
            raise DataError(
                f"{folder / other}: lies beside {' and '.join(parts)}, so it is neither a class nor a part that is known; move "
                "it away, or into the part that it belongs to"
            )
    pictures = []
    for part in parts or [""]:
        for path in sorted((folder / part).iterdir()):
            if _is_image(path.name) and path.is_file():
                raise DataError(f"{path}: lies in no class folder, so it has no label; move it into the folder of its class")
        for label in folders_in(folder, part):
            pictures += [Picture(name, label, part) for name in image_files(folder, f"{part}/{label}".lstrip("/"))]
    return pictures


def _is_image(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


CLASS_FOLDERS = ImageLayout(
    _find,
    expected=f"a folder for each class with its images ({', '.join(SUFFIXES)}), or train and test with such folders,",
    how_to_get="Sort your images into such folders.",
)
"""The plainest form of labelled images."""
