"""Blocks come in turn, and whoever stops taking them waits for nobody."""

import threading

import pytest

from utils.decoding.crew import in_turn


class Process:
    """Stands in for a process: what happens to it is written down."""

    def __init__(self):
        self.told, self.begun, self.stopped = [], threading.Event(), threading.Event()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.told.append("closed")

    def start(self):
        self.told.append("started")

    def stop(self):
        self.stopped.set()


def work(process, block):
    if block:
        process.begun.set()
        process.stopped.wait()
    process.told.append(block)
    return block


@pytest.mark.parametrize("count", [1, 2, 5])
def test_in_their_order(count):
    assert list(in_turn(Process, count, "abc", lambda process, block: block.upper())) == ["A", "B", "C"]


@pytest.mark.parametrize("attempt", range(20))
def test_a_thread_has_ended_before_its_process_is_closed(attempt):
    process = Process()
    blocks = in_turn(lambda: process, 1, [0, 1, 2, 3], work)
    assert next(blocks) == 0
    process.begun.wait()
    blocks.close()
    assert process.told == ["started", 0, 1, "closed"]


def test_no_block_needs_no_process():
    assert list(in_turn(Process, 3, [], work)) == []
