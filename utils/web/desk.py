"""Hands out the samples of a run to its annotators and takes their answers in: each answer is on the disk before it counts.

The desk knows what is asked from questions.json, which the run replaces, and what was answered from the annotation log,
which it alone writes. Everything else, such as who has which sample on the screen, may be forgotten at any moment. Answers
that come while the disk is busy with others are written together, so that twenty people wait little longer than one.
"""

from __future__ import annotations

import contextlib
import datetime
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from utils.annotation.annotation import Annotation
from utils.annotation.ledger import (
    LOG,
    Ledger,
    annotation_record,
    closed_record,
    log_path,
    run_record,
    skip_record,
    undo_record,
)
from utils.annotation.names import LONGEST_CLASS, checked_class, checked_number
from utils.annotation.questions import FILE, Question, Questions
from utils.annotation.refused import Refused
from utils.errors import DiskError
from utils.journal import Journal, Record
from utils.web.agenda import Agenda
from utils.web.leases import Leases
from utils.web.tally import Tally
from utils.web.view import Done, View

GRACE = 3.0
"""Seconds after the last answer of a round in which it may still be taken back."""
_LEASE = 600.0
"""Seconds without a sign of life after which a sample on a screen goes to somebody else."""
_LONGEST_ANSWER = 86_400.0
"""Seconds; what took longer was no thinking."""
_NOTHING_ASKED = Questions(run="", round=0, last_round=0, stage="training")


