"""Sets of Hugging Face's library: one saved in a folder, or one by its name, which the library downloads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from utils.data.external_set import ExternalSet
from utils.data.external_source import ExternalOptions, external_source
from utils.data.external_splits import choose_splits
from utils.data.image_files import Channels
from utils.data.sets.image_folders import ImageSize
from utils.data.source import DataSource, SourceRequest, sources
from utils.data.text_data import Length, Vectorise, VocabularySize
from utils.errors import DataError, ParameterError

_SPLIT = "train"
_SAVED = ("dataset_dict.json", "state.json")
_HOW_TO_GET = (
    "Save one there by the method save_to_disk of a datasets.Dataset or DatasetDict, or name one of huggingface.co/datasets in "
    "data_params.name to download it."
)


@sources.register("hf")
def hf(  # noqa: PLR0913 - an option each
    request: SourceRequest,
    *,
    name: str | None = None,
    config: str | None = None,
    revision: str | None = None,
    split: str | None = None,
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
    """A set of Hugging Face `datasets`: the one that save_to_disk left in data_dir, otherwise the one called `name`.

    Texts where `text_column` is given, images where `image_column` is, otherwise a table. The split `test_split` (null: "test",
    where there is one; "none": nothing) is the set's own test part. `split` (null: "train") is not for a Dataset that was saved
    without splits.
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
    saved = any((request.folder / file).is_file() for file in _SAVED)
    where = str(request.folder) if saved or name is None else name
    load = partial(_load, request.folder if saved else None, where, name, config, revision)
    return external_source(request, options, where, _HOW_TO_GET, lambda: _read(load(), where, split, test_split, image_column))


def _load(saved: Path | None, where: str, name: str | None, config: str | None, revision: str | None) -> Any:
    """Whatever the library finds: a Dataset, or a DatasetDict of several. It runs no code that comes with a set."""
    try:
        import datasets
    except ImportError as error:
        raise ParameterError(
            f"dataset: 'hf' needs the package datasets, which cannot be imported ({error}); install it: pip install .[hf]"
        ) from None
    if saved is None and name is None:
        raise DataError(f"{where}: holds no set of Hugging Face's library. {_HOW_TO_GET}")
    try:
        return datasets.load_from_disk(saved) if saved else datasets.load_dataset(name, config, revision=revision)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        advice = "save it anew" if saved else "check data_params.name, config and revision, and the network"
        raise DataError(f"{where}: Hugging Face's library cannot load it ({error}); {advice}. {_HOW_TO_GET}") from None


def _read(loaded: Any, where: str, wanted: str | None, test_split: str | None, image_column: str | None) -> ExternalSet:
    """The samples of the split, and those of the test split after them."""
    split = wanted or _SPLIT
    if wanted is not None and not isinstance(loaded, dict):
        raise ParameterError(
            f"split: {where} holds a single Dataset without splits, received {wanted!r}; leave it out, or save a DatasetDict",
            "data_params",
        )
    splits = dict(loaded) if isinstance(loaded, dict) else {split: loaded}
    chosen = choose_splits(list(splits), split, test_split, where)
    parts = [_undecoded(splits[part], image_column) for part in chosen]
    features = parts[0].features
    missing = [column for column in features if any(column not in part.features for part in parts)]
    if missing:
        raise DataError(f"{where}: the split {chosen[-1]!r} has no column {missing[0]!r}, as {split!r} has; choose another")
    classes = {column: tuple(kind.names) for column, kind in features.items() if hasattr(kind, "int2str")}
    names = [f"{part} {row}" for part, rows in zip(chosen, parts, strict=True) for row in range(len(rows))]
    test = None if len(parts) == 1 else np.arange(len(names)) >= len(parts[0])
    return ExternalSet(where, tuple(features), _reader(parts), names, test, classes)


def _undecoded(part: Any, image_column: str | None) -> Any:
    """The split, with pictures as they are encoded: this project decodes those formats alone that start no programs."""
    if image_column is None or not hasattr(part.features.get(image_column), "decode"):
        return part
    return part.cast_column(image_column, type(part.features[image_column])(decode=False))


def _reader(parts: Sequence[Any]) -> Callable[[str], list[Any]]:
    return lambda column: [value for part in parts for value in part[column]]
