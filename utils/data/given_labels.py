"""A CSV of labels beside a folder of files: written by a person, or by an earlier run as its labels.csv.

It names files, or samples of them: "clip.wav#3" is the fourth window of clip.wav, and what it says of that window stands above
what is said of the whole file. Several annotators may have a row each for the same sample; the majority counts, of numbers the
median, as where people label. What people were asked for and found unusable is told apart from what nobody was asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from utils.annotation.annotation import Annotation
from utils.annotation.number import written_number
from utils.annotation.verdict import Verdict
from utils.data.audio_layout import read_rows
from utils.data.given_label import GivenLabel
from utils.errors import DataError, ParameterError
from utils.inert import original
from utils.registry import did_you_mean

_WINDOW = re.compile(r"(.+)#(0|[1-9][0-9]{0,8})", re.DOTALL)


@dataclass(frozen=True)
class GivenLabels:
    """What a table of labels says."""

    files: Mapping[str, GivenLabel] = field(default_factory=dict)
    """File → its label."""
    windows: Mapping[str, Mapping[int, GivenLabel]] = field(default_factory=dict)
    """File → number of the window, from 0 → its label."""
    groups: Mapping[str, str] | None = None
    """File → the group that it belongs to; None where the table has no groups."""

    def label(self, file: str) -> GivenLabel:
        """That of the file, perhaps empty."""
        return self.files.get(file, GivenLabel("", file))

    def groups_of(self, file: str) -> dict[str, str]:
        """Group kind → group of the file, itself where it has none; nothing where the table has no groups."""
        return {} if self.groups is None else {"group": self.groups.get(file, file)}


def read_given_labels(
    folder: Path, table: str | None, names: Sequence[str], *, numbers: bool = False, windows: bool = False
) -> GivenLabels:
    """The labels that the CSV `table` in `folder` gives to the files `names`; none where `table` is None.

    Args:
        folder: of the files.
        table: name of the CSV, with the columns file (or name), label and, where wanted, group; others are passed over, but
            rows of several annotators, as the column annotator tells them, become one label. An empty label by an annotator
            says that the sample is unusable where there is a column round, as a run writes it.
        names: the files, relative to `folder`.
        numbers: whether labels are numbers and no classes.
        windows: whether files have windows that may be named.

    Raises:
        ParameterError: `table` is no name of a file in `folder`.
        DataError: names the row.
    """
    if table is None:
        return GivenLabels()
    if Path(table).is_absolute() or ".." in Path(table).parts:
        raise ParameterError(f"labels: received {table!r}; expected the name of a CSV in {folder}", "data_params")
    return _Reader(folder / table, names, numbers=numbers, windows=windows).read()


class _Reader:
    """Reads one table; `said` holds the rows of each sample by annotator."""

    def __init__(self, path: Path, names: Sequence[str], *, numbers: bool, windows: bool) -> None:
        self.path, self.names, self.numbers, self.windows = path, set(names), numbers, windows
        self.of_a_run = False
        self.said: dict[tuple[str, int | None], dict[str, tuple[int, str]]] = {}
        self.groups: dict[str, tuple[int, str]] = {}

    def read(self) -> GivenLabels:
        header, rows = read_rows(self.path)
        self.of_a_run = {"annotator", "round"} <= set(header)
        column = "file" if "file" in header else "name"
        missing = [name for name in (column, "label") if name not in header]
        if missing:
            raise DataError(
                f"{self.path}: row 1 names no column {' and no column '.join(map(repr, missing))}; expected file (or name), "
                f"label and, where wanted, group; received {', '.join(header) or 'nothing'}"
            )
        for line, row in rows:
            self._take(line, column, row)
        files: dict[str, GivenLabel] = {}
        windows: dict[str, dict[int, GivenLabel]] = {}
        for (file, window), said in self.said.items():
            label = self._verdict(said)
            if window is None:
                files[file] = label
            else:
                windows.setdefault(file, {})[window] = label
        groups = {file: group for file, (_, group) in self.groups.items()} if "group" in header else None
        return GivenLabels(files, windows, groups)

    def _take(self, line: int, column: str, row: Mapping[str, str]) -> None:
        name, label, by = self._cell(row, column), self._cell(row, "label").strip(), self._cell(row, "annotator").strip()
        file, window = self._sample(line, column, name)
        said = self.said.setdefault((file, window), {})
        first, before = said.setdefault(by, (line, label))
        if before != label:
            raise DataError(
                f"{self.path}: row {line}: {name!r} has the label {label!r}, but {before!r} in row {first}; delete one"
            )
        group = row.get("group", "").strip()
        if group:
            first, before = self.groups.setdefault(file, (line, group))
            if before != group:
                raise DataError(
                    f"{self.path}: row {line}, column 'group': {file!r} is in the group {group!r}, but in {before!r} in row "
                    f"{first}; correct one"
                )

    def _cell(self, row: Mapping[str, str], column: str) -> str:
        """What stands there, "" where there is no such column; a run marks what a spreadsheet would compute."""
        text = row.get(column, "")
        return original(text) if self.of_a_run else text

    def _sample(self, line: int, column: str, name: str) -> tuple[str, int | None]:
        """The file that `name` names, and which of its windows; None: the file as a whole."""
        for text in (name, name.strip().removeprefix("./")):
            if text in self.names:
                return text, None
            named = _WINDOW.fullmatch(text) if self.windows else None
            if named is not None and named[1] in self.names:
                return named[1], int(named[2])
        where = f"{self.path}: row {line}, column {column!r}"
        if not name.strip():
            raise DataError(f"{where}: is empty; name the file that the label is of, or delete the row")
        raise DataError(
            f"{where}: there is no such file in or below {self.path.parent}, {name!r}"
            f"{did_you_mean(name.strip(), sorted(self.names))}; correct the name, or delete the row"
        )

    def _verdict(self, said: Mapping[str, tuple[int, str]]) -> GivenLabel:
        """What the annotators of a sample come to; a text that is no number is left for whoever refuses it with its place."""
        wrong = [row for row in said.values() if row[1] and math.isnan(written_number(row[1]))] if self.numbers else []
        line, label = next(iter(wrong or said.values()))
        place = f"{self.path}: row {line}, column 'label'"
        answers = [Annotation(0, label or None, by, "", None, "") for by, (_, label) in said.items() if label or by]
        if wrong or not answers:
            return GivenLabel(label, place)
        verdict = Verdict.of(answers, numbers=self.numbers).label
        return GivenLabel(verdict or "", place, unusable=verdict is None and self.of_a_run)
