"""The params.json of a run, with nothing in it that its readers would have to doubt.

A folder may be copied, cut or edited. What is not of its type counts as absent here, once, so that no reader has to ask; a
value that no text or number of this project can hold becomes one that can be written.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from utils import reading

PARTS = ("pool", "validation", "test")
"""The order of the sizes in `sizes_of_parts`."""
_LARGEST_SIZE, _LARGEST_INTEGER = 2**53, 2**128


def read_params(path: Path, told: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The parameters of a run, without those of a wrong type; empty when the file cannot be read.

    Args:
        path: of params.json.
        told: what the journal beside it says of some of them, which counts.
    """
    try:
        params = json.loads(reading.read_text(path, reading.LARGEST_SMALL))
        known = {**params, **(told or {})} if isinstance(params, dict) else {}
        return {_writable(name): _writable(value) for name, value in known.items() if _is_right(name, value)}
    except (OSError, ValueError, RecursionError):
        return {}


def sizes_of_parts(params: Mapping[str, Any]) -> tuple[int, ...] | None:
    """Sizes of pool, validation and test part; None when `params` do not say."""
    sizes = tuple(params.get("parts", {}).get(part) for part in PARTS)
    return None if None in sizes or not sizes[0] else sizes


def without_dataset(variant: str, params: Mapping[str, Any]) -> str:
    """`variant` without the part `dataset_<name>` that a grid of several data sets gave it, so that they can be matched.

    In a part of a name, as `utils.grid.parts` makes it, no "_" follows that behind the parameter; the last such part is the
    grid's, for what the user named stands before.
    """
    if "dataset" not in params.get("grid", {}):
        return variant
    found = list(re.finditer(r"(?:^|(?<=_))dataset_[^_/]+(?:_|$)", variant))
    return (variant[: found[-1].start()] + variant[found[-1].end() :]).removesuffix("_") if found else variant


def _writable(value: Any) -> Any:
    """`value` from JSON, without halves of characters and without numbers that no parameter can be."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_writable(name): _writable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_writable(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return None if isinstance(value, int) and abs(value) > _LARGEST_INTEGER else value


def _is_right(name: str, value: Any) -> bool:
    return name not in _RIGHT or _RIGHT[name](value)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable()


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _are_sizes(value: Any) -> bool:
    return isinstance(value, dict) and all(type(one) is int and 0 <= one < _LARGEST_SIZE for one in value.values())


def _are_fingerprints(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


_RIGHT: Mapping[str, Callable[[Any], bool]] = {
    "dataset": _is_name,
    "checkpoint_on": _is_name,
    "grid": _is_mapping,
    "environment": _is_mapping,
    "hardware": _is_mapping,
    "parts": _are_sizes,
    "data": _are_fingerprints,
    "classes": _are_texts,
    "asked": _are_texts,
    "split_ignores": _are_texts,
}
"""Name → whether a value is of its type, for what is read without a further question."""
