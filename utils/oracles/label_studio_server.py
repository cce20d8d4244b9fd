"""A Label Studio server as a run meets it: a wrong address or token is refused at once, a server that is away is waited for.

A run asks people for days, in which a server is restarted and networks fail. So whatever is requested is requested again until
it is answered; requests are therefore written such that a second one does no harm. The token comes from the environment and
goes nowhere but to the server.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from utils.errors import DataError, ParameterError
from utils.oracles.base import Progress

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

TOKEN = "LABEL_STUDIO_API_KEY"  # noqa: S105 (the name of the variable)
ONCE: Any = {"max_retries": 0}
"""With every request: the SDK's own repetitions could do what must be done once a second time."""
_PARAMETER = "label_studio_url"
_SECONDS_TO_ANSWER = 60
_SECONDS_BETWEEN_TRIES = 5.0
_BUSY = (408, 409, 429)
_LONGEST_MESSAGE = 500
_HELP = (
    f"make one in Label Studio (Account & Settings, Personal Access Token), and set it with export {TOKEN}=…; a legacy token "
    "works only where the organisation allows it (Organization, API Token Settings)"
)
_Answer = TypeVar("_Answer")


def problems(url: str) -> list[str]:
    """What stands against asking people at the server `url`, one sentence each; sends nothing, and loads nothing of the SDK."""
    found = []
    if importlib.util.find_spec("label_studio_sdk") is None:
        found.append("oracle: label_studio needs the SDK of Label Studio: pip install .[label-studio]")
    token = os.environ.get(TOKEN, "")
    if not token:
        found.append(f"oracle: label_studio needs an access token in the environment: {_HELP}")
    elif not token.isascii() or not token.isprintable() or " " in token:
        found.append(f"{TOKEN}: holds a space, a line end or another character that no token has; copy it anew: {_HELP}")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return [*found, _not_an_address(url)]
    if parts.password is not None or parts.username is not None:
        found.append(f"{_PARAMETER}: holds a name or a password, which params.json would show; leave it out: {TOKEN} is enough")
    elif not usable:
        found.append(_not_an_address(url))
    return found


def _not_an_address(url: str) -> str:
    return f"{_PARAMETER}: received {url!r}, expected an address such as http://localhost:8080 or https://labels.example.org"


class LabelStudioServer:
    """The connection of one run."""

    def __init__(self, url: str, listener: Progress, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """Connects to `url` and makes sure that the token is good there.

        Args:
            url: http(s)://…, as `problems` lets it pass.
            listener: is told once when the server does not answer any more, and once when it does again.
            sleep: waits so many seconds.

        Raises:
            ParameterError: nothing answers, or not as Label Studio does, or it refuses the token.
        """
        self.url, self._listener, self._sleep, self._away = url.rstrip("/"), listener, sleep, False
        wrong = problems(url)
        if wrong:
            raise ParameterError(wrong)
        from label_studio_sdk.core.api_error import ApiError

        self._refusal = ApiError
        try:
            self.sdk = self._client()
            self.sdk.users.whoami(request_options=ONCE)
        except Exception as error:
            if self._is_passing(error):
                raise ParameterError(self._nobody(error)) from None
            self._refuse(error)

    def _client(self) -> LabelStudio:
        from label_studio_sdk import LabelStudio

        # the final slash keeps the path of a server that has one when the SDK fetches a new access token
        return LabelStudio(base_url=f"{self.url}/", api_key=os.environ[TOKEN], timeout=_SECONDS_TO_ANSWER)

    def ask(self, request: Callable[[LabelStudio], _Answer]) -> _Answer:
        """The answer to `request`, which is made again while the server is away or busy.

        Raises:
            ParameterError: the token is refused.
            DataError: the server refuses the request.
        """
        renewed = False
        while True:
            try:
                answer = request(self.sdk)
            except Exception as error:
                if not renewed and self._has_status(error, 401):
                    # by a clock that is slow, the SDK takes an access token that has expired for good
                    renewed = True
                    with contextlib.suppress(self._refusal):
                        self.sdk = self._client()
                    continue
                if not self._is_passing(error):
                    self._refuse(error)
                self._say_away(error)
                self._sleep(_SECONDS_BETWEEN_TRIES)
                continue
            if self._away:
                self._listener.say(f"Label Studio at {self.url} answers again")
            self._away = False
            return answer

    def is_missing(self, error: Exception) -> bool:
        """Whether the server says that what was asked for is not there."""
        return self._has_status(error, 404) and not self._is_from_another(error)

    def _has_status(self, error: Exception, status: int) -> bool:
        return isinstance(error, self._refusal) and error.status_code == status

    def _is_from_another(self, error: Exception) -> bool:
        """Whether another program answers at the address, as one that stands in front of a server that is down."""
        return isinstance(error, self._refusal) and error.status_code in {200, 404} and isinstance(error.body, str)

    def say(self, text: str) -> None:
        """Tells the run's listener."""
        self._listener.say(text)

    def pause(self, seconds: float) -> None:
        """Waits so many seconds."""
        self._sleep(seconds)

    def _is_passing(self, error: Exception) -> bool:
        """Whether the server, or the way to it, may recover by itself."""
        import httpx

        if isinstance(error, self._refusal):
            return (
                self._is_from_another(error)
                or error.status_code is None
                or error.status_code >= 500
                or error.status_code in _BUSY
            )
        # what the SDK makes of another program's answer when it asks for a new access token is not even an ApiError
        return isinstance(error, httpx.TransportError | json.JSONDecodeError)

    def _say_away(self, error: Exception) -> None:
        if not self._away:
            self._listener.say(f"Label Studio at {self.url} does not answer ({_short(error)}): waiting for it; nothing is lost")
        self._away = True

    def _nobody(self, error: Exception) -> str:
        return (
            f"{_PARAMETER}: no Label Studio answers at {self.url} ({_short(error)}): start it (label-studio start), or correct "
            "the address, then run the same command again"
        )

    def _refuse(self, error: Exception) -> NoReturn:
        """Raises what `error`, a refusal, means to the user; another error is a bug and stays what it is."""
        if not isinstance(error, self._refusal):
            raise error
        if error.status_code in {401, 403}:
            raise ParameterError(
                f"{TOKEN}: Label Studio at {self.url} refuses the token ({_detail(error.body)}): {_HELP}"
            ) from None
        raise DataError(
            f"Label Studio at {self.url} refused a request (status {error.status_code}): {_detail(error.body)}; what people "
            "labelled is kept: correct it there, then run the same command again"
        ) from None


def _short(error: Exception) -> str:
    """Kind or status alone: what an error says of itself may hold the headers of the request."""
    return f"status {error.status_code}" if hasattr(error, "status_code") else type(error).__name__


def _detail(body: Any) -> str:
    """What the server says, in one line."""
    said = body.get("validation_errors") or body.get("detail", body) if isinstance(body, dict) else body
    text = " ".join(str(said).split())
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]} …"
