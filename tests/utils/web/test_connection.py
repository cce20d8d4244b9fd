"""A client that is too slow, or one too many, is cut off."""

import asyncio

import pytest
import uvicorn
from uvicorn.server import ServerState

from utils.web import connection
from utils.web.connection import MOST, SECONDS, Connection


class Timer:
    def __init__(self):
        self.is_cancelled = False

    def cancel(self):
        self.is_cancelled = True


class Loop:
    """Notes what is to be called later."""

    def __init__(self):
        self.timers = []

    def call_later(self, seconds, act, *arguments):
        timer = Timer()
        self.timers.append((seconds, act, timer))
        return timer

    def create_task(self, work, **_):
        work.close()
        return asyncio.Future(loop=asyncio.new_event_loop())

    def waiting(self):
        return [seconds for seconds, _, timer in self.timers if not timer.is_cancelled]


class Transport(asyncio.Transport):
    is_aborted = False

    def abort(self):
        self.is_aborted = True

    def get_extra_info(self, name, default=None):
        return default

    def is_closing(self):
        return False

    def close(self):
        self.is_closed = True

    def set_write_buffer_limits(self, high=None, low=None):
        self.limit = high


@pytest.fixture
def made(monkeypatch):
    """A connection, its loop, its transport and the state of its server."""
    config, state, loop = uvicorn.Config("", log_config=None, interface="asgi3"), ServerState(), Loop()
    config.loaded, config.loaded_app, config.ws_protocol_class = True, None, None
    monkeypatch.setattr(connection.H11Protocol, "_should_upgrade", lambda self: False)
    return Connection(config, state, {}, loop), loop, Transport(), state


def test_a_request_has_its_time_and_no_more(made):
    one, loop, transport, _ = made
    one.connection_made(transport)
    one.data_received(b"POST / HTTP/1.1\r\nHost: x\r\n")
    assert loop.waiting() == [SECONDS]
    one.data_received(b"Content-Length: 2\r\n\r\n")
    one.data_received(b"1")
    assert loop.waiting() == [SECONDS]
    loop.timers[0][1]()
    assert transport.is_aborted


def test_a_request_that_came_in_time_is_not_cut_off(made):
    one, loop, transport, _ = made
    one.connection_made(transport)
    one.data_received(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n12")
    assert loop.waiting() == []


def test_one_connection_too_many(made):
    one, _, transport, state = made
    state.connections |= {object() for _ in range(MOST)}
    one.connection_made(transport)
    assert transport.is_aborted


def test_whoever_takes_nothing_of_an_answer_is_cut_off(made):
    one, loop, transport, _ = made
    one.connection_made(transport)
    one.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert transport.limit == 0, "writing pauses as soon as anything waits to be sent"
    one.pause_writing()
    one.resume_writing()
    assert loop.waiting() == []
    one.pause_writing()
    assert loop.waiting() == [SECONDS]
    loop.timers[-1][1]()
    assert transport.is_aborted
    one.connection_lost(None)
    assert loop.waiting() == []
