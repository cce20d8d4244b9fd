"""Scripted annotators: they answer over the network as the page does, and send what was not acknowledged again."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

HEADERS = {"Content-Type": "application/json", "X-Labelling": "1"}
_PAUSE = 0.02
_TIMEOUT = 20


class Client:
    """One browser: keeps its connection and its cookies."""

    def __init__(self, port: int, given_up: threading.Event | None = None) -> None:
        """Of the server on `port`; once `given_up` is set, nothing is sent again."""
        self._place, self._given_up = ("127.0.0.1", port), given_up or threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._cookies: dict[str, str] = {}

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers with lower-case names, body; raises OSError or HTTPException when the connection breaks."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(*self._place, timeout=_TIMEOUT)
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())} if self._cookies else {}
        try:
            self._connection.request(method, path, body, cookies | (headers or {}))
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._connection = None
            raise
        for cookie in answer.headers.get_all("set-cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value.strip('"')
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content

    def post(self, what: str, body: Any) -> tuple[int, Any]:
        """Status, and the JSON of the answer."""
        status, headers, content = self.send("POST", f"/api/{what}", json.dumps(body).encode(), HEADERS)
        is_json = headers.get("content-type", "").startswith("application/json")
        return status, json.loads(content) if is_json else content.decode()

    def insist(self, what: str, body: Any) -> tuple[int, Any]:
        """As `post`, sent again until the server answers for good; no more once he is to give up."""
        while not self._given_up.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, answer = self.post(what, body)
                if status < 500:
                    return status, answer
            time.sleep(_PAUSE)
        return 0, {"question": None, "undoable": None}

    def close(self) -> None:
        """Ends the connection."""
        if self._connection:
            self._connection.close()


@dataclass
class ScriptedAnnotator:
    """Answers until nothing is left for him; mostly with a class, and now and then he skips, or takes something back.

    Attributes:
        acknowledged: key → (sample, label) of all answers that the server acknowledged and that he did not take back.
        seconds: from sending each answer to its acknowledgement.
    """

    name: str
    port: int
    seed: int
    is_fickle: bool = True
    think: float = 0.0
    """Seconds before each answer."""
    acknowledged: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def work(self, enough: threading.Event) -> None:
        """Answers until `enough` is set."""
        rng, client = random.Random(self.seed), Client(self.port, enough)
        _, state = client.insist("name", {"name": self.name})
        while not enough.is_set():
            if not state["question"]:
                time.sleep(_PAUSE)
                _, state = client.insist("look", {"active": True})
                continue
            time.sleep(self.think * rng.uniform(0.5, 1.5))
            state = self._act(rng, client, state)
        client.close()

    def _act(self, rng: random.Random, client: Client, state: Any) -> Any:
        key, sample = uuid.UUID(int=rng.getrandbits(128)).hex, state["question"]["id"]
        chance = rng.random() if self.is_fickle else 1.0
        if chance < 0.05:
            return client.insist("skip", {"id": sample, "key": key})[1]
        if chance < 0.1 and self.acknowledged:
            return self._undo(client, key)
        label = rng.choice([*state["classes"], None])
        begun = time.perf_counter()
        status, answer = client.insist("annotate", {"id": sample, "label": label, "key": key, "seconds": 1.5})
        self.seconds.append(time.perf_counter() - begun)
        if status == 200:
            self.acknowledged[key] = sample, label
        return answer

    def _undo(self, client: Client, key: str) -> Any:
        _, state = client.insist("look", {})
        last = state["undoable"]
        if last is None:
            return state
        status, answer = client.insist("undo", {"id": last["id"], "key": key})
        if status == 200 and not last["is_skip"]:
            del self.acknowledged[next(key for key, (sample, _) in self.acknowledged.items() if sample == last["id"])]
        return answer
