"""Runs that people label on the page: real server, scripted annotators, kills in the middle."""

from __future__ import annotations

import csv
import os
import signal
import socket
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import run_fake, small_params
from tests.test_people import shown
from tests.torture.annotators import ScriptedAnnotator
from utils.annotation.ledger import Ledger
from utils.errors import ParameterError
from utils.journal import Journal
from utils.oracles import web
from utils.oracles.web import WebOracle
from utils.web.page_server import PageServer


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(web, "_SECONDS_BETWEEN_TABLES", 0.0)
    monkeypatch.setattr(web, "WebOracle", partial(WebOracle, grace=0.0))


@pytest.fixture
def annotators(port: int) -> Iterator[list[ScriptedAnnotator]]:
    """Three who answer at random, skip, and take back, until the test is over."""
    people, enough = [ScriptedAnnotator(f"person {number}", port, number) for number in range(3)], threading.Event()
    threads = [threading.Thread(target=person.work, args=(enough,), daemon=True) for person in people]
    for thread in threads:
        thread.start()
    yield people
    enough.set()
    for thread in threads:
        thread.join(30)


def check(outputs: Path, rounds: list[Any], people: list[ScriptedAnnotator], per_sample: int) -> None:
    """Every acknowledged answer stands in the log once; what was bought is what was said."""
    (log,) = outputs.rglob("annotations.log")
    ledger = Ledger(Journal(log).records)
    kept = {said.key: (said.id, said.label) for said in ledger.all()}
    acknowledged = {key: answer for person in people for key, answer in person.acknowledged.items()}
    assert acknowledged.items() <= kept.items()
    bought = [pick[0] for record in rounds for pick in record["selected"]]
    assert len(set(bought)) == len(bought)
    for record in rounds:
        for pick in record["selected"]:
            annotations = ledger.annotations(pick[0])
            assert len(annotations) == len({said.by for said in annotations}) == per_sample
            label = ledger.verdict(pick[0]).label
            assert pick[3] == (None if label is None else ("a", "b", "c").index(label))
    (path,) = outputs.rglob("labels.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(int(row["id"]), row["annotator"], row["label"]) for row in csv.DictReader(file)]
    assert sorted(rows) == sorted((said.id, said.by, said.label or "") for said in ledger.all())


@pytest.mark.parametrize("changes", [{"annotators_per_sample": 2}, {"prefetch": 6, "checkpoint": "best"}], ids=str)
def test_three_people_label_a_run_to_its_end(
    changes: dict[str, Any], port: int, annotators: list[ScriptedAnnotator], outputs: Path
) -> None:
    rounds = run_fake(small_params(oracle="web", web_port=port, max_round=3, **changes), shown())
    assert len(rounds) == 4
    check(outputs, rounds, annotators, changes.get("annotators_per_sample", 1))


def test_a_killed_server_is_started_again_and_loses_nothing(
    port: int, annotators: list[ScriptedAnnotator], outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, kills, look = 0, [5, 40, 80], PageServer.check

    def check_and_kill(page: PageServer) -> None:
        nonlocal looks
        looks += 1
        if looks in kills and page.process_id:
            os.kill(page.process_id, signal.SIGKILL)
        look(page)

    monkeypatch.setattr(PageServer, "check", check_and_kill)
    rounds = run_fake(small_params(oracle="web", web_port=port, max_round=6), shown())
    assert len(rounds) == 7
    check(outputs, rounds, annotators, 1)


def test_a_port_that_is_taken_is_named(outputs: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ParameterError, match="web_port"):
            run_fake(small_params(oracle="web", web_port=taken.getsockname()[1]), shown())
