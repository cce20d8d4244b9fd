"""G1, G21: labels from people survive a crash at any write; none is asked for twice, none is lost."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from hparams import HParams
from tests.clerk import Clerk
from tests.crash.faulty_disk import Crash, FaultyDisk
from tests.fakes import results_of, run_fake, small_params
from tests.test_people import shown
from utils import files
from utils.errors import DiskError
from utils.journal import Journal, Record

COMPOSITIONS = {
    "asked": small_params(oracle="csv", max_round=3),
    "ahead": small_params(oracle="web", prefetch=4, max_round=3, checkpoint="best"),
    "no test part": small_params(oracle="csv", test_percent=0.0, num_folds=2, max_round=2),
}


@pytest.fixture(autouse=True)
def _everybody_is_the_clerk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("utils.oracles.csv_file.CsvOracle", Clerk)
    monkeypatch.setattr("utils.oracles.web.WebOracle", lambda task, *_: Clerk(task))


def log_of(outputs: Path) -> list[Record]:
    (path,) = outputs.rglob("annotations.log")
    return Journal(path).records


@pytest.mark.parametrize("completes", [False, True], ids=["half done", "done"])
@pytest.mark.parametrize("hparams", COMPOSITIONS.values(), ids=COMPOSITIONS)
def test_a_crash_at_any_operation_changes_no_byte(
    hparams: HParams, completes: bool, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FaultyDisk()
    monkeypatch.setattr(files, "_os", disk)
    run_fake(hparams, shown())
    results, operations = results_of(outputs), disk.count
    shutil.rmtree(outputs)
    for fatal in range(completes, operations, 23):
        monkeypatch.setattr(files, "_os", FaultyDisk(fatal, completes=completes))
        with pytest.raises((Crash, DiskError)):
            run_fake(hparams, shown())
        monkeypatch.setattr(files, "_os", FaultyDisk())
        run_fake(hparams, shown())
        assert results_of(outputs) == results, f"crash at operation {fatal}"
        said = [record for record in log_of(outputs) if record["type"] == "annotation"]
        assert len({record["id"] for record in said}) == len(said)
        shutil.rmtree(outputs)


def test_what_was_answered_ahead_is_part_of_the_next_round(outputs: Path) -> None:
    rounds = run_fake(COMPOSITIONS["ahead"], shown())
    closed = {(record["round"], record["ahead"]): record["ids"] for record in log_of(outputs) if record["type"] == "closed"}
    for record in rounds[1:]:
        number, picks = record["round"], record["selected"]
        ahead = closed[number, True]
        assert [pick[0] for pick in picks[: len(ahead)]] == ahead
        assert all(pick[2] is None for pick in picks[: len(ahead)])
        assert len(picks) == 5 > len(ahead)
        assert [pick[0] for pick in picks[len(ahead) :]] == closed[number, False]
    assert any(closed[record["round"], True] for record in rounds[1:])
    bought = [pick[0] for record in rounds for pick in record["selected"]]
    assert len(set(bought)) == len(bought)
    assert rounds[-1]["stats"]["num_total_labeled"] == sum(sample % 3 != 0 for sample in bought)


def test_each_label_is_in_the_table_with_its_round_and_its_cost(outputs: Path) -> None:
    rounds = run_fake(COMPOSITIONS["ahead"], shown())
    (path,) = outputs.rglob("labels.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    taken = {str(pick[0]): str(record["round"]) for record in rounds for pick in record["selected"]}
    assert {row["id"]: row["round"] for row in rows if row["round"]} == taken
    assert {(row["annotator"], row["when"], row["seconds"]) for row in rows} == {("clerk", "2026-01-01T12:00:00Z", "2.0")}
    assert [record["stats"]["label_seconds"] for record in rounds] == [2.0 * n for n in (10, 15, 20, 25)]


def test_at_most_one_less_than_the_budget_is_taken_ahead(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clerk, "ahead", staticmethod(lambda sample: True))
    rounds = run_fake(small_params(oracle="web", prefetch=30, max_round=2), shown())
    assert [len(record["selected"]) for record in rounds] == [10, 5, 5]
    assert [sum(pick[2] is None for pick in record["selected"]) for record in rounds[1:]] == [4, 4]


def test_another_way_to_reach_people_continues_the_same_run(outputs: Path) -> None:
    run_fake(small_params(oracle="csv", max_round=1), shown())
    assert len(run_fake(small_params(oracle="web", max_round=3), shown())) == 4
