"""What annotators are told when a run ends before its time: no error, because it may name folders."""

import contextlib
import signal

import numpy as np
import pytest

from tests.torture.labelling import free_port
from tests.utils.oracles.listener import Listener
from tests.utils.oracles.test_people import task
from utils.annotation.ledger import FOLDER
from utils.annotation.questions import Questions
from utils.errors import DataError
from utils.oracles.base import Asked
from utils.oracles.web import WebOracle
from utils.signals import Stopped


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            DataError("/home/somebody/secret is missing"),
            "An error ended it; whoever started it finds in the terminal what is wrong.",
        ),
        (Stopped(signal.SIGINT), ""),
    ],
)
def test_whoever_looks_is_told_no_more_than_he_needs(tmp_path, error, message):
    oracle = WebOracle(task(), "127.0.0.1", free_port())

    def fail(_):
        raise error

    oracle._wait = fail
    with contextlib.suppress(type(error)), oracle.at_work(tmp_path, Listener()):
        list(oracle.label(Asked(1, np.array([0]))))
    questions = Questions.read(tmp_path / FOLDER)
    assert (questions.stage, questions.message, len(questions.asked)) == ("stopped", message, 1)


def test_faults_of_the_page_come_to_the_terminal(tmp_path):
    oracle, listener = WebOracle(task(), "127.0.0.1", free_port()), Listener()
    with oracle.at_work(tmp_path, listener):
        oracle._page.faults = lambda: ["labelling page: the disk is full"]
        oracle._look()
    assert listener.said[-1] == "labelling page: the disk is full"
