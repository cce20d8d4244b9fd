"""G14 and G15 where people label: a run of many rounds on the page, and the page's server over thousands of requests."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest import mock

import psutil

import framework
from tests.fakes import ENVIRONMENT, FakeEngine, blobs, small_params, without_pictures
from tests.torture.annotators import Client, ScriptedAnnotator
from tests.torture.flatness import Flatness
from tests.torture.labelling import free_port
from tests.torture.long_run import Moment, Watch, in_a_process
from tests.torture.sweep import Sweep
from utils.annotation.questions import Question, Questions
from utils.annotation.shown import Shown
from utils.oracles import web
from utils.oracles.web import WebOracle
from utils.web.page_server import PageServer

_ROUNDS = 200
_BLOCKS, _REQUESTS_A_BLOCK = 60, 100
_CLASSES = ("a", "b", "c")


def labelled_run(rounds: int, folder: Path) -> tuple[Flatness, Flatness]:
    """A run of so many rounds that one person labels on the page: how flat the run is, and the process of its page."""
    of_run, of_page = in_a_process(_labelled, rounds, folder)
    assert len(of_run) == len(of_page) == rounds + 1, f"{len(of_run)} moments of {rounds + 1} rounds; the run: {folder}"
    return Flatness.of(of_run), Flatness.of(of_page)


class _WatchOfBoth(Watch):
    """Looks at this process and at that of the page; each round asks for one answer."""

    def __init__(self) -> None:
        super().__init__(of_runs=False)
        self.page: list[Moment] = []

    def _look(self, samples: int) -> None:
        super()._look(1)
        (page,) = [child for child in psutil.Process().children() if "utils.web.server" in child.cmdline()]
        self.page.append(moment_of(page, len(self.page), 1))


def _labelled(rounds: int, folder: Path) -> tuple[list[Moment], list[Moment]]:
    watch, port = _WatchOfBoth(), free_port()
    data = replace(blobs(2 * rounds), show=lambda sample: Shown("text", text=f"text of {sample}"))
    params = {"oracle": "web", "web_port": port, "max_round": rounds, "num_select_per_round": 1, "hist_sel_mode": "no"}
    hparams = small_params(**params, labeled_percent=0.02)
    patches = {"_SECONDS_BETWEEN_LOOKS": 0.01, "WebOracle": partial(WebOracle, grace=0.0)}
    with without_pictures(folder / "outputs"), mock.patch.multiple(web, **patches), _one_who_answers(port):
        framework.Experiment(next(hparams.single_runs()), data, FakeEngine(), ENVIRONMENT).run(watch)
    return watch.moments, watch.page


@contextlib.contextmanager
def _one_who_answers(port: int) -> Iterator[None]:
    enough = threading.Event()
    person = threading.Thread(target=ScriptedAnnotator("person", port, 0).work, args=(enough,), daemon=True)
    person.start()
    try:
        yield
    finally:
        enough.set()
        person.join(30)


def requests(blocks: int, each: int, folder: Path) -> Flatness:
    """The process of a page in `folder` over `blocks` blocks of `each` requests: the page, a look, an answer, in turn."""
    questions = tuple(Question(number, f"sample {number}") for number in range(blocks * each))
    Questions("long", 1, 1, "labelling", asked=questions, classes=_CLASSES).write(folder)
    moments, port = list[Moment](), free_port()
    with PageServer(folder, "127.0.0.1", port) as page:
        process, client = psutil.Process(page.process_id), Client(port)
        _, state = client.insist("name", {"name": "person"})
        for block in range(blocks):
            begun = _processor(process)
            for number in range(each):
                if number % 3 == 0:
                    assert client.send("GET", "/")[0] == 200
                elif number % 3 == 1:
                    _, state = client.insist("look", {"active": True})
                else:
                    answer = {"id": state["question"]["id"], "label": "a", "key": uuid.uuid4().hex, "seconds": 1.0}
                    _, state = client.insist("annotate", answer)
            moments.append(replace(moment_of(process, block, each), processor=_processor(process) - begun))
        client.close()
    return Flatness.of(moments)


def moment_of(process: psutil.Process, number: int, samples: int) -> Moment:
    """Of a process that is not this one: without times and graphs."""
    held = process.memory_info().rss / 2**20, process.num_fds(), process.num_threads()
    return Moment(number, samples, 0.0, 0.0, *held, graphs=0)


def _processor(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _labelled_run(_seed: int, folder: Path) -> str:
    run, page = labelled_run(_ROUNDS, folder)
    faults = [f"run: {fault}" for fault in run.faults()] + [f"page: {fault}" for fault in page.faults(timed=False)]
    assert not faults, "; ".join(faults)
    grown = f"{run.megabytes:+.3f} MB a round in the run, {page.megabytes:+.3f} in the page's process"
    return (
        f"{_ROUNDS} rounds labelled on the page: {grown}, {run.times_as_long:.2f} × the time, descriptors and threads constant"
    )


def _requests(_seed: int, folder: Path) -> str:
    flatness = requests(_BLOCKS, _REQUESTS_A_BLOCK, folder)
    faults = flatness.faults()
    assert not faults, "; ".join(faults)
    grown = f"{flatness.megabytes:+.3f} MB and {flatness.times_as_long:.2f} × the time for each {_REQUESTS_A_BLOCK}"
    return f"{_BLOCKS * _REQUESTS_A_BLOCK:,} requests to the page: {grown}, descriptors and threads constant"


SWEEPS = (
    Sweep("long_labelling", "G14", _labelled_run),
    Sweep("page_requests", "G14", _requests),
)