class Desk:
    """The state of the labelling of one run; its methods may be called from any thread, and each is all or nothing."""

    def __init__(
        self, folder: Path, grace: float = GRACE, lease: float = _LEASE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Reads what lies in `folder`, the folder `labelling` of a run; the caller holds the lock of the annotation log.

        Args:
            folder: where questions and log lie.
            grace: seconds between the last answer of a round and the moment when its answers become final.
            lease: seconds without a sign of life after which a sample goes to somebody else.
            clock: seconds since any moment.

        Raises:
            DamagedRunError: the log or the questions were altered, or belong to another run.
        """
        self._folder, self._grace, self._clock = folder, grace, clock
        self._lock, self._disk = threading.RLock(), threading.Lock()
        self._leases = Leases(lease, clock)
        self._questions, self._signature, self._faults = _NOTHING_ASKED, (0, 0, 0), 0
        self._load()
        self._refresh()

    def view(self, by: str) -> View:
        """What the annotator `by` sees now; the sample in it is his until he answers or gives no sign of life for too long."""
        with self._lock:
            self._refresh()
            shown = self._agenda.next(by, self._leases)
            upcoming = self._agenda.upcoming(by, self._leases, shown) if shown else None
            self._leases.take(by, shown.id if shown else None, upcoming.id if upcoming else None)
            return View(
                questions=self._questions,
                question=shown,
                upcoming=upcoming,
                is_ahead=shown is not None and shown.id not in self._agenda.asked,
                is_closed=self._is_closed(ahead=False),
                classes=self._classes(),
                done=len(self._questions.asked) - len(self._agenda.asked),
                answered_ahead=len(self._questions.ahead) - len(self._agenda.ahead),
                mine=self._tally.by[by],
                with_others=0 if shown else len(self._agenda.asked),
                agreement=self._tally.agreement(self._questions.per_sample),
                undoable=self._undoable(by),
            )

    def keep(self, by: str, sample: int) -> None:
        """The annotator `by` has `sample` on the screen: after a restart it is his again, unless another has it."""
        with self._lock:
            self._refresh()
            is_free = self._leases.of(by)[0] is None and self._agenda.is_open(sample, by)
            if is_free and self._agenda.has_room(sample, by, self._leases):
                self._leases.take(by, sample)

    def renew(self, by: str) -> None:
        """The annotator `by` gave a sign of life."""
        with self._lock:
            self._leases.renew(by)

    def annotate(self, by: str, sample: int, label: str | None, key: str, seconds: float | None = None) -> None:
        """Takes the answer of the annotator `by` in; it is on the disk when this returns. The same key again changes nothing.

        Args:
            by: the annotator's name.
            sample: id of what he answers.
            label: name of a class, or a number as text; None: the sample is unusable.
            key: unique to this answer.
            seconds: that he took for it; None: unknown.

        Raises:
            Refused: the sample is not asked, or needs no answer of his; or the label is none that he may give; or the key is
                that of something else.
            DiskError: it could not be written, and does not count.
        """
        with self._writing():
            if self._is_done("annotation", sample, by, key):
                return
            self._check_open(sample, by)
            said = label if label is None else self._checked(label)
            taken = round(seconds, 3) if seconds is not None and 0 <= seconds <= _LONGEST_ANSWER else None
            when = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            self._commit(annotation_record(Annotation(sample, said, by, when, taken, key)))
            self._leases.finish(by, sample)

    def skip(self, by: str, sample: int, key: str) -> None:
        """Puts the sample off: it comes back to the annotator `by` after the rest of its round. Raises as `annotate` does."""
        with self._writing():
            if self._is_done("skip", sample, by, key):
                return
            self._check_open(sample, by)
            self._commit(skip_record(sample, by, key))
            self._leases.finish(by, sample)

    def undo(self, by: str, sample: int, key: str) -> None:
        """Takes back what the annotator `by` did last, which concerns `sample`; it comes back to him before all else.

        Raises:
            Refused: it is not what he did last, or it is final; or the key is that of something else.
            DiskError: it could not be written, and nothing is taken back.
        """
        with self._writing():
            if self._is_done("undo", sample, by, key):
                return
            last = self._undoable(by)
            if last is None or last.id != sample:
                raise Refused("This cannot be taken back any more; answers that the model learns from are final.")
            self._commit(undo_record(sample, by, key))
            # it may be on another's screen by now, who got it when this one put it off, or answered late
            if self._agenda.has_room(sample, by, self._leases):
                self._leases.take(by, sample)

    def settle(self) -> None:
        """Makes the answers of a round final that is over, and those given ahead when the run collects them; call it often."""
        with self._writing():
            self._refresh()
            questions = self._questions
            if questions.stage == "labelling" and not self._agenda.asked and not self._is_closed(ahead=False):
                if self._clock() - self._changed >= self._grace:
                    self._commit(closed_record(questions.round, self._not_final(questions.asked), ahead=False))
            elif questions.stage == "collecting" and not self._is_closed(ahead=True):
                ready = self._ledger.complete(self._not_final(questions.ahead), questions.per_sample)[: questions.take]
                self._commit(closed_record(questions.round, ready, ahead=True))

    def is_asked(self, sample: int) -> bool:
        """Whether annotators are asked for the sample just now, so that they may see and hear it."""
        with self._lock:
            self._refresh()
            return sample in self._agenda.known

    def stage(self) -> str:
        """What the run does."""
        with self._lock:
            self._refresh()
            return self._questions.stage

    def _load(self) -> None:
        """Takes everything from the log; of one whose last line could not be written whole, that is dropped."""
        self._journal = Journal(log_path(self._folder))
        self._ledger, self._tally = Ledger(where=str(self._folder / LOG)), Tally()
        self._waiting: list[Record] = []
        for record in self._journal.records:
            self._tally.take(record, self._ledger)
        self._check_run(self._questions)
        self._agenda = Agenda(self._questions, self._ledger)
        self._changed = self._clock()
        self._is_intact = True

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Around what may change something; all that the block took into account is on the disk when this returns."""
        with self._lock:
            if not self._is_intact:
                self._load()
            yield
            faults = self._faults
        with self._disk:
            self._write(faults)

    def _write(self, faults: int) -> None:
        """Writes what waits; somebody else may have done so meanwhile, or failed: then `faults` have become more."""
        with self._lock:
            if faults != self._faults:
                raise DiskError(f"{self._folder / LOG} could not be written; what was acknowledged is safe")
            records, self._waiting = self._waiting, []
        try:
            if records:
                self._journal.append(*records)
        except BaseException:
            with self._lock:
                self._faults, self._is_intact = self._faults + 1, False
            raise

    def _refresh(self) -> None:
        """Reads the questions if they changed."""
        try:
            found = (self._folder / FILE).stat()
        except FileNotFoundError:
            return
        signature = found.st_mtime_ns, found.st_size, found.st_ino
        if signature == self._signature:
            return
        before, questions = self._questions, Questions.read(self._folder)
        self._check_run(questions)
        self._questions, self._signature = questions, signature
        self._agenda = Agenda(questions, self._ledger, self._agenda.in_hand(self._leases))
        if (before.round, before.stage) != (self._questions.round, self._questions.stage):
            self._changed = self._clock()

    def _commit(self, record: Record) -> None:
        """Takes `record` into account; it is written at the end of `_writing`, in an empty log after that of the run."""
        begins = self._ledger.run is None and self._questions.run_digest
        for one in [run_record(self._questions.run_digest), record] if begins else [record]:
            self._tally.take(one, self._ledger)
            self._waiting.append(one)
        if record["type"] == "undo":
            self._agenda.reopen()
        elif record["type"] == "annotation":
            self._agenda.answered(record["id"])
        self._changed = self._clock()

    def _is_closed(self, *, ahead: bool) -> bool:
        """Of what is asked all must be final, too: a run that began anew asks for other samples in the same round."""
        is_over = (self._questions.round, ahead) in self._ledger.closed
        return is_over and (ahead or not self._not_final(self._questions.asked))

    def _not_final(self, questions: Sequence[Question]) -> list[int]:
        return [question.id for question in questions if not self._ledger.is_final(question.id)]

    def _check_run(self, questions: Questions) -> None:
        if questions.run_digest:
            self._ledger.check_run(questions.run_digest)

    def _is_done(self, kind: str, sample: int, by: str, key: str) -> bool:
        """Whether just this was done before, and is sent again because its acknowledgement was lost."""
        done = self._ledger.keys.get(key)
        if done not in (None, (kind, sample, by)):
            raise Refused("This is not saved: it bears the key of another answer. Load the page anew, then answer again.")
        return done is not None

    def _check_open(self, sample: int, by: str) -> None:
        self._refresh()
        if self._questions is _NOTHING_ASKED or self._questions.stage == "stopped":
            raise Refused("The run is not at work; the answer is kept here and sent when it continues.", is_for_now=True)
        if sample not in self._agenda.known:
            raise Refused("This sample is not asked any more.")
        if self._agenda.has_answered(sample, by):
            raise Refused("You answered this sample already.")
        if not self._agenda.is_open(sample, by):
            raise Refused("Somebody else answered this sample meanwhile.")

    def _checked(self, label: str) -> str:
        if self._questions.numbers:
            return checked_number(label)
        if not self._questions.may_add and label not in self._classes():
            raise Refused(f"“{label[:LONGEST_CLASS]}” is none of the classes, and no classes may be added.")
        return checked_class(label, self._classes())

    def _classes(self) -> tuple[str, ...]:
        if self._questions.numbers:
            return ()
        known = set(self._questions.classes)
        return (*self._questions.classes, *(name for name, count in self._tally.labels.items() if count and name not in known))

    def _undoable(self, by: str) -> Done | None:
        """The last thing that the annotator did and may take back."""
        for sample, kind in self._tally.actions(by):
            if sample not in self._agenda.known or (kind == "skip" and not self._agenda.is_open(sample, by)):
                continue
            label = next((said.label for said in self._ledger.annotations(sample) if said.by == by), None)
            return Done(sample, self._agenda.known[sample].name, label, is_skip=kind == "skip")
        return None
