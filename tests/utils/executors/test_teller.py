"""What a listener in another process is told is told on, call by call."""

from __future__ import annotations

from typing import Any

import pytest

from utils.executors.base import Listener
from utils.executors.teller import Teller

RECORD = {"round": 3, "stats": {"accuracy": 0.5}, "selected": [[1, "a", 0.5, 2, "truth"]], "type": "round"}
TOLD = {"round": 3, "stats": {"accuracy": 0.5}}


@pytest.mark.parametrize(
    ("method", "arguments", "told"),
    [
        ("start_run", ("a", 2), ("a", 2)),
        ("round_done", ("a", RECORD), ("a", TOLD)),
        ("end_run", ("a", RECORD, "done"), ("a", TOLD, "done")),
        ("fail_run", ("a", "why"), ("a", "why")),
        ("progress", ("features", 1, 2), ("features", 1, 2)),
        ("say", ("a word", "red"), ("a word", "red")),
        ("say", ("a word",), ("a word", "")),
    ],
)
def test_a_call_is_told_on_by_its_name(method: str, arguments: tuple[Any, ...], told: tuple[Any, ...]) -> None:
    calls = list[tuple[str, tuple[Any, ...]]]()
    getattr(Teller(lambda *call: calls.append(call)), method)(*arguments)
    assert calls == [(method, told)]


def test_it_has_all_that_a_listener_has() -> None:
    assert {name for name in vars(Listener) if not name.startswith("_")} <= set(vars(Teller))
