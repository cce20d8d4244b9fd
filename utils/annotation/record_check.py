"""What a record of the annotation log has to hold: a log that was written by hand, or by something else, is not believed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_label(value: object) -> bool:
    return value is None or _is_text(value)


def _is_time(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf)


def _are_ids(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_count, value))


_ACT: dict[str, Callable[[object], bool]] = {"id": _is_count, "by": _is_text, "key": _is_text}
_FIELDS: dict[str, dict[str, Callable[[object], bool]]] = {
    "run": {"run": _is_text},
    "annotation": _ACT | {"label": _is_label, "when": _is_text, "seconds": _is_time},
    "skip": _ACT,
    "undo": _ACT,
    "closed": {"round": _is_count, "ids": _are_ids, "ahead": lambda value: isinstance(value, bool)},
}
_MISSING = object()


def record_problem(record: Any) -> str | None:
    """What is wrong with the record in itself; None: nothing."""
    kind = record.get("type") if isinstance(record, dict) else None
    if not isinstance(kind, str) or kind not in _FIELDS:
        return f"a record of the type {kind!r}, expected {', '.join(_FIELDS)}"
    wrong = [name for name, is_good in _FIELDS[kind].items() if not is_good(record.get(name, _MISSING))]
    return f"a record of the type {kind} with {', '.join(wrong)} missing or not as it should be" if wrong else None
