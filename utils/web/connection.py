"""A connection of the server that does not wait for ever: uvicorn has no limit for a request that never ends."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 256
"""Connections at once."""
SECONDS = 10.0
"""That a client has from the first byte of a request, or from connecting, to the last."""


class Connection(H11Protocol):
    """Closes when a request takes too long to come, and at once where there are too many connections."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """A client connected."""
        super().connection_made(transport)
        if len(self.connections) > MOST:
            transport.abort()
            return
        self._await()

    def data_received(self, data: bytes) -> None:
        """The client sent some of a request."""
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._rest()
        elif self._deadline is None:
            self._await()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._rest()
        super().connection_lost(exc)

    def _await(self) -> None:
        self._deadline = self.loop.call_later(SECONDS, self.transport.abort)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
