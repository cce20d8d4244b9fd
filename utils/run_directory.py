"""The folder of one run: its lock, its journal, its weights, and how a killed run continues.

Commit of a round: weights, then one journal line (that is the commit), then the CSVs derived from the journal, then the
weights that are no longer needed go. Whatever is killed at whatever moment, the journal's last line is the truth.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from utils import files, reading
from utils.annotation.earlier_answers import forget_questions, refuse_for_other_data, refuse_to_remove
from utils.errors import DamagedRunError, DiskError, OtherRunError
from utils.failure import FILE as FAILURE
from utils.growing_table import GrowingTable
from utils.journal import Journal, Record
from utils.results import (
    autolabel_stats_csv,
    autolabels_csv,
    classes_csv,
    epochs_csv,
    rejected_csv,
    selections_csv,
    stats_csv,
    stats_path,
    timing_csv,
)
from utils.run_record import header_in, record_problem

VERSION = 1
LOCK, JOURNAL = "run.lock", "rounds.log"
_NO_DEFAULTS: Record = {}


class RunDirectory:
    """A run's folder while its lock is held; made by `open_run`."""

    def __init__(self, folder: Path, members: int) -> None:
        """Reads the journal in `folder`; the caller holds the lock.

        Args:
            folder: of the run.
            members: rounds whose weights a next round may ask for; one more is kept, so that a round can be done again.

        Raises:
            DamagedRunError: the journal was altered.
        """
        self.folder = folder
        self._members = members
        self._classes: list[str] = []
        self._params: Record = {}
        self._kept_sha256: dict[str, str] = {}
        self._stats, self._per_class = GrowingTable(stats_csv), GrowingTable(self._classes_csv)
        self._tables = {
            "selections.csv": GrowingTable(selections_csv),
            "timing.csv": GrowingTable(timing_csv),
            "epochs.csv": GrowingTable(epochs_csv),
        }
        self._journal = Journal(folder / JOURNAL)
        version = self._journal.records[0].get("version") if self._journal.records else VERSION
        if version != VERSION:
            raise DamagedRunError(f"{folder}: was written in version {version} of the run folder, this program reads {VERSION}")
        for place, record in enumerate(self._journal.records):
            if problem := record_problem(record, place):
                raise DamagedRunError(
                    f"{folder / JOURNAL}, line {place + 1}: is not what a run writes ({problem}); restore the file, or start "
                    "afresh with --overwrite true"
                )
        numbers = [record["round"] for record in self.rounds]
        if numbers != list(range(len(numbers))):
            raise DamagedRunError(
                f"{folder / 'rounds.log'}: rounds {numbers} are not consecutive; restore it or use --overwrite true"
            )

    @property
    def rounds(self) -> list[Record]:
        """The records of the committed rounds, round 0 first."""
        return [record for record in self._journal.records if record["type"] == "round"]

    @property
    def has_best(self) -> bool:
        """Whether the weights of the last committed round are the best so far over all rounds."""
        rounds = self.rounds
        return bool(rounds) and bool(rounds[-1]["has_best"])

    @property
    def ended(self) -> str | None:
        """Why the run ended, when its last record says so."""
        last = self._journal.records[-1] if self._journal.records else {}
        return last["reason"] if last.get("type") == "end" else None

    def start(
        self,
        fingerprint: Record,
        params: dict[str, Any],
        rejected: Sequence[tuple[str, str]],
        defaults: Record = _NO_DEFAULTS,
    ) -> None:
        """Begins a new run, or checks that this is the same one, allowing a larger `max_round`.

        One that ended before its first round was committed begins anew with whatever values: all that it may hold are answers
        of people, and what these were asked and shown is made anew.

        Args:
            fingerprint: what results depend on, as plain JSON values in flat groups.
            params: what params.json shows; "classes" among them.
            rejected: (file, reason) of what the data set left out, for rejected.csv.
            defaults: what parameters stand for that were not there yet when the run began.

        Raises:
            OtherRunError: the folder holds a run with other values; names each, old → new. Or answers of people to other data.
            DamagedRunError: the rounds that al_stats tells of stand in no journal.
        """
        self._refuse_lost_rounds()
        fingerprint = json.loads(json.dumps(fingerprint))
        begun = self._journal.records
        if len(begun) == 1 and begun[0]["fingerprint"] != fingerprint:
            if _features(begun[0]["fingerprint"]) != _features(fingerprint):
                refuse_for_other_data(self.folder)
            forget_questions(self.folder)
            files.remove(self.folder / JOURNAL)
            self._journal = Journal(self.folder / JOURNAL)
        if not self._journal.records:
            self._journal.append({"type": "header", "version": VERSION, "fingerprint": fingerprint})
        changes = _changes(self._journal.records[0]["fingerprint"], fingerprint, defaults)
        last = len(self.rounds) - 1
        asked = fingerprint.get("params", {}).get("max_round", last)
        if asked < last and not any(change.startswith("max_round:") for change in changes):
            changes.append(f"max_round: {last} → {asked}")
        for name in ("plots", "tensorboard"):
            files.safe_join(self.folder, name)
        _refuse(changes, self.folder)
        if (self.folder / FAILURE).exists():
            files.remove(self.folder / FAILURE)
        self._params = params
        self._write_params()
        files.write_text(self.folder / "rejected.csv", rejected_csv(rejected))
        self._classes = list(params.get("classes", ()))
        self._tidy()

    def _refuse_lost_rounds(self) -> None:
        """One row alone may be of a round 0 whose record was cut, and is done again."""
        if self.rounds:
            return
        table, count = stats_path(self.folder), 0
        with contextlib.suppress(OSError):
            count = reading.read_bytes(table).count(b"\n") - 1
        if count > 1:
            raise DamagedRunError(
                f"{self.folder / JOURNAL}: holds no round, and {table} has {count}; restore the journal, or start afresh with "
                "--overwrite true"
            )

    def keep(self, preparation: Mapping[str, str]) -> None:
        """Keeps what features of new samples are made with: file name → content; rounds from now on name the hashes."""
        for name, text in preparation.items():
            files.write_text(self.folder / name, text)
        self._kept_sha256 = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in preparation.items()}

    def name_classes(self, names: Sequence[str]) -> None:
        """Notes the classes of the data set where they have become others since the run began."""
        if list(names) != self._classes:
            self._classes = list(names)
            self._per_class = GrowingTable(self._classes_csv)
            self._params = self._params | {"classes": self._classes}
            self._write_params()
            self._tidy()

    def _write_params(self) -> None:
        text = json.dumps({"version": VERSION, **self._params}, indent=2, ensure_ascii=False)
        files.write_text(self.folder / "params.json", text + "\n")

    def weights_path(self, round_number: int) -> Path:
        """Where the weights at the end of a round lie."""
        return self.folder / f"round_{round_number:04d}.weights.h5"

    def checked_weights(self) -> list[Path]:
        """The weights at the end of the last `members` committed rounds, or of as many as there are, oldest first.

        Rounds that kept the weights of the one before count once: a committee has no member twice.

        Raises:
            DamagedRunError: a file is missing or altered; names it and both hashes.
        """
        distinct: dict[str, Record] = {}
        for record in reversed(self.rounds[-self._members :]):
            distinct.setdefault(record["weights_sha256"], record)
        return [self._checked(record) for record in reversed(distinct.values())]

    def _checked(self, record: Record) -> Path:
        path, expected = self.weights_path(record["round"]), record["weights_sha256"]
        try:
            received = reading.sha256_of(path) if path.is_file() else "missing"
        except OSError as error:
            raise DamagedRunError(f"{path}: cannot be read ({error.strerror}); restore the file") from None
        if received != expected:
            raise DamagedRunError(
                f"{path}: these weights were altered (SHA-256 expected {expected}, received {received}); "
                "restore the file, or start afresh with --overwrite true"
            )
        return path

    def commit(self, record: Record, save_weights: Callable[[Path], None]) -> None:
        """Commits the next round: `record` without its hashes, and the engine's own way to save weights.

        Besides the weights' there are those of the files and class names that predictions for new samples take.
        """
        path = self.weights_path(record["round"])
        save_weights(path)
        hashes = {
            "weights_sha256": reading.sha256_of(path),
            "kept_sha256": self._kept_sha256,
            "classes_sha256": classes_sha256(self._classes),
        }
        self._journal.append({"type": "round", **hashes, **record})
        self._tidy()
        self.drop_weights()

    def keep_autolabels(self, steps: list[Record]) -> None:
        """Records once what the model labelled after the last round, if anything, step by step; see results.autolabels_csv."""
        if not steps:
            return
        if steps != self.autolabels:
            self._journal.append({"type": "autolabel", "steps": steps})
        self._tidy()

    @property
    def autolabels(self) -> list[Record]:
        """The steps of the autolabelling after the last round; empty when there was none yet."""
        records = self._journal.records
        after = [record["steps"] for record in records[self._last_round_at() + 1 :] if record["type"] == "autolabel"]
        return after[-1] if after else []

    def _last_round_at(self) -> int:
        return max((place for place, record in enumerate(self._journal.records) if record["type"] == "round"), default=0)

    def finish(self, reason: str) -> None:
        """Records why the run ended; it is complete now."""
        self._journal.append({"type": "end", "reason": reason})

    def _tidy(self) -> None:
        """Brings everything that is derived from the journal in line with it."""
        rounds = self.rounds
        files.write_text(stats_path(self.folder), self._stats.of(rounds))
        for name, table in self._tables.items():
            files.write_text(self.folder / name, table.of(rounds))
        if self._classes:
            files.write_text(self.folder / "classes.csv", self._per_class.of(rounds))
        for name, write in (("autolabel_stats.csv", autolabel_stats_csv), ("autolabels.csv", autolabels_csv)):
            if steps := self.autolabels:
                files.write_text(self.folder / name, write(steps))
            elif (self.folder / name).exists():
                files.remove(self.folder / name)

    def drop_weights(self) -> None:
        """Removes the weights that no round asks for any more; to be called when those that are asked for were checked."""
        kept = {self.weights_path(len(self.rounds) - 1 - back) for back in range(self._members + 1)}
        for path in self.folder.glob("round_*.weights.h5"):
            if path not in kept:
                files.remove(path)

    def _classes_csv(self, rounds: list[Record]) -> str:
        return classes_csv(rounds, self._classes)


