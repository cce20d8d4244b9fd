"""People who label in a spreadsheet: the run writes to_label.csv and ends; called again, it reads the file and goes on."""

from __future__ import annotations

import csv
import io
import math
import time
from pathlib import Path
from typing import Any

from utils import files
from utils.annotation.annotation import Annotation
from utils.annotation.ledger import FOLDER
from utils.annotation.questions import Question, Questions
from utils.annotation.shown import FOLDER as MEDIA
from utils.csv_text import csv_text
from utils.errors import DataError, LabelsAwaitedError
from utils.oracles.collected import Collected
from utils.registry import did_you_mean

FILE, UNUSABLE = "to_label.csv", "?"
"""In the folder of the run; and the label of a sample that cannot be labelled."""
_COLUMNS = ("id", "name", "label", "annotator", "guess", "content")
_SOMEBODY = "spreadsheet"
_MOST_SHOWN = 5
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How cells begin that a spreadsheet would compute."""


class CsvOracle(Collected):
    """Asks by a table; see `Collected`."""

    @property
    def _path(self) -> Path:
        return self.folder.parent / FILE

    def _ask(self, questions: Questions) -> None:
        asked = {str(question.id) for question in questions.asked}
        if not self._path.exists() or not asked & {row["id"].strip() for _, row in _rows(self._path)}:
            rows = [row for question in questions.asked for row in self._rows_of(question, questions)]
            files.write_text(self._path, csv_text(_COLUMNS, rows))

    def _rows_of(self, question: Question, questions: Questions) -> list[list[Any]]:
        """A row for each annotator that the sample goes to, with what is known of their answers."""
        content = self._content(question.id)
        guess = question.guess if questions.show_guess and question.guess else ""
        said = {one.by: UNUSABLE if one.label is None else one.label for one in self.ledger.annotations(question.id)}
        several = [f"annotator {number + 1}" for number in range(self.task.per_sample)] if self.task.per_sample > 1 else []
        people = [*said, *(name for name in several or [_SOMEBODY] if name not in said)][: self.task.per_sample]
        about = [_inert(text) for text in (question.name, guess, content)]
        return [[question.id, about[0], said.get(by, ""), _inert(by) if several else "", *about[1:]] for by in people]

    def _content(self, sample: int) -> str:
        """What there is to judge: a text, the cells of a row, or the file to open, relative to the table."""
        shown = self.task.show(sample)
        made = [name for name in shown.files() if shown.kind in {"audio", "image"}]
        file = f"{FOLDER}/{MEDIA}/{sample}{made[0]}" if made else ""
        return file or shown.text or "; ".join(f"{column}: {value}" for column, value in shown.cells.items())

    def _answers(self) -> list[Annotation]:
        if not self._path.exists():
            return []
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._path.stat().st_mtime))
        questions = Questions.read(self.folder)
        asked, problems, found = {str(question.id) for question in questions.asked}, [], list[Annotation]()
        for line, row in _rows(self._path):
            label, by = row["label"].strip(), row.get("annotator", "").strip() or _SOMEBODY
            if row["id"].strip() not in asked:
                problems.append(f"row {line}: the id {row['id']!r} was not asked for; leave the column id as it was written")
            elif label and (problem := self._problem(label)):
                problems.append(f"row {line}: {problem}")
            elif label:
                said = None if label == UNUSABLE else label
                found.append(Annotation(int(row["id"]), said, by, now, None, f"csv-{row['id'].strip()}-{by}"))
        if problems:
            shown = [
                *problems[:_MOST_SHOWN],
                *([f"… and {len(problems) - _MOST_SHOWN} more"] if problems[_MOST_SHOWN:] else []),
            ]
            raise DataError(
                "\n  ".join([f"{self._path}: cannot be taken over; correct it, then run the same command again", *shown])
            )
        return found

    def _problem(self, label: str) -> str | None:
        """Why a label cannot be taken over; None where it can."""
        if label == UNUSABLE:
            return None
        if self.task.numbers:
            return (
                None if _is_number(label) else f"the label {label!r} is no number; write one, or {UNUSABLE} where there is none"
            )
        if label in self.classes or (self.task.may_add and label.isprintable() and len(label) <= 100):
            return None
        known = ", ".join(self.classes)
        return (
            f"there is no class {label!r}{did_you_mean(label, list(self.classes))}; known: {known}, or {UNUSABLE} for unusable"
        )

    def _closed(self) -> None:
        files.remove(self._path)

    def _pause(self, done: int, total: int) -> None:
        classes = "a number" if self.task.numbers else ", ".join(self.classes) or "the name of a class"
        raise LabelsAwaitedError(
            f"{self._path}: {total - done:,} of {total:,} samples wait for labels\n  fill in the column label "
            f"({classes}; {UNUSABLE} where a sample is unusable), save it as CSV, then run the "
            "same command again, without --overwrite"
        )


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """(line, column → text) of the rows of a table as spreadsheets save it: with commas, semicolons or tabs."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read ({error}); save it as a comma-separated table in UTF-8") from None
    missing = [column for column in ("id", "label") if column not in (reader.fieldnames or ())]
    if missing:
        raise DataError(
            f"{path}: row 1 names no column {' and no column '.join(missing)}; expected {', '.join(_COLUMNS)}, as it was "
            "written; remove the file, and the next call writes it anew"
        )
    return rows


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _inert(text: str) -> str:
    """`text` such that a spreadsheet shows it and computes nothing."""
    return f"'{text}" if text.startswith(_FORMULA) else text
