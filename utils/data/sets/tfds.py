"""Sets of TensorFlow Datasets by their name, read without TensorFlow.

Records are read as that library stores them for random access: TensorFlow would be started by reading them otherwise, before
the learning engine has told it how many threads to take.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from utils.data.external_set import ExternalSet
from utils.data.external_source import ExternalOptions, external_source
from utils.data.external_splits import choose_splits
from utils.data.image_files import Channels
from utils.data.sets.image_folders import ImageSize
from utils.data.source import DataSource, SourceRequest, sources
from utils.data.text_data import Length, Vectorise, VocabularySize
from utils.errors import DataError, ParameterError

Name = Annotated[str, Field(pattern=r"^\w+(/[\w.+-]+)?(:\d+\.\d+\.\d+)?$")]
"""Of a set, with its configuration and version where they matter: glue/sst2:2.0.0."""
_HOW_TO_GET = (
    "It is downloaded into ~/tensorflow_datasets, or into data_dir where that folder exists; see tensorflow.org/datasets."
)
_ANOTHER_FORM = (
    "is stored in a form that only TensorFlow reads; convert it: tfds convert_format --dataset_dir=… "
    "--out_file_format=array_record --out_path=…"
)


@sources.register("tfds")
def tfds(  # noqa: PLR0913 - an option each
    request: SourceRequest,
    *,
    name: Name,
    split: str = "train",
    test_split: str | None = None,
    text_column: str | None = None,
    image_column: str | None = None,
    label_column: str | None = None,
    vectorise: Vectorise | None = None,
    vocabulary: VocabularySize | None = None,
    length: Length | None = None,
    image_size: ImageSize | None = None,
    channels: Channels | None = None,
    columns: list[str] | None = None,
    categorical: list[str] | None = None,
    group: str | None = None,
    ignore: list[str] | None = None,
) -> DataSource:
    """A set of TensorFlow Datasets: in data_dir, otherwise in the library's own folder, downloaded where it is in neither.

    Texts where `text_column` is given, images where `image_column` is, otherwise a table. The split `test_split` (null: "test",
    where there is one; "none": nothing) is the set's own test part.
    """
    options = ExternalOptions(
        text_column,
        image_column,
        label_column,
        group,
        vectorise,
        vocabulary,
        length,
        image_size,
        channels,
        columns,
        categorical,
        ignore,
    )
    return external_source(
        request, options, name, _HOW_TO_GET, partial(_read, request.folder, name, split, test_split, image_column)
    )


def _read(folder: Path, name: str, split: str, test_split: str | None, image_column: str | None) -> ExternalSet:
    """The samples of the split, and those of the test split after them."""
    try:
        import tensorflow_datasets as library
    except ImportError as error:
        raise ParameterError(
            f"dataset: 'tfds' needs the package tensorflow-datasets, which cannot be imported ({error}); install it: "
            "pip install .[tfds]"
        ) from None
    with _naming(name):
        builder = library.builder(name, data_dir=str(folder) if folder.is_dir() else None)
        if not builder.is_prepared():
            builder.download_and_prepare(file_format="array_record")
        features = builder.info.features
        chosen = choose_splits(list(builder.info.splits), split, test_split, name)
        encoded = {image_column: library.decode.SkipDecoding()} if image_column in features else None
        parts = [builder.as_data_source(split=part, decoders=encoded) for part in chosen]
        names = [f"{part} {row}" for part, rows in zip(chosen, parts, strict=True) for row in range(len(rows))]
    classes = {column: tuple(kind.names) for column, kind in features.items() if isinstance(kind, library.features.ClassLabel)}
    test = None if len(parts) == 1 else np.arange(len(names)) >= len(parts[0])
    return ExternalSet(name, tuple(features), _reader(name, parts, image_column in features), names, test, classes)


@contextlib.contextmanager
def _naming(name: str) -> Iterator[None]:
    """Turns what the library raises in the `with` block into one sentence."""
    try:
        yield
    except NotImplementedError:
        raise DataError(f"{name}: {_ANOTHER_FORM}") from None
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(
            f"{name}: TensorFlow Datasets cannot load it ({reason}); check data_params.name, data_dir and the network. "
            f"{_HOW_TO_GET}"
        ) from None


def _reader(name: str, parts: Sequence[Any], pictures: bool) -> Callable[[str], list[Any]]:
    """Gives the columns of the samples, which are kept but where they hold pictures: there a plan needs the labels alone."""

    def samples() -> Iterator[dict[str, Any]]:
        return (part[position] for part in parts for position in range(len(part)))

    kept: list[dict[str, Any]] = []

    def column(wanted: str) -> list[Any]:
        with _naming(name):
            if not pictures and not kept:
                kept.extend(samples())
            return [sample[wanted] for sample in (samples() if pictures else kept)]

    return column
