"""People who label in a spreadsheet: the run writes to_label.csv and ends; called again, it reads the file and goes on."""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from utils import files
from utils.annotation import sheet
from utils.annotation.annotation import Annotation
from utils.annotation.ledger import FOLDER
from utils.annotation.names import UNUSABLE, checked_class, plain
from utils.annotation.number import LARGEST, written_number
from utils.annotation.questions import Question, Questions
from utils.annotation.refused import Refused
from utils.annotation.shown import FOLDER as MEDIA
from utils.csv_text import csv_text
from utils.errors import DataError, LabelsAwaitedError
from utils.inert import inert, original
from utils.oracles.collected import Collected
from utils.registry import did_you_mean

_SOMEBODY = "spreadsheet"
_MOST_SHOWN = 5
_LAST_YEAR = 9999
"""That has four digits."""
_LINE_END = re.compile(r"\r\n?")
"""Which spreadsheets may write where a cell had another."""
_LONGEST_CELL = 30_000
"""UTF-16 units of a content: spreadsheets take 32,767 in a cell, and the note that it was cut comes after it."""


class CsvOracle(Collected):
    """Asks by a table; see `Collected`."""

    @property
    def _path(self) -> Path:
        return self.folder.parent / sheet.FILE

    def _ask(self, questions: Questions) -> None:
        asked, before = {str(question.id) for question in questions.asked}, self._rows()
        if not asked & {row["id"].strip() for _, row in before}:
            self._refuse_to_replace(before)
            rows = [row for question in questions.asked for row in self._rows_of(question, questions)]
            files.write_text(self._path, csv_text(sheet.COLUMNS, rows))

    def _rows(self) -> list[tuple[int, sheet.Row]]:
        return sheet.rows(self._path) if self._path.exists() else []

    def _refuse_to_replace(self, rows: Sequence[tuple[int, sheet.Row]]) -> None:
        """Raises DataError where labels stand in these rows of the sheet that the log lacks."""
        logged = {(str(said.id), said.by, said.label or UNUSABLE) for said in self.ledger.all()}
        lost = [line for line, row in rows if (label := self._read(row)) and (row["id"].strip(), _by(row), label) not in logged]
        if lost:
            raise DataError(
                f"{self._path}: holds labels, the first in row {lost[0]}, and none of its samples is asked for now; move it "
                "elsewhere, or give the parameters again with which it was written, then run the same command again"
            )

    def _rows_of(self, question: Question, questions: Questions) -> list[list[Any]]:
        """A row for each annotator that the sample goes to, with what is known of their answers."""
        content = self._content(question.id)
        guess = question.guess if questions.show_guess and question.guess else ""
        said = {one.by: self._written(one.label) for one in self.ledger.annotations(question.id)}
        several = [f"annotator {number + 1}" for number in range(self.task.per_sample)] if self.task.per_sample > 1 else []
        people = [*said, *(name for name in several or [_SOMEBODY] if name not in said)][: self.task.per_sample]
        about = [inert(text) for text in (question.name, guess, content)]
        named = {by: inert(by) if several or by != _SOMEBODY else "" for by in people}
        return [[question.id, about[0], said.get(by, ""), named[by], *about[1:]] for by in people]

    def _written(self, label: str | None) -> str:
        """A label as it stands in the sheet."""
        if label is None:
            return UNUSABLE
        return label if self.task.numbers else inert(label)

    def _content(self, sample: int) -> str:
        """What there is to judge: a text, the cells of a row, or the file to open, relative to the table."""
        shown = self.task.show(sample)
        made = [name for name in shown.files() if shown.kind in {"audio", "image"}]
        if made:
            return f"{FOLDER}/{MEDIA}/{sample}{made[0]}"
        return _cut(shown.text or "; ".join(f"{column}: {value}" for column, value in shown.cells.items()), sample)

    def _answers(self) -> list[Annotation]:
        """Those in the sheet."""
        questions = self._open_questions()
        if not questions:
            return []
        saved = _written_time(self._path.stat().st_mtime)
        asked, problems = {str(question.id): question.name for question in questions}, list[str]()
        found, lines = list[Annotation](), dict[str, dict[str, int]]()
        for line, row in sheet.rows(self._path):
            sample, label, by = row["id"].strip(), self._read(row), _by(row)
            before = lines.setdefault(sample, {})
            if problem := self._problem(row, asked, guesses=len(problems) < _MOST_SHOWN):
                problems.append(f"row {line}: {problem}")
            elif label and by in before:
                problems.append(
                    f"row {line}: {by!r} has answered the sample {sample} in row {before[by]} already; write another "
                    "name into the column annotator, or delete one of these rows"
                )
            elif label and len(before) == self.task.per_sample:
                problems.append(
                    f"row {line}: the sample {sample} has as many answers as are asked of it before this row, the last in row "
                    f"{max(before.values())}; delete one of these rows, or empty its label"
                )
            elif label:
                before[by] = line
                said = None if label == UNUSABLE else label
                found.append(Annotation(int(sample), said, by, saved, None, f"csv-{sample}-{by}"))
        if problems:
            shown = [
                *problems[:_MOST_SHOWN],
                *([f"… and {len(problems) - _MOST_SHOWN} more"] if problems[_MOST_SHOWN:] else []),
            ]
            raise DataError(
                "\n  ".join([f"{self._path}: cannot be taken over; correct it, then run the same command again", *shown])
            )
        return found

    def _withdrawn(self, answers: Sequence[Annotation]) -> list[Annotation]:
        """What the sheet does not say any more: its label was removed, or somebody else gave another; not where rows lack."""
        there, rows = {(said.id, said.by) for said in answers}, self._rows_of_samples()
        asked = [question.id for question in self._open_questions() if rows[str(question.id)] >= self.task.per_sample]
        known = [said for sample in asked for said in self.ledger.annotations(sample)]
        return [said for said in known if (said.id, said.by) not in there and not self.ledger.is_final(said.id)]

    def _open_questions(self) -> tuple[Question, ...]:
        """Those that the sheet is there for; none where it is gone, or left of a time when people labelled elsewhere."""
        questions = Questions.read(self.folder)
        return questions.asked if questions.stage == "labelling" and self._path.exists() else ()

    def _rows_of_samples(self) -> Counter[str]:
        """Id of each sample in the sheet → its rows."""
        return Counter(row["id"].strip() for _, row in self._rows())

    def _read(self, row: Mapping[str, str]) -> str:
        """What is written there, without the mark that keeps a spreadsheet from computing it; a class by its own name."""
        text = row["label"].strip()
        if text in self.classes:
            return text
        name = original(text) if self.task.numbers else plain(original(text))
        return next((one for one in self.classes if plain(one) == name), name)

    def _problem(self, row: Mapping[str, str], asked: Mapping[str, str], *, guesses: bool) -> str | None:
        """Why a row cannot be taken over, perhaps with a guess what was meant; None where it can. `asked`: id → name."""
        if problem := _not_asked(row, asked):
            return problem
        label = self._read(row)
        if label in {"", UNUSABLE}:
            return None
        if self.task.numbers:
            return _not_a_number(label) if math.isnan(written_number(label)) else None
        if label in self.classes:
            return None
        if self.task.may_add:
            return _not_a_class(row["label"])
        known, near = ", ".join(self.classes), did_you_mean(label, list(self.classes)) if guesses else ""
        return f"there is no class {label!r}{near}; known: {known}, or {UNUSABLE} for unusable"

    def _closed(self) -> None:
        files.remove(self._path)

    def _pause(self, done: int, total: int) -> None:
        classes = "a number" if self.task.numbers else ", ".join(self.classes) or "the name of a class"
        raise LabelsAwaitedError(
            f"{self._path}: {total - done:,} of {total:,} samples wait for labels{self._gone()}\n  fill in the column label "
            f"({classes}; {UNUSABLE} where a sample is unusable), save it as CSV, then run the "
            "same command again, without --overwrite"
        )

    def _gone(self) -> str:
        """A sentence on samples that wait and have lost rows of the sheet, so that no filling in could end it; "" for none."""
        rows = self._rows_of_samples()
        waiting = [
            str(question.id)
            for question in Questions.read(self.folder).asked
            if not self.ledger.is_complete(question.id, self.task.per_sample)
        ]
        gone = [sample for sample in waiting if rows[sample] < self.task.per_sample]
        if not gone:
            return ""
        shown = ", ".join(gone[:_MOST_SHOWN]) + (f" and {len(gone) - _MOST_SHOWN} more" if gone[_MOST_SHOWN:] else "")
        return (
            f"\n  rows are missing: those with the id {shown}; write them anew, or remove the file: the next call writes it "
            "with all rows and with the labels that were in it"
        )


