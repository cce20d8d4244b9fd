"""The labelling page as a web application: a page, its script and style, the media, and a few things that can be done.

All that can be done answers with the whole state of the page, so that it never has to guess what became of a request.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from utils.annotation.names import LONGEST_ANNOTATOR, LONGEST_CLASS, checked_annotator
from utils.annotation.refused import Refused
from utils.errors import FrameworkError
from utils.web.access import Access
from utils.web.audience import Audience
from utils.web.desk import Desk
from utils.web.faults import Faults
from utils.web.guard import Guard
from utils.web.media import TYPES, Media
from utils.web.opened_file import OpenedFile
from utils.web.telling import told

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

_HERE = Path(__file__).parent
_STATIC = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
_AN_HOUR = "private, max-age=3600, immutable"
_LARGEST_ID = 10**18
_NOT_NOW = "The server cannot write anything down just now. Nothing that was saved is lost; whoever started it is told why."


class Page:
    """The application of one run."""

    def __init__(self, desk: Desk, folder: Path, access: Access, audience: Audience, faults: Faults) -> None:
        """Of the labelling in `folder`; `audience` is told who was shown what, and `faults` what annotators are not."""
        self._desk, self._access, self._audience, self._faults = desk, access, audience, faults
        self._media = Media(folder)
        # what a browser has kept for another run at the same address must not be sent to this one
        self._campaign = hashlib.sha256(f"{folder.resolve()} {folder.stat().st_ino}".encode(errors="replace")).hexdigest()[:16]
        loader = FileSystemLoader(_HERE / "templates", encoding="utf-8")
        self._templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
        self._static = {name: (_HERE / "static" / name).read_bytes() for name in _STATIC}

    def application(self) -> ASGIApp:
        """What a server serves."""
        return Guard(
            Starlette(
                routes=[
                    Route("/", self._page, methods=["GET"]),
                    Route("/enter", self._enter, methods=["GET"]),
                    Route("/static/{name}", self._file, methods=["GET"]),
                    Route("/media/{sample}/{part}", self._medium, methods=["GET"]),
                    Route("/api/name", self._name, methods=["POST"]),
                    *(Route(f"/api/{what}", self._done(act), methods=["POST"]) for what, act in self._acts().items()),
                ],
                exception_handlers={HTTPException: _refusal, FrameworkError: self._fault, OSError: self._fault},
            ),
            self._access,
        )

    def _acts(self) -> dict[str, Callable[[str, dict[str, Any]], None]]:
        """What an annotator can do, by its name in the URL."""
        return {"look": self._look, "annotate": self._annotate, "skip": self._skip, "undo": self._undo}

    async def _page(self, request: Request) -> Response:
        text = self._templates.get_template("page.html").render(
            is_known=self._access.annotator(request) is not None, longest_name=LONGEST_ANNOTATOR, longest_class=LONGEST_CLASS
        )
        return HTMLResponse(text)

    async def _enter(self, request: Request) -> Response:
        if self._access.token is not None and not self._access.is_token(request.query_params.get("token", "")):
            words = "This link is not the one that was printed when the page started."
            raise HTTPException(403, words, {"connection": "close"})
        response = RedirectResponse("/", 303)
        self._access.admit(response)
        return response

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._static:
            raise HTTPException(404)
        return Response(self._static[name], media_type=_STATIC[name], headers={"cache-control": "no-cache"})

    async def _medium(self, request: Request) -> Response:
        sample, part = request.path_params["sample"], request.path_params["part"]
        descriptor = await run_in_threadpool(self._opened, sample, part)
        if descriptor is None:
            raise HTTPException(404)
        return OpenedFile(descriptor, TYPES[part], {"cache-control": _AN_HOUR})

    def _opened(self, sample: str, part: str) -> int | None:
        is_asked = sample.isdecimal() and len(sample) <= len(str(_LARGEST_ID)) and self._desk.is_asked(int(sample))
        return self._media.opened(sample, part) if is_asked else None

    async def _name(self, request: Request) -> Response:
        try:
            name = checked_annotator(_text(await _body(request), "name"))
        except Refused as refused:
            return JSONResponse({"refused": str(refused)}, 422)
        response = await run_in_threadpool(self._state, name)
        self._access.remember(response, name)
        return response

    def _done(self, act: Callable[[str, dict[str, Any]], None]) -> Callable[[Request], Any]:
        """The answer to a request to do something."""

        async def answer(request: Request) -> Response:
            by = self._access.annotator(request)
            if by is None:
                return JSONResponse({"refused": "Say first who you are."}, 401)
            return await run_in_threadpool(self._after, act, by, await _body(request))

        return answer

    def _after(self, act: Callable[[str, dict[str, Any]], None], by: str, body: dict[str, Any]) -> Response:
        try:
            act(by, body)
        except Refused as refused:
            return self._state(by, refused)
        return self._state(by)

    def _state(self, by: str, refused: Refused | None = None) -> Response:
        view = self._desk.view(by)
        self._audience.looked(by, view.questions.stage)
        state = told(view, by, self._media) | {"campaign": self._campaign}
        if refused is None:
            return JSONResponse(state)
        return JSONResponse(state | {"refused": str(refused)}, 503 if refused.is_for_now else 409)

    async def _fault(self, _request: Request, error: Exception) -> Response:
        """The disk is full, or the like: nothing was lost, and the same request may be granted later."""
        self._faults.say(error)
        return JSONResponse({"refused": _NOT_NOW}, 503)

    def _look(self, by: str, body: dict[str, Any]) -> None:
        shown = body.get("showing")
        if isinstance(shown, int) and not isinstance(shown, bool):
            self._desk.keep(by, shown)
        if body.get("active") is True:
            self._desk.renew(by)

    def _annotate(self, by: str, body: dict[str, Any]) -> None:
        label = None if body.get("label", "") is None else _text(body, "label")
        seconds = body.get("seconds")
        if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float)):
            raise _malformed("seconds", "a number or null")
        self._desk.annotate(by, _id(body), label, _key(body), seconds)

    def _skip(self, by: str, body: dict[str, Any]) -> None:
        self._desk.skip(by, _id(body), _key(body))

    def _undo(self, by: str, body: dict[str, Any]) -> None:
        self._desk.undo(by, _id(body), _key(body))


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body(), parse_constant=_no_constant)
    except (JSONDecodeError, UnicodeDecodeError, RecursionError, ValueError):
        raise HTTPException(400, "This is no JSON.") from None
    if not isinstance(body, dict):
        raise HTTPException(400, "A JSON object is expected.")
    return body


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _id(body: dict[str, Any]) -> int:
    value = body.get("id")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LARGEST_ID:
        raise _malformed("id", "the id of a sample")
    return value


def _key(body: dict[str, Any]) -> str:
    value = _text(body, "key")
    if not _KEY.fullmatch(value):
        raise _malformed("key", "8 to 64 letters and digits")
    return value


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not _is_whole(value):
        raise _malformed(name, "a text")
    return value


def _is_whole(text: str) -> bool:
    """Whether no character is half of one: nothing could be written of it."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _malformed(name: str, expected: str) -> HTTPException:
    return HTTPException(400, f"“{name}” is expected to be {expected}.")


async def _refusal(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = error.detail if isinstance(error, HTTPException) else ""
    return PlainTextResponse(f"{words}\n", status, error.headers if isinstance(error, HTTPException) else None)
