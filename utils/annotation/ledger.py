"""What the annotation log of a run says, record by record: who said what of which sample, and what is final.

The log is a journal (see utils/journal.py) with five types of records: first of all `run`, which says of which run it is; an
`annotation`; a `skip`, by which an annotator puts a sample off; an `undo`, by which he takes his last annotation of a sample
back; and `closed`, which makes the answers for the samples of a round final. Whoever holds the log's lock writes it; anyone
may read it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

from utils.annotation.annotation import Annotation
from utils.annotation.record_check import record_problem
from utils.annotation.verdict import Verdict
from utils.errors import DamagedRunError
from utils.journal import Record

FOLDER, LOG, LOCK = "labelling", "annotations.log", "annotations.lock"
"""Below the folder of a run: where all that concerns its annotators lies, the log in it, and the lock of who writes that."""


class Ledger:
    """The state that the records of an annotation log lead to; takes records in their order.

    Attributes:
        run: of which run it is (see `Questions.run_digest`); None: no record said so.
        keys: of all annotations, skips and undos so far → (type, sample, annotator).
        closed: (round, whether these are answers given ahead) → ids of the samples whose answers became final.
        skipped: annotator → ids that were put off and not answered since, in the order of skipping.
    """

    def __init__(self, records: Iterable[Record] = (), where: str = LOG) -> None:
        """Starts with `records`; `where` is what messages call the log. Raises as `take` does."""
        self._where, self._taken = where, 0
        self._annotations: dict[int, list[Annotation]] = {}
        self._final: set[int] = set()
        self.run: str | None = None
        self.keys: dict[str, tuple[str, int, str]] = {}
        self.closed: dict[tuple[int, bool], list[int]] = {}
        self.skipped: dict[str, list[int]] = {}
        for record in records:
            self.take(record)

    def take(self, record: Record) -> None:
        """Takes the next record of the log.

        Raises:
            DamagedRunError: it is none that this project would have written there.
        """
        self.check(record)
        self._taken += 1
        kind = record["type"]
        if kind == "run":
            self.run = record["run"]
            return
        if kind == "closed":
            self.closed.setdefault((record["round"], record["ahead"]), []).extend(record["ids"])
            self._final |= set(record["ids"])
            return
        sample, by = record["id"], record["by"]
        self.keys[record["key"]] = kind, sample, by
        put_off = self.skipped.setdefault(by, [])
        if sample in put_off:
            put_off.remove(sample)
        if kind == "skip":
            put_off.append(sample)
        elif kind == "undo":
            self._annotations[sample] = [said for said in self.annotations(sample) if said.by != by]
        else:
            said = Annotation(**{name: record[name] for name in ANNOTATION_FIELDS})
            self._annotations.setdefault(sample, []).append(said)

    def check(self, record: Record) -> None:
        """Raises DamagedRunError where `take` would not take the record."""
        if problem := record_problem(record) or self._problem(record):
            raise DamagedRunError(
                f"{self._where}, line {self._taken + 1}: {problem}; restore the file, or move the folder away and start afresh"
            )

    def _problem(self, record: Record) -> str | None:
        """Why the record cannot stand here; None: it can."""
        if record["type"] == "run" and self._taken:
            return "a record of the type run, which only the first one is"
        unsaid = [sample for sample in record.get("ids", ()) if not self.annotations(sample)]
        return f"closes the sample {unsaid[0]}, of which nobody has said anything" if unsaid else None

    def check_run(self, digest: str) -> None:
        """Raises DamagedRunError where the log is not of the run with this digest; an empty one is of any."""
        if self._taken and self.run != digest:
            raise DamagedRunError(
                f"{self._where}: holds what people said in another run; put the log of this run back, or move the folder "
                "away and start afresh"
            )

    def annotations(self, sample: int) -> list[Annotation]:
        """The annotations of the sample that were not taken back, in the order in which they came."""
        return self._annotations.get(sample, [])

    def all(self) -> list[Annotation]:
        """Those of all samples, in the order of their samples' first annotation."""
        return [said for annotations in self._annotations.values() for said in annotations]

    def is_complete(self, sample: int, per_sample: int) -> bool:
        """Whether as many as `per_sample` annotators answered."""
        return len(self.annotations(sample)) >= per_sample

    def is_final(self, sample: int) -> bool:
        """Whether the answer for the sample can no longer change."""
        return sample in self._final

    def verdict(self, sample: int, *, numbers: bool = False) -> Verdict:
        """What the annotations of an answered sample come to; `numbers`: whether they are numbers and no classes."""
        return Verdict.of(self.annotations(sample), numbers=numbers)

    def complete(self, samples: Sequence[int], per_sample: int) -> list[int]:
        """Those of `samples` that are complete, in their order."""
        return [sample for sample in samples if self.is_complete(sample, per_sample)]

    def round_of(self) -> dict[int, int]:
        """Sample → the round that took its answer in."""
        return {sample: number for (number, _), ids in self.closed.items() for sample in ids}


ANNOTATION_FIELDS = tuple(entry.name for entry in dataclasses.fields(Annotation))


def log_path(folder: Path) -> Path:
    """The log in the folder `labelling` of a run.

    Raises:
        DamagedRunError: something else than a file lies there.
    """
    path = folder / LOG
    if path.exists() and not path.is_file():
        raise DamagedRunError(f"{path}: is no file; move it away, and put the log of this run there if there was one")
    return path


def run_record(digest: str) -> Record:
    """The first record of a log: of which run it is."""
    return {"type": "run", "run": digest}


def annotation_record(said: Annotation) -> Record:
    """The record of the log for an annotation."""
    return {"type": "annotation", **dataclasses.asdict(said)}


def skip_record(sample: int, by: str, key: str) -> Record:
    """The record for a sample that an annotator puts off."""
    return {"type": "skip", "id": sample, "by": by, "key": key}


def undo_record(sample: int, by: str, key: str) -> Record:
    """The record by which an annotator takes back what he said of a sample."""
    return {"type": "undo", "id": sample, "by": by, "key": key}


def closed_record(round_number: int, ids: Sequence[int], *, ahead: bool) -> Record:
    """The record that makes the answers of a round final; `ahead`: of samples answered before the round began."""
    return {"type": "closed", "round": round_number, "ids": list(ids), "ahead": ahead}
