"""People whose answers this process fetches, and writes down itself: from a spreadsheet, or from another program."""

from __future__ import annotations

import contextlib
import os
import platform
from abc import abstractmethod
from collections.abc import Iterator, Sequence

from utils import files
from utils.annotation.annotation import Annotation
from utils.annotation.ledger import LOCK, annotation_record, closed_record, log_path, run_record, undo_record
from utils.annotation.questions import Questions
from utils.journal import Journal, Record
from utils.oracles.people import People


class Collected(People):
    """Fetches answers until there are enough of them; see `People`."""

    @contextlib.contextmanager
    def _reachable(self) -> Iterator[None]:
        with files.locked(self.folder / LOCK, f"process {os.getpid()} on {platform.node()}"):
            self._journal = Journal(log_path(self.folder))
            for record in self._journal.records:
                self._take(record)
            with self._connected():
                yield

    def _connected(self) -> contextlib.AbstractContextManager[object]:
        """Entered before anything is asked or fetched."""
        return contextlib.nullcontext()

    @abstractmethod
    def _ask(self, questions: Questions) -> None:
        """Puts the questions where people answer them; those that are there already stay as they are."""

    @abstractmethod
    def _answers(self) -> list[Annotation]:
        """All answers that there are by now, also those that were fetched before."""

    def _withdrawn(self, answers: Sequence[Annotation]) -> list[Annotation]:
        """What was written down and is not among all the `answers` any more, because whoever said it withdrew it."""
        return []

    @abstractmethod
    def _pause(self, done: int, total: int) -> None:
        """Called between two looks at the answers, of which `done` of `total` samples have enough."""

    def _hear(self) -> None:
        """What was written down is known already; what was not comes with the next look."""

    def _wait(self, asked: Sequence[int]) -> None:
        self._ask(Questions.read(self.folder))
        self._fetch()
        done = self._tell_progress(asked)
        if done == len(asked):
            self._append(closed_record(Questions.read(self.folder).round, asked, ahead=False))
            return
        self._pause(done, len(asked))

    def _collect(self, round_number: int) -> None:
        self._fetch()
        questions = Questions.read(self.folder)
        ready = self.ledger.complete([question.id for question in questions.ahead], self.task.per_sample)
        ids = [sample for sample in ready if not self.ledger.is_final(sample)]
        self._append(closed_record(round_number, ids[: questions.take], ahead=True))

    def _fetch(self) -> None:
        """Writes down what is new among the answers, and what has changed of those that are not final."""
        answers = self._answers()
        for said in self._withdrawn(answers):
            self._append(undo_record(said.id, said.by, self._unique(f"undo-{said.key}")))
        for said in answers:
            before = [one for one in self.ledger.annotations(said.id) if one.by == said.by]
            if self.ledger.is_final(said.id) or any(one.label == said.label for one in before):
                continue
            if before:
                self._append(undo_record(said.id, said.by, self._unique(f"undo-{said.key}")))
            if not self.ledger.is_complete(said.id, self.task.per_sample):
                self._append(annotation_record(said) | {"key": self._unique(said.key)})

    def _unique(self, key: str) -> str:
        return key if key not in self.ledger.keys else f"{key}-{len(self._journal.records)}"

    def _append(self, record: Record) -> None:
        records = [record] if self.ledger.run is not None else [run_record(self.run_digest), record]
        self._journal.append(*records)
        for one in records:
            self._take(one)
