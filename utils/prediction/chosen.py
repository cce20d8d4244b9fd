"""Which kind of new samples a run can be asked about, as its data set and the files that it left tell."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Any

from utils.data.audio_source import AudioSource
from utils.data.source import DataSource, sources
from utils.data.table_data import STANDARDISATION
from utils.data.table_source import TableSource
from utils.data.text_data import TextOptions
from utils.data.text_source import TextSource
from utils.errors import DamagedRunError, DataError
from utils.prediction.arrays import Arrays
from utils.prediction.new_data import NewData
from utils.prediction.pictures import Pictures
from utils.prediction.recordings import Recordings
from utils.prediction.rows import NewRows, TrainedColumn
from utils.prediction.texts import Texts
from utils.prediction.trained_run import TrainedRun

VOCABULARY = "vocabulary.txt"
_ARRAYS = ".npz"
_HEADER = ["column", "mean", "deviation", "category"]


def new_data(run: TrainedRun, path: Path) -> NewData:
    """The new samples at `path`, ready to be read as the samples of `run` were.

    Raises:
        ParameterError: there is nothing at `path`.
        DataError: nothing there that the model could judge.
        DamagedRunError: the run lacks what it takes to make features, or holds something else.
    """
    source = _source(run)
    if isinstance(source, AudioSource):
        return Recordings(path, source.settings)
    if isinstance(source, TextSource):
        return _texts(run, source, path)
    if isinstance(source, TableSource):
        return NewRows(path, _columns(run))
    if run.sample_shape is None:
        raise DamagedRunError(
            f"{run.folder / 'params.json'}: does not say which shape samples have; give the run's own command again, which "
            "writes the file anew"
        )
    if path.suffix.lower() == _ARRAYS and not path.is_dir():
        return Arrays(path, run.sample_shape)
    if len(run.sample_shape) != 3 or run.sample_shape[2] not in {1, 3}:
        raise DataError(
            f"{path}: the model was trained on samples of shape {run.sample_shape}, which only a .npz file can hold"
        )
    height, width, channels = run.sample_shape
    return Pictures(path, (height, width, channels), scales=run.hparams.data_params.get("image_size") is not None)


def _source(run: TrainedRun) -> DataSource:
    """The run's data set, of which nothing is read."""
    dataset, options = run.hparams.dataset, run.hparams.data_params
    if problems := sources.problems(dataset, options):
        raise DamagedRunError(f"{run.folder}: {'; '.join(problems)}; restore the run, or install what it was made with")
    return sources.get(dataset)(run.hparams.source_request(), **options)


def _texts(run: TrainedRun, source: TextSource, path: Path) -> Texts:
    given: dict[str, Any] = run.hparams.data_params
    options = TextOptions(
        **{name: given[name] for name in ("vectorise", "vocabulary", "length") if given.get(name) is not None}
    )
    words = _left(run, VOCABULARY).split("\n")
    if words.pop() or len(words) > options.vocabulary - options.first_word or "" in words:
        raise DamagedRunError(
            f"{run.folder / VOCABULARY}: expected at most {options.vocabulary - options.first_word:,} words, one a line; "
            "restore the file"
        )
    if source.words_may_be_ranks and words and all(map(str.isdigit, words)):
        raise DataError(
            f"{run.folder / VOCABULARY}: the data set {run.hparams.dataset!r} tells words by numbers alone, so new texts mean "
            "nothing to the model; put the set's word index beside it and run again"
        )
    return Texts(path, options, words, given.get("text_column") or "text")


def _columns(run: TrainedRun) -> list[TrainedColumn]:
    """The columns of the run's table, in the order of its features."""
    where = run.folder / STANDARDISATION
    columns: list[TrainedColumn] = []
    categories: dict[str, list[str]] = {}
    try:
        header, *rows = csv.reader(io.StringIO(_left(run, STANDARDISATION), newline=""), strict=True)
        for name, mean, deviation, category in rows:
            if not mean and name in categories:
                categories[name].append(category)
                continue
            if not mean:
                categories[name] = [category]
            columns.append(TrainedColumn(name, float(mean or 0), float(deviation or 1)))
    except (ValueError, csv.Error) as error:
        raise DamagedRunError(f"{where}: is not what a run writes ({error}); restore the file") from None
    names = [column.name for column in columns]
    right = all(math.isfinite(column.mean) and 0 < column.deviation < math.inf for column in columns)
    if header != _HEADER or not right or not columns or len(set(names)) < len(names):
        raise DamagedRunError(
            f"{where}: is not what a run writes: a column for each name, and finite numbers; restore the file"
        )
    return [
        TrainedColumn(column.name, categories=tuple(categories[column.name])) if column.name in categories else column
        for column in columns
    ]


def _left(run: TrainedRun, name: str) -> str:
    """The content of a file that the run left."""
    text = run.text(name)
    if text is None:
        raise DamagedRunError(
            f"{run.folder / name}: is missing, and new samples cannot be made into features without it; it is written when the "
            "run ends: give the run's own command again"
        )
    return text