def classes_sha256(names: Sequence[str]) -> str:
    """By which the record of a round knows the names of the classes, in the order of their indices."""
    return hashlib.sha256(json.dumps(list(names)).encode()).hexdigest()


def check_free(folder: Path) -> None:
    """Raises FolderInUseError when another process works in the run folder `folder`, before anything slow is begun.

    Where nobody may look is for `open_run`: it costs that run alone.
    """
    with contextlib.suppress(DiskError):
        files.check_unlocked(folder / LOCK)


def check_same(folder: Path, params: Record, overwrite: bool, defaults: Record = _NO_DEFAULTS) -> None:
    """Raises OtherRunError when `folder` holds a run with other parameters; reads without a lock and changes nothing.

    A grid asks this for all its runs before the first begins; what else results depend on, and what else may be wrong with
    the journal, is for `open_run`.
    """
    if overwrite:
        return
    with contextlib.suppress(OSError):
        with reading.open_file(folder / JOURNAL) as file:
            header, has_rounds = header_in(file.readline(reading.LARGEST_SMALL)), bool(file.read(1))
        if has_rounds and header is not None:
            _refuse(changed_params(header, params, defaults), folder)


def changed_params(header: Record, params: Record, defaults: Record = _NO_DEFAULTS) -> list[str]:
    """One sentence, old → new, for each of `params` that the run with this journal `header` has otherwise."""
    before, after = header["fingerprint"].get("params", {}), json.loads(json.dumps(params))
    return _changes({"params": before}, {"params": after}, defaults)


