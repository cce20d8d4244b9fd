"""People as an oracle: what they are asked, what they are shown, and what becomes of their answers.

The annotation log in the folder `labelling` of the run decides what was said (utils/annotation/ledger.py). It is read again
whenever the run goes on after an interruption, so no answer that was acknowledged is asked for a second time. How people are
reached is for the classes that derive from this one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NoReturn

from utils import files
from utils.annotation.annotation import Annotation
from utils.annotation.cost import Cost
from utils.annotation.cost_answers import Answers
from utils.annotation.labels_csv import labels_csv
from utils.annotation.ledger import FOLDER, LOG, Ledger, log_path
from utils.annotation.number import written_number
from utils.annotation.questions import FILE, Question, Questions, Stage
from utils.annotation.shown import FOLDER as MEDIA
from utils.errors import DamagedRunError, DiskError
from utils.journal import Record, read_journal
from utils.journal_tail import JournalTail
from utils.labelling import GIVEN
from utils.oracles.base import Asked, Label, Oracle, Progress
from utils.oracles.task import Task
from utils.run_directory import JOURNAL
from utils.signals import Stopped

LABELS = "labels.csv"
"""In the folder of the run: what everybody said."""


class People(Oracle):
    """Asks people, round by round; see `Oracle`."""

    def __init__(self, task: Task) -> None:
        """`task` says what is labelled."""
        self.task, self.classes, self.ledger = task, task.classes, Ledger()
        self._curve: list[tuple[int, float | None]] = []
        self._ahead: tuple[Question, ...] = ()
        self._progress = (0, 0)

    @contextlib.contextmanager
    def at_work(self, folder: Path, listener: Progress) -> Iterator[None]:
        """Makes people reachable; `labels.csv` in the run's folder is up to date before and after.

        Raises:
            DamagedRunError: what lies in the folder `labelling` is not of this run, or was altered.
        """
        files.make_folder(folder / FOLDER)
        self._set_out(folder)
        self.listener = listener
        self._ahead = self._asked_before()
        with self._reachable():
            self._hear()
            self._check_complete(folder)
            self._write_labels()
            try:
                yield
            except (Exception, Stopped) as error:
                with contextlib.suppress(DiskError, DamagedRunError):
                    self._write_labels()
                    self._interrupted(is_error=not isinstance(error, Stopped))
                raise
            self._write_labels()

    def look_back(self, folder: Path) -> None:
        """Brings `labels.csv` up to date; a complete run whose log was moved away stays as it is.

        Raises:
            DamagedRunError: the log is not of this run, or was altered.
        """
        self._set_out(folder)
        for record in read_journal(log_path(self.folder))[0]:
            self._take(record)
        if self.ledger.all():
            self._check_complete(folder)
            self._write_labels()

    def _set_out(self, folder: Path) -> None:
        self.folder, self._labels_csv = folder / FOLDER, folder / LABELS
        self.run_digest, self.ledger = _digest(self.task, folder), Ledger(where=str(self.folder / LOG))

    def _asked_before(self) -> tuple[Question, ...]:
        """The samples that were offered ahead when the run was interrupted."""
        path = self.folder / FILE
        if not path.exists():
            return ()
        before = Questions.read(self.folder)
        for question in (*before.asked, *before.ahead):
            if not 0 <= question.id < len(self.task.names) or self.task.name(question.id) != question.name:
                raise DamagedRunError(
                    f"{path}: asks for the sample {question.id}, {question.name!r}, and there is none of this number and name; "
                    "remove it, then run the same command again: what people said stands in the annotation log"
                )
        return before.ahead

    @abstractmethod
    def _reachable(self) -> AbstractContextManager[object]:
        """Entered before anybody is asked; `self.folder` and `self.listener` are there."""

    def _interrupted(self, *, is_error: bool) -> None:
        """The run ends before its time, by an error or because somebody ended it."""

    @abstractmethod
    def _hear(self) -> None:
        """Brings the ledger up to date with what people said so far; does not wait."""

    def _take(self, record: Record) -> None:
        """Takes the next record of the log in.

        Raises:
            DamagedRunError: it does not belong into the log of this run.
        """
        self.ledger.take(record)
        self.ledger.check_run(self.run_digest)
        if record["type"] != "annotation":
            return
        sample, label = record["id"], record["label"]
        if sample >= len(self.task.names):
            self._refuse(f"holds an answer to the sample {sample}, and there are only {len(self.task.names):,}")
        if self.task.numbers and label is not None and math.isnan(written_number(label)):
            self._refuse(f"holds the answer {label!r} to the sample {sample}, and answers of this run are numbers")

    def _refuse(self, problem: str) -> NoReturn:
        raise DamagedRunError(
            f"{self.folder / LOG}: {problem}; put the log of this run back, or move the folder away and start afresh"
        )

    def _check_complete(self, folder: Path) -> None:
        """Refuses a log without answers that the rounds in the run's `folder` have learnt from."""
        rounds = [record for record in JournalTail(folder / JOURNAL).news() if record["type"] == "round"]
        asked = [pick[0] for record in rounds for pick in record["selected"] if pick[4] != GIVEN]
        if lost := [sample for sample in asked if not self.ledger.is_final(sample)]:
            self._refuse(f"lacks {len(lost):,} of the {len(asked):,} answers that the run has learnt from")

    @abstractmethod
    def _wait(self, asked: Sequence[int]) -> None:
        """Called again and again until the answers for the samples `asked` are final: waits a little, and hears."""

    def _closed(self) -> None:
        """The answers to all that was asked are written down, and final; called again where a kill came between."""

    @abstractmethod
    def _collect(self, round_number: int) -> None:
        """Makes what was answered ahead final for that round, by the questions that were published."""

    def label(self, asked: Asked) -> Iterator[Label]:
        """The verdicts of the people, in the order asked, once all are final."""
        ids = asked.ids.tolist()
        missing = [sample for sample in ids if not self.ledger.is_final(sample)]
        if missing:
            self._publish("labelling", asked.round_number, self._questions(asked, missing))
            while any(not self.ledger.is_final(sample) for sample in missing):
                self._wait(missing)
        self._closed()
        self._write_labels()
        for sample in ids:
            yield self._label(sample)

    def given_ahead(self, round_number: int, budget: int) -> Iterator[Label]:
        """What was answered while the model trained, at most `budget`; the same again after an interruption."""
        key = round_number, True
        if key not in self.ledger.closed and self._ahead:
            self._publish("collecting", round_number, (), self._ahead, take=budget)
            self._collect(round_number)
        for sample in self.ledger.closed.get(key, ()):
            yield self._label(sample)

    def go_on_with(self, asked: Asked) -> None:
        """Offers these samples while the model trains, after those that were answered ahead and not needed yet."""
        ids = asked.ids.tolist()
        waiting = [said.id for said in self.ledger.all() if not self.ledger.is_final(said.id) and said.id not in ids]
        kept = tuple(Question(sample, self.task.name(sample)) for sample in dict.fromkeys(waiting))
        self._ahead = (kept + self._questions(asked, ids)) if ids else ()
        self._publish("training", asked.round_number, (), self._ahead)

    def tell(self, stats: Mapping[str, Any]) -> None:
        """Adds a point to the learning curve that people see."""
        self._curve.append((stats["num_total_labeled"], stats.get("eval_mae" if self.task.numbers else "eval_acc")))

    def end(self, reason: str) -> None:
        """Says that it is over, and why."""
        self._publish("ended", self.task.last_round, message="" if reason.startswith("max_round") else reason)
        if text := Cost(Answers(self.ledger.all(), self.ledger.round_of()), self.task.numbers).sentence():
            self.listener.say(text)

    def _tell_progress(self, asked: Sequence[int]) -> int:
        """Says how many of the samples `asked` are answered, where that has changed, and returns it."""
        done = len(self.ledger.complete(asked, self.task.per_sample))
        if (progress := (done, len(asked))) != self._progress:
            self.listener.progress(f"{self.task.title}, labelled by people", *progress)
            self._progress = progress
        return done

    def _publish(
        self,
        stage: Stage,
        round_number: int,
        asked: tuple[Question, ...] = (),
        ahead: tuple[Question, ...] = (),
        take: int = 0,
        message: str = "",
    ) -> None:
        """Writes what people are asked now, their samples first."""
        task, media = self.task, files.make_folder(files.safe_join(self.folder, MEDIA))
        wanted = {question.id for question in (*asked, *ahead)}
        for place, sample in enumerate(sorted(wanted), 1):
            if not (media / f"{sample}.json").exists():
                task.show(sample).write(media, sample)
                self.listener.progress("preparing samples for people", place, len(wanted))
        Questions(
            task.title, round_number, task.last_round, stage, asked, ahead, take, self.classes, task.numbers, task.may_add,
            task.per_sample, task.show_guess, tuple(self._curve), message or task.note, self.run_digest,
        ).write(self.folder)  # fmt: skip
        # somebody may still look at a sample that was offered ahead until now
        kept = {str(sample) for sample in wanted | {question.id for question in self._ahead}}
        for path in media.iterdir():
            if path.name.partition(".")[0].partition("_")[0] not in kept and (path.is_symlink() or not path.is_dir()):
                files.remove(path)

    def _questions(self, asked: Asked, ids: Sequence[int]) -> tuple[Question, ...]:
        """Those of what is asked that concern the samples `ids`, with the model's guesses."""
        if asked.answers is None:
            return tuple(Question(sample, self.task.name(sample)) for sample in ids)
        rows = {sample: row for row, sample in enumerate(asked.ids.tolist())}
        return tuple(self._guessed(sample, asked.answers[rows[sample]].tolist()) for sample in ids)

    def _guessed(self, sample: int, answer: list[float]) -> Question:
        name = self.task.name(sample)
        if not all(map(math.isfinite, answer)):
            return Question(sample, name)
        if self.task.numbers:
            return Question(sample, name, f"{answer[0]:g}")
        likeliest = max(range(len(answer)), key=answer.__getitem__)
        known = likeliest < len(self.classes)
        return Question(sample, name, self.classes[likeliest], answer[likeliest]) if known else Question(sample, name)

    def _label(self, sample: int) -> Label:
        """The answer for a sample whose annotations are final; a class that nobody named before is added to the classes."""
        verdict, said = self.ledger.verdict(sample, numbers=self.task.numbers), self.ledger.annotations(sample)
        seconds = [one.seconds for one in said if one.seconds is not None]
        cost = math.fsum(seconds) if seconds else None
        if verdict.label is None:
            return Label(sample, None, verdict.by, cost)
        if self.task.numbers:
            return Label(sample, float(verdict.label), verdict.by, cost)
        if verdict.label not in self.classes:
            if not self.task.may_add:
                self._refuse(f"says {verdict.label!r} of the sample {sample}, which is none of the classes")
            self.classes += (verdict.label,)
        return Label(sample, self.classes.index(verdict.label), verdict.by, cost)

    def _write_labels(self) -> None:
        """Brings labels.csv up to date."""
        rounds, said = self.ledger.round_of(), self.ledger.all()
        if said or self._labels_csv.exists():
            files.write_text(self._labels_csv, labels_csv(said, self.task.name, rounds))

    def said(self) -> list[Annotation]:
        """All annotations so far."""
        return self.ledger.all()


def _digest(task: Task, folder: Path) -> str:
    """Tells the run in `folder` from others, and is the same whenever it goes on: its classes may grow, and others label it."""
    about = [task.title, *folder.absolute().parts[-2:], task.numbers, task.names.tolist()]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()