def _written_time(seconds: float) -> str:
    """A time of a file, in seconds since 1970, as the ledger has it; now where no calendar has it: `touch` sets any."""
    try:
        moment = time.gmtime(seconds)
    except (OSError, OverflowError, ValueError):
        moment = time.gmtime()
    if not 0 < moment.tm_year <= _LAST_YEAR:
        moment = time.gmtime()
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", moment)


def _by(row: Mapping[str, str]) -> str:
    """Who gave the label of a row."""
    return original(row.get("annotator", "").strip()) or _SOMEBODY


def _not_asked(row: Mapping[str, str], asked: Mapping[str, str]) -> str | None:
    """Why the row is of none of the samples that are `asked`, id → name; None: it is of one."""
    name = asked.get(row["id"].strip())
    if name is None:
        return f"the id {row['id']!r} was not asked for; leave the column id as it was written"
    if not _is_called(row.get("name", ""), name):
        return (
            f"the sample {row['id']} is {name!r}, and the row is of {row['name']!r}; leave the column name as it was written, "
            "or, where the data have changed since, move the sheet elsewhere: the next call writes another"
        )
    return None


def _is_called(cell: str, name: str) -> bool:
    """Whether a cell names the sample `name`: an empty one names any, and of a number a spreadsheet keeps the value alone."""
    said, meant = (_LINE_END.sub("\n", plain(text)) for text in (original(cell), name))
    if said in {"", meant}:
        return True
    value = written_number(meant)
    return not math.isnan(value) and written_number(said) == value


def _not_a_class(label: str) -> str | None:
    """Why nothing can be called so; None: it can."""
    try:
        checked_class(original(label.strip()), ())
    except Refused as refused:
        return str(refused)
    return None


def _not_a_number(label: str) -> str:
    return (
        f"the label {label!r} is no number that can be learnt; write one such as 3, -0.5 or 1e-3, with a point and within "
        f"±{LARGEST:.1e}, or {UNUSABLE} where there is none"
    )


def _cut(text: str, sample: int) -> str:
    """`text` in a length that spreadsheets take, and a word about it where that is not all."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * _LONGEST_CELL:
        return text
    start = units[: 2 * _LONGEST_CELL].decode("utf-16-le", "ignore")
    return f"{start} […] cut off here: all {len(text):,} characters are in {FOLDER}/{MEDIA}/{sample}.json"
