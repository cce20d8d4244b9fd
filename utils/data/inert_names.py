"""What the few names mean that a pickle of plain data may hold: the parts out of which NumPy writes arrays of numbers.

A pickle calls functions by name and then sets the state of what they returned. Here such a call is looked up in a table and
its effect worked out from its arguments, all of them checked; no name is ever imported. See `inert_pickle.py`.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

_PLAIN_TYPE = re.compile(r"b1|[iu][1248]|f[248]|O[48]?", re.ASCII)
_BYTE_ORDERS = ("<", ">", "=", "|")
_SHOWN = 80
"""Characters of a text out of the pickle that a message shows."""
_MOST_AXES = 64
"""That NumPy's arrays have."""


class RefusedError(ValueError):
    """Something that may stand in a pickle, but is no plain data, or does not hang together."""


@dataclass(frozen=True)
class KnownName:
    """A name that a pickle may hold, with what a call of it gives."""

    call: Callable[..., Any]


class _Arguments(tuple[Any, ...]):
    """A tuple with a name in it: what a function is called with, and nothing else."""

    __slots__ = ()


@dataclass
class Unfinished:
    """An array or number type whose state the pickle sets next."""

    finish: Callable[..., Any]
    """State → what it is."""
    result: Any = None
    """What it is, once the state was set."""


def known_name(module: Any, name: Any) -> KnownName:
    """What `module.name` stands for, of whatever a pickle puts there.

    Raises:
        RefusedError: it is none of the few that are known, or no name at all.
    """
    full_name = f"{_text(module)}.{_text(name)}"
    if full_name not in _NAMES:
        raise RefusedError(f"names {full_name[:_SHOWN]}, which is not plain data; nothing of it was called")
    return _NAMES[full_name]


def tuple_of(items: Sequence[Any]) -> tuple[Any, ...]:
    """The tuple of what stands in a pickle; one that holds a name can be told by its type."""
    plain = without_names([item for item in items if type(item) is not KnownName])
    return tuple(plain) if len(plain) == len(items) else _Arguments(items)


def without_names(items: list[Any]) -> list[Any]:
    """The same items, which are to be the content of something.

    Raises:
        RefusedError: one is a name, or arguments with a name; it would come out with what holds it.
    """
    if not {KnownName, _Arguments}.isdisjoint(map(type, items)):
        raise RefusedError("holds a name that nothing is made of, which is not plain data")
    return items


def _text(thing: Any) -> str:
    """The text that stands where one must; of anything else only its type is looked at.

    To write, compare or hash it could take all memory, or all of the C stack: a list may hold itself many times over.

    Raises:
        RefusedError: it is something else.
    """
    if type(thing) is not str:
        raise RefusedError(f"holds a {type(thing).__name__} where a text must stand, which is not plain data")
    return thing


def _empty_array(*_arguments: Any) -> Unfinished:
    return Unfinished(_array)


def _number_type(code: Any, *_flags: Any) -> Unfinished:
    """The type with this code, such as u1; its state tells the byte order."""
    text = code.decode("ascii") if type(code) is bytes else _text(code)
    if _PLAIN_TYPE.fullmatch(text) is None:
        raise RefusedError(f"holds an array of type {text[:_SHOWN]!r}, which is not of plain numbers")
    return Unfinished(lambda _version, order, *rest: _ordered(text, order, rest[:3]))


def _ordered(code: str, order: Any, parts: tuple[Any, ...]) -> np.dtype[Any]:
    """The type `code` in the byte order `order`; `parts`, of a type that is made up of others, must be None."""
    if any(part is not None for part in parts):
        raise RefusedError(f"holds an array of type {code!r} with fields, which is not of plain numbers")
    text = order.decode("ascii") if type(order) is bytes else _text(order)
    if text not in _BYTE_ORDERS:
        raise RefusedError(f"holds an array in an unknown order of bytes, {text[:_SHOWN]!r}")
    return np.dtype("O") if code.startswith("O") else np.dtype(text.strip("|") + code)


def _array(version: Any, shape: Any, kind: Any, columns_first: Any, content: Any) -> NDArray[Any]:
    """The array with this content: bytes of numbers, or a list of objects."""
    known = type(version) is int and version == 1 and isinstance(kind, np.dtype) and type(columns_first) in {bool, int}
    if not known or not _is_shape(shape):
        raise RefusedError("holds an array in a form that is not known")
    holder, size = (list, 1) if kind.hasobject else (bytes, kind.itemsize)
    if type(content) is not holder or len(content) != math.prod(shape) * size:
        raise RefusedError(f"holds an array of shape {shape} whose content has another length")
    array: NDArray[Any]
    if kind.hasobject:
        if any(isinstance(item, np.ndarray) and item.dtype.hasobject for item in content):
            # Taken apart in the end, arrays nested a hundred thousand times would exhaust the C stack.
            raise RefusedError("holds an array of objects in an array of objects, which is not plain data")
        array = np.empty(len(content), object)
        for place, item in enumerate(content):
            array[place] = item
    else:
        array = np.frombuffer(cast("bytes", content), kind)
    return array.reshape(shape, order="F" if columns_first else "C")


def _is_shape(shape: Any) -> bool:
    """Whether it is the shape of an array that fits the memory."""
    if type(shape) is not tuple or len(shape) > _MOST_AXES:
        return False
    return all(type(length) is int and 0 <= length <= sys.maxsize for length in shape)


def _number(kind: np.dtype[Any], content: bytes) -> Any:
    """One number out of an array."""
    return _array(1, (), kind, False, content).item()


def _encoded(text: Any, encoding: Any) -> bytes:
    """Bytes in a protocol that has none."""
    if _text(encoding) != "latin1":
        raise RefusedError(f"holds bytes written as {_text(encoding)[:_SHOWN]!r}, which is not known")
    return _text(text).encode("latin1")


def _no_bytes() -> bytes:
    return b""


def _not_called(*_arguments: Any) -> Any:
    raise RefusedError("calls numpy.ndarray, which is not plain data")


_ROOTS = ("numpy.core.multiarray", "numpy._core.multiarray")
_NAMES: Mapping[str, KnownName] = {
    "numpy.ndarray": KnownName(_not_called),
    "numpy.dtype": KnownName(_number_type),
    **{f"{root}._reconstruct": KnownName(_empty_array) for root in _ROOTS},
    **{f"{root}.scalar": KnownName(_number) for root in _ROOTS},
    "_codecs.encode": KnownName(_encoded),
    "__builtin__.bytes": KnownName(_no_bytes),
}
"""The last two are how protocols before the third write bytes."""
