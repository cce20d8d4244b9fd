"""What every kind of new samples promises: features just as training made them, and a reason for what has none."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from utils.data.audio_layout import read_table
from utils.data.files_below import names_below
from utils.errors import DataError, ParameterError

T = TypeVar("T")
_PATH = "path"


@dataclass(frozen=True)
class Batch:
    """Some samples; n = number of samples, one or more."""

    names: Sequence[str]
    """(n,) what a person would call each, as the run's own samples are called."""
    files: Sequence[str]
    """(n,) the file or row that each comes from; those of one lie side by side, and in no other batch."""
    features: NDArray[np.float32]
    """(n, …) what the model is fed."""


class NewData(ABC):
    """New samples in one place.

    Attributes:
        sample_shape: shape of the features of one.
        rejected: (file or row, reason) of what could not be used so far.
    """

    sample_shape: tuple[int, ...]

    def __init__(self) -> None:
        """Nothing was rejected yet."""
        self.rejected: list[tuple[str, str]] = []

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """All samples that can be used, in the order of their names."""

    def read_each(self, found: Sequence[tuple[str, Path]], read: Callable[[Path], T]) -> Iterator[tuple[str, T]]:
        """Yields the name of each file with what `read` made of it; one of which it raises DataError is rejected."""
        for name, path in found:
            try:
                if not path.is_file():
                    raise DataError("there is no such file, or none that can be read to its end")
                content = read(path)
            except DataError as error:
                self.rejected.append((name, str(error)))
            except OSError as error:
                self.rejected.append((name, f"it cannot be read ({error.strerror})"))
            else:
                yield name, content


def find_files(path: Path, suffixes: Sequence[str]) -> list[tuple[str, Path]]:
    """(name, path) of what `path` stands for: a file, or all files in and below a folder whose names end so, sorted.

    Hidden files and folders are passed over. A CSV stands for the files in its column `path`, relative to its own folder.

    Raises:
        ParameterError: there is no such file or folder.
        DataError: the folder holds none, or the CSV has no such column.
    """
    if path.suffix.lower() == ".csv" and path.is_file():
        return [(printed(row[_PATH]), path.parent / row[_PATH]) for _, row in read_table(path, (_PATH,))]
    if not path.is_dir():
        return [(printed(checked(path).name), path)]
    found = names_below(path, tuple(suffixes))
    if not found:
        raise DataError(f"{path}: no file found that the model could judge; expected {', '.join(suffixes)} in or below it")
    return [(printed(name), path / name) for name in found]


def checked(path: Path) -> Path:
    """`path` itself.

    Raises:
        ParameterError: there is nothing there, or what cannot be read to its end, such as a pipe.
    """
    if not (path.is_file() or path.is_dir()):
        raise ParameterError(f"there is no file or folder {path}: name the new files, or their folder", "predict")
    return path


def printed(name: str) -> str:
    """`name` of a file, whose bytes need not be UTF-8, as text that can be written."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
