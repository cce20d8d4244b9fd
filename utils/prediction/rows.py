"""New rows of a table: standardised and put into columns as the run's `standardisation.csv` says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from utils.data.table_cells import LARGEST, TableCells
from utils.data.table_features import TableFeatures
from utils.data.table_file import find_csv
from utils.errors import DataError
from utils.prediction.cells import new_cells
from utils.prediction.new_data import Batch, NewData, checked


@dataclass(frozen=True)
class TrainedColumn:
    """One column of the table that a model was trained on."""

    name: str
    mean: float = 0.0
    deviation: float = 1.0
    """With the mean above, of a column of numbers; not 0."""
    categories: tuple[str, ...] | None = None
    """All of a column of categories; None in one of numbers."""

    @property
    def width(self) -> int:
        """How many features the column makes."""
        return 1 if self.categories is None else len(self.categories)


class NewRows(NewData):
    """The rows of a CSV that has the columns of the run's table; others, and the target, are not looked at."""

    def __init__(self, path: Path, columns: Sequence[TrainedColumn]) -> None:
        """Reads the CSV at `path`, or the only one in that folder.

        Raises:
            ParameterError: there is nothing at `path`.
            DataError: no CSV, or one without one of the `columns`.
        """
        super().__init__()
        self._columns = columns
        self.sample_shape = (sum(column.width for column in columns),)
        self._cells = new_cells(find_csv(checked(path)))
        missing = [column.name for column in columns if column.name not in self._cells.columns]
        if missing:
            raise DataError(
                f"{self._cells.where}: row 1 names no column {' and no column '.join(map(repr, missing[:20]))}, which the "
                f"model was trained on; received {', '.join(list(self._cells.columns)[:40])}"
            )

    def batches(self) -> Iterator[Batch]:
        """All rows in which each cell can be used."""
        cells = self._cells
        wrong: dict[int, str] = {}
        for column in reversed(self._columns):
            wrong |= _wrong_cells(cells, column)
        self.rejected += [(f"row {cells.rows[position]}", wrong[position]) for position in sorted(wrong)]
        kept = [position for position in range(len(cells.rows)) if position not in wrong]
        if kept:
            names = [f"row {cells.rows[position]}" for position in kept]
            yield Batch(names, names, self._features(kept)[np.arange(len(kept))])

    def _features(self, kept: Sequence[int]) -> TableFeatures:
        places = np.cumsum([0, *(column.width for column in self._columns)])[:-1]
        numeric = np.array([column.categories is None for column in self._columns])
        numbers = [column for column in self._columns if column.categories is None]
        categories = [column for column in self._columns if column.categories is not None]
        texts: Mapping[str, Sequence[str]] = self._cells.columns
        values = [[float(texts[column.name][position]) for column in numbers] for position in kept]
        indices = [{name: place for place, name in enumerate(column.categories or ())} for column in categories]
        positions = [
            [index[texts[column.name][position]] for column, index in zip(categories, indices, strict=True)]
            for position in kept
        ]
        return TableFeatures(
            np.array(values, np.float64).reshape(len(kept), len(numbers)),
            places[numeric],
            np.array([column.mean for column in numbers]),
            np.array([column.deviation for column in numbers]),
            np.array(positions, np.int64).reshape(len(kept), len(categories)),
            places[~numeric],
            *self.sample_shape,
        )


def _wrong_cells(cells: TableCells, column: TrainedColumn) -> dict[int, str]:
    """Position → why the cell of the column cannot be used."""
    texts = cells.columns[column.name]
    if column.categories is not None:
        known = set(column.categories)
        expected = f"one of the {len(known)} categories of the run's table"
        wrong = {position for position, text in enumerate(texts) if text not in known}
    else:
        expected = "a number that float32 can hold once it is standardised"
        wrong = set(cells.odd(column.name))
        for position, text in enumerate(texts):
            if position not in wrong and max(abs(float(text)), abs((float(text) - column.mean) / column.deviation)) > LARGEST:
                wrong.add(position)
    return {position: f"column {column.name!r}: expected {expected}, received {texts[position]!r}" for position in wrong}
