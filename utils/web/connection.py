"""A connection of the server that does not wait for ever.

uvicorn has no limit for a request that never ends, nor for a client that takes nothing of its answer: even closed, such a
connection would count among those that there may be.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 256
"""Connections at once."""
SECONDS = 10.0
"""That a client has from the first byte of a request, or from connecting, to the last, and for each piece of an answer."""


class Connection(H11Protocol):
    """Closes when a request takes too long to come, or its answer to go, and at once where there are too many connections."""

    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """A client connected."""
        super().connection_made(transport)
        if len(self.connections) > MOST:
            transport.abort()
            return
        # whatever waits to be sent pauses writing, and with it begins the time that the client has to take it
        transport.set_write_buffer_limits(0)
        self._await()

    def data_received(self, data: bytes) -> None:
        """The client sent some of a request."""
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._rest()
        elif self._deadline is None:
            self._await()

    def pause_writing(self) -> None:
        """The client takes nothing just now."""
        super().pause_writing()
        self._stalled = self.loop.call_later(SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It took all that there was."""
        self._flow_on()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._rest()
        self._flow_on()
        super().connection_lost(exc)

    def _await(self) -> None:
        self._deadline = self.loop.call_later(SECONDS, self.transport.abort)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _flow_on(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
