"""Stands before the page: what a browser that shows it would not send is answered here, in a few words.

A request that changes something comes from the page itself, or not at all: it carries a header that no form can send, JSON,
and no sign of another site. Bodies are read here, up to a limit, whatever their header says of their length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from utils.web.access import Access

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-labelling"
LARGEST_BODY = 8192
"""Bytes."""
_OPEN_TO_ALL = "/enter"
_CLOSED = "This page is opened by the link that was printed when it started."
_ONCE_MORE = f'<!doctype html><meta http-equiv="refresh" content="0;url=/?again"><title>Labelling</title><p>{_CLOSED}</p>\n'
"""Whoever came by a link on another site, as in a mail, has the cookie, but his browser sends it only when we lead him on."""
SAFETY = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Headers of every answer."""


class Guard:
    """An ASGI application around `app`; no traceback and no path leaves it."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        """`access` says who is let in."""
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        send = _with_safety(send)
        refusal = self._refusal(request)
        if refusal is None and request.method == "POST":
            body = await _body(request)
            refusal = _plain(413, f"The request is too large: at most {LARGEST_BODY} bytes.") if body is None else None
            receive = _given(body or b"")
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        if request.method not in ("GET", "HEAD", "POST"):
            return _plain(405, "This method is not used here.", {"allow": "GET, HEAD, POST"})
        is_entering = request.url.path == _OPEN_TO_ALL and self._access.token is not None
        if not is_entering and not self._access.admits(request):
            if self._access.token is None:
                return _plain(403, "This page is called by the address that was printed when it started.")
            is_first_try = request.url.path == "/" and not request.url.query
            return HTMLResponse(_ONCE_MORE, 403) if is_first_try else _plain(403, _CLOSED)
        return _foreign(request) if request.method == "POST" else None


def _foreign(request: Request) -> Response | None:
    """The refusal of a change that the page itself did not ask for."""
    headers = request.headers
    origin, host = headers.get("origin"), headers.get("host", "")
    if (origin is not None and origin.partition("://")[2] != host) or headers.get(
        "sec-fetch-site", "same-origin"
    ) != "same-origin":
        return _plain(403, "This request comes from another site.")
    if headers.get(HEADER) != "1":
        return _plain(403, "This request does not come from the page.")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return _plain(415, "Only JSON is taken here.")
    return None


async def _body(request: Request) -> bytes | None:
    """The body; None: it is too large."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > LARGEST_BODY:
        return None
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_BODY:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)


def _given(body: bytes) -> Receive:
    """What the application reads after the body was read: that body, and then nothing more."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def _with_safety(send: Send) -> Send:
    async def safe(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name for name, _ in message["headers"]}
            headers = {"cache-control": "no-store", **SAFETY}
            added = [(name.encode(), value.encode()) for name, value in headers.items() if name.encode() not in own]
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return safe


def _plain(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    """A refusal; the connection ends with it, whatever else the client has begun to send."""
    return PlainTextResponse(text + "\n", status, {"connection": "close", **(headers or {})})
