"""Who may see the page: on this machine alone everybody, over a network whoever came by the link with the token.

The token is a secret of the run's folder, so that links and cookies survive a restart. It is sent once, by the link, and
then kept in a cookie that no script can read; pages of other sites can make no browser send it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from utils import files, reading
from utils.annotation.names import checked_annotator
from utils.annotation.refused import Refused

TOKEN_FILE = "token"  # noqa: S105 the name of the file
"""In the folder `labelling` of a run."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_TOKEN_BYTES = 32
_A_YEAR = 365 * 86_400
"""Seconds."""


@dataclass(frozen=True)
class Access:
    """The rules of one server; cookies are named after its port, because browsers do not keep those of ports apart."""

    port: int
    token: str | None
    """None: it listens on loopback, and needs none."""

    @classmethod
    def to(cls, folder: Path, address: str, port: int) -> Access:
        """Of a server that listens on the IP `address`; makes the token of `folder` where one is needed and there is none."""
        if ipaddress.ip_address(address).is_loopback:
            return cls(port, None)
        path = folder / TOKEN_FILE
        token = reading.read_bytes(path, reading.LARGEST_SMALL).decode("ascii", "replace").strip() if path.is_file() else ""
        if not _TOKEN.fullmatch(token):
            token = secrets.token_urlsafe(_TOKEN_BYTES)
            files.write_bytes(path, token.encode(), is_secret=True)
        return cls(port, token)

    def link(self, host: str) -> str:
        """What an annotator opens; `host` is the name or address by which his machine finds this one."""
        site = f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"
        return site if self.token is None else f"{site}enter?token={self.token}"

    def admits(self, request: Request) -> bool:
        """Whether whoever sent `request` may see anything."""
        if self.token is None:
            return _is_this_machine(request.headers.get("host", ""))
        return self.is_token(request.cookies.get(self._token_cookie, ""))

    def is_token(self, given: str) -> bool:
        """Whether `given` is the token; takes the same time whatever it is."""
        return self.token is not None and hmac.compare_digest(given.encode(errors="replace"), self.token.encode())

    def admit(self, response: Response) -> None:
        """Lets the browser that gets `response` in from now on."""
        if self.token is not None:
            self._remember(response, self._token_cookie, self.token)

    def annotator(self, request: Request) -> str | None:
        """The name that the annotator gave; None: he gave none yet."""
        try:
            given = base64.urlsafe_b64decode(request.cookies.get(self._name_cookie, "").encode())
            return checked_annotator(given.decode())
        except (binascii.Error, UnicodeError, Refused):
            return None

    def remember(self, response: Response, name: str) -> None:
        """Makes the browser that gets `response` that of the annotator `name`."""
        self._remember(response, self._name_cookie, base64.urlsafe_b64encode(name.encode()).decode())

    @property
    def _token_cookie(self) -> str:
        return f"labelling_token_{self.port}"

    @property
    def _name_cookie(self) -> str:
        return f"labelling_name_{self.port}"

    def _remember(self, response: Response, cookie: str, value: str) -> None:
        response.set_cookie(cookie, value, max_age=_A_YEAR, httponly=True, samesite="strict")


def _is_this_machine(host: str) -> bool:
    """Whether `host`, a header, names this machine: another site's name that leads here is an attack (DNS rebinding)."""
    name = re.sub(r":\d{0,5}$", "", host)
    try:
        return name.lower() == "localhost" or ipaddress.ip_address(name.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False