@contextlib.contextmanager
def open_run(folder: Path, overwrite: bool, members: int = 1) -> Iterator[RunDirectory]:
    """Holds the lock of the run folder `folder`, cleans up after killed processes and reads the journal.

    Raises:
        FolderInUseError: another process works there.
        FolderGoneError: the folder was moved or removed meanwhile.
        OtherRunError: `overwrite` would remove answers of people.
        DamagedRunError: the journal was altered.
    """
    holder = f"process {os.getpid()} on {platform.node()}"
    with files.locked(folder / LOCK, holder, whole_folder=True), files.kept(folder):
        if overwrite:
            refuse_to_remove(folder)
            _remove(stats_path(folder), for_good=True)
            _remove(folder / JOURNAL, for_good=True)
            for entry in folder.iterdir():
                if entry.name != LOCK:
                    _remove(entry)
        files.remove_temporaries(folder)
        files.remove_temporaries(folder.parent, stats_path(folder).name)
        yield RunDirectory(folder, members)


def _remove(path: Path, *, for_good: bool = False) -> None:
    if path.is_dir() and not path.is_symlink():
        files.remove_tree(path)
    else:
        files.remove(path, for_good=for_good)


def _refuse(changes: list[str], folder: Path) -> None:
    if changes:
        advice = "give the same again to continue, another run_name for a run beside it, or --overwrite true to start afresh"
        raise OtherRunError(changes, f"{folder} holds a run with other values", advice)


def _features(fingerprint: Record) -> str | None:
    """What the features of the samples are known by; None where nothing is known of them."""
    return fingerprint.get("data", {}).get("features")


def _changes(old: Record, new: Record, defaults: Record) -> list[str]:
    changes: list[str] = []
    for group in sorted({*old, *new}):
        before, after = old.get(group, {}), new.get(group, {})
        if group == "params":
            before = {name: value for name, value in defaults.items() if name in after} | before
        changes += [
            f"{name}: {json.dumps(before.get(name))} → {json.dumps(after.get(name))}"
            for name in sorted({*before, *after})
            if before.get(name) != after.get(name) and not _goes_on(name, before.get(name), after.get(name))
        ]
    return changes


def _goes_on(name: str, before: Any, after: Any) -> bool:
    return name == "max_round" and type(before) is int and type(after) is int and after > before
