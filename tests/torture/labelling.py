"""Labels while the server is killed again and again.

Twenty annotators answer a thousand samples over the network, skip some and take some back, while the process that serves
them is killed twenty times (SIGKILL). In the end the log has to say what they were told was saved, and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.torture.annotators import ScriptedAnnotator
from tests.torture.sweep import Sweep
from utils.annotation.ledger import LOG, Ledger
from utils.annotation.questions import Question, Questions
from utils.web.page_server import PageServer

_CLASSES = ("dog", "cat", 'a "quoted" <b>bird</b>', "Größe 犬")
_SECONDS_AT_MOST = 200.0


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        annotations: in the log that were not taken back.
        kills: of the server.
        seconds: it took.
        faults: what is wrong, one sentence each; empty when nothing is.
    """

    annotations: int
    kills: int
    seconds: float
    faults: list[str]


def torture(folder: Path, annotators: int, samples: int, kills: int, per_sample: int = 1, seed: int = 0) -> Outcome:
    """Labels `samples` in the empty `folder` and returns what came of it."""
    questions = tuple(Question(number, f"sample {number}") for number in range(samples))
    Questions("torture", 1, 1, "labelling", asked=questions, classes=_CLASSES, per_sample=per_sample).write(folder)
    begun, rng, killed = time.perf_counter(), random.Random(seed), set[int]()
    port, enough = free_port(), threading.Event()
    team = [ScriptedAnnotator(f"annotator {number} <b>", port, seed + number) for number in range(annotators)]
    due = sorted(rng.sample(range(samples * per_sample * 9 // 10), kills))
    with ThreadPoolExecutor(annotators) as pool, PageServer(folder, "127.0.0.1", port, 0.5) as page, _set_at_the_end(enough):
        work = [pool.submit(one.work, enough) for one in team]
        while not _closed(folder) and time.perf_counter() - begun < _SECONDS_AT_MOST:
            page.check()
            victim = page.process_id
            if due and sum(len(one.acknowledged) for one in team) >= due[0] and victim and victim not in killed:
                os.kill(victim, signal.SIGKILL)
                due.pop(0)
                killed.add(victim)
            time.sleep(0.01)
            for failed in [one for one in work if one.done()]:
                failed.result()
    return _outcome(folder, team, samples * per_sample, len(killed), time.perf_counter() - begun, per_sample)


@contextlib.contextmanager
def _set_at_the_end(event: threading.Event) -> Iterator[None]:
    try:
        yield
    finally:
        event.set()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def records(folder: Path) -> list[dict[str, object]]:
    """Of the log, without those that are being written."""
    path = folder / LOG
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [json.loads(line.partition(b" ")[2]) for line in lines]


def _closed(folder: Path) -> bool:
    return (1, False) in Ledger(records(folder)).closed


def _outcome(
    folder: Path, team: Sequence[ScriptedAnnotator], expected: int, killed: int, seconds: float, per_sample: int
) -> Outcome:
    log = records(folder)
    said = Ledger(log).all()
    saved = {one.key: (one.id, one.label) for one in said}
    told = {key: answer for one in team for key, answer in one.acknowledged.items()}
    times = Counter(record["key"] for record in log if "key" in record)
    per_person = Counter((one.id, one.by) for one in said)
    faults = {
        "answers acknowledged and not in the log": told.items() - saved.items(),
        "answers in the log and not acknowledged": saved.items() - told.items(),
        "keys written more than once": [key for key, count in times.items() if count > 1],
        "samples answered twice by one annotator": [one for one, count in per_person.items() if count > 1],
        "samples with more answers than wanted": [
            one for one, count in Counter(one.id for one in said).items() if count > per_sample
        ],
        "answers missing": range(expected - len(said)),
        "rounds not closed": [] if (1, False) in Ledger(log).closed else [1],
    }
    return Outcome(len(said), killed, seconds, [f"{len(found)} {what}" for what, found in faults.items() if found])


def _a_thousand_answers(seed: int, folder: Path) -> str:
    outcome = torture(folder, annotators=20, samples=1_000, kills=20, seed=seed)
    assert not outcome.faults, outcome.faults
    return f"{outcome.annotations:,} answers of 20 people, the server killed {outcome.kills} times: none lost, none doubled"


SWEEPS = (Sweep("labelling", "G21", _a_thousand_answers),)
