"""Pickles read as data: numbers, texts, lists and arrays come out, and nothing that a file names is imported or called.

Keras' IMDB and Reuters sets and the CIFAR batches are pickles, and whoever unpickles a file runs whatever code it asks for.
This module follows the stream itself, opcode by opcode, and knows the opcodes of plain data alone. What the few names mean
that stand in pickles of NumPy's arrays, `inert_names.py` tells; any other name, and any other opcode, is refused.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from utils.data.inert_names import KnownName, RefusedError, Unfinished, known_name, tuple_of, without_names

_RUN = re.compile(rb"(?:K.|M..)++", re.DOTALL)
_TOKEN = re.compile(rb"K.|M..", re.DOTALL)
_DAMAGED = (
    IndexError, KeyError, TypeError, AttributeError, OverflowError, MemoryError, RecursionError, ValueError,
)  # fmt: skip
"""What an opcode raises that does not find what it needs."""
_LONGEST_REASON = 500
"""Characters; some of Python's own messages quote all of a line."""
_KEYS = {str, bytes, int, float, bool, type(None)}
"""Types of the keys of dictionaries; a deeply nested tuple would exhaust the C stack that its hash is computed on."""


_MOST_ARRAYS_OF_OBJECTS = 100
"""Data sets have two or four; taking apart arrays that lie in lists in arrays of any depth would exhaust the C stack."""


def read_inert_pickle(stream: bytes) -> Any:
    """What a pickle of plain data holds; of protocols 0 to 4, written by Python 2 or 3.

    Args:
        stream: the pickle; texts of Python 2 come out as bytes.

    Returns:
        None, bool, int, float, str, bytes, and lists, tuples and dicts of them; arrays of numbers, and arrays of objects that
        hold any of these.

    Raises:
        ValueError: the stream is cut, damaged, or holds anything else; names the byte, and the opcode or global.
    """
    reader = _Reader(stream)
    try:
        return reader.read()
    except RefusedError as error:
        raise ValueError(f"byte {reader.position:,}: {error}") from None
    except _DAMAGED as error:
        reason = f"{type(error).__name__}: {str(error)[:_LONGEST_REASON]}"
        raise ValueError(f"byte {reader.position:,}: cut or damaged ({reason})") from None


class _Numbers(dict[bytes, int]):
    """Opcode with its argument → small number, remembered: equal numbers become one object."""

    def __missing__(self, token: bytes) -> int:
        number = self[token] = int.from_bytes(token[1:], "little")
        return number


_NUMBERS = _Numbers()


class _Reader:
    """The machine that a pickle is a program for: a stack, a stack of stacks that marks open, and a memory."""

    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.position = 0
        self.stack: list[Any] = []
        self.outer: list[list[Any]] = []
        self.memory: dict[int, Any] = {}
        self.unfinished = 0
        """Arrays and number types on the stack whose state is yet to come."""
        self.arrays_of_objects = 0

    def read(self) -> Any:
        """Follows the opcodes up to the one that says stop."""
        while (opcode := self.take(1)) != b".":
            if opcode not in _OPCODES:
                raise RefusedError(f"the opcode {opcode!r} is not one of plain data")
            _OPCODES[opcode](self)
        (result,) = without_names(self.stack)
        if self.unfinished or self.outer:
            raise RefusedError("ends before its content is complete")
        return result

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        if not 0 <= size <= len(self.stream) - self.position:
            raise RefusedError(f"cut: {size:,} more bytes were expected")
        self.position += size
        return self.stream[self.position - size : self.position]

    def number(self, form: str) -> int:
        """The next number, in the form that `struct` calls so."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self) -> str:
        """The text up to the next newline, which is passed over."""
        return self.raw_line().decode("ascii")

    def raw_line(self) -> bytes:
        """The bytes up to the next newline, which is passed over."""
        line = self.take(self.stream.index(b"\n", self.position) - self.position)
        self.position += 1
        return line

    def marked(self) -> list[Any]:
        """What was put on the stack since the last mark, which goes."""
        items, self.stack = self.stack, self.outer.pop()
        return items

    def top(self, kind: type) -> Any:
        """The top of the stack, which must be a container of this kind."""
        if type(self.stack[-1]) is not kind:
            raise RefusedError(f"fills a {type(self.stack[-1]).__name__} as if it were a {kind.__name__}")
        return self.stack[-1]

    def remember(self, place: int) -> None:
        self.memory[place] = self.stack[-1]

    def recall(self, place: int) -> None:
        """Puts on the stack what was remembered; an unfinished array gets no second reference, so no list can hold one."""
        thing = self.memory[place]
        if isinstance(thing, Unfinished):
            if thing.result is None:
                raise RefusedError("an array holds itself")
            thing = thing.result
        self.stack.append(thing)

    def small_numbers(self) -> None:
        """All small numbers in a row at once: a text of a word list is hundreds of them."""
        run = _RUN.match(self.stream, self.position - 1)
        if run is None:
            raise RefusedError("cut: a number was expected")
        self.position = run.end()
        self.stack += map(_NUMBERS.__getitem__, _TOKEN.findall(run[0]))

    def set_items(self, items: list[Any]) -> None:
        """Fills the dictionary on top of the stack with keys and values that take turns."""
        if not _KEYS.issuperset(map(type, items[::2])):
            raise RefusedError("a dictionary has a key that is neither a text nor a number")
        without_names(items)
        self.top(dict).update(zip(items[::2], items[1::2], strict=True))

    def name(self, module: str, name: str) -> None:
        self.stack.append(known_name(module, name))

    def reduce(self) -> None:
        """Puts on the stack what the function there would return for the arguments above it."""
        arguments, function = self.stack.pop(), self.stack.pop()
        if not isinstance(function, KnownName):
            raise RefusedError(f"calls a {type(function).__name__}, which is not plain data")
        result = function.call(*arguments)
        self.unfinished += isinstance(result, Unfinished)
        self.stack.append(result)

    def build(self) -> None:
        """Completes what is on the stack by the state above it."""
        state, thing = self.stack.pop(), self.stack.pop()
        if not isinstance(thing, Unfinished):
            raise RefusedError(f"sets the state of a {type(thing).__name__}, which is not plain data")
        thing.result = thing.finish(*state)
        self.arrays_of_objects += isinstance(thing.result, np.ndarray) and thing.result.dtype.hasobject
        if self.arrays_of_objects > _MOST_ARRAYS_OF_OBJECTS:
            raise RefusedError(f"holds more than {_MOST_ARRAYS_OF_OBJECTS} arrays of objects")
        self.unfinished -= 1
        self.stack.append(thing.result)


def _integer_line(reader: _Reader) -> int | bool:
    text = reader.line()
    return text == "01" if text in {"00", "01"} else int(text)


def _quoted_line(reader: _Reader) -> bytes:
    """A text of Python 2, as its `repr` wrote it."""
    line = reader.raw_line().strip()
    if len(line) < 2 or line[:1] + line[-1:] not in {b"''", b'""'}:
        raise RefusedError("a text without quotation marks")
    return codecs.escape_decode(line[1:-1])[0]


def _long(reader: _Reader, form: str) -> int:
    return int.from_bytes(reader.take(reader.number(form)), "little", signed=True)


def _constant(make: Callable[[], Any]) -> Callable[[_Reader], None]:
    return lambda reader: reader.stack.append(make())


def _value(make: Callable[[_Reader], Any]) -> Callable[[_Reader], None]:
    return lambda reader: reader.stack.append(make(reader))


def _bytes(form: str) -> Callable[[_Reader], None]:
    return _value(lambda reader: reader.take(reader.number(form)))


def _unicode(form: str) -> Callable[[_Reader], None]:
    return _value(lambda reader: str(reader.take(reader.number(form)), "utf-8", "surrogatepass"))


def _tuple(size: int) -> Callable[[_Reader], None]:
    def collect(reader: _Reader) -> None:
        if len(reader.stack) < size:
            raise RefusedError(f"cut: a tuple of {size} was expected")
        reader.stack[-size:] = [tuple_of(reader.stack[-size:])]

    return collect


def _of_marked(make: Callable[[list[Any]], Any]) -> Callable[[_Reader], None]:
    def collect(reader: _Reader) -> None:
        items = reader.marked()
        reader.stack.append(make(items))

    return collect


def _append(reader: _Reader) -> None:
    item = reader.stack.pop()
    reader.top(list).extend(without_names([item]))


def _extend(reader: _Reader) -> None:
    items = reader.marked()
    reader.top(list).extend(without_names(items))


def _dictionary(reader: _Reader, items: list[Any]) -> None:
    reader.stack.append({})
    reader.set_items(items)


def _last_two(reader: _Reader) -> list[Any]:
    second, first = reader.stack.pop(), reader.stack.pop()
    return [first, second]


def _mark(reader: _Reader) -> None:
    reader.outer.append(reader.stack)
    reader.stack = []


_OPCODES: dict[bytes, Callable[[_Reader], Any]] = {
    b"\x80": lambda reader: reader.take(1),
    b"\x95": lambda reader: reader.take(8),
    b"(": _mark,
    b"0": lambda reader: reader.stack.pop(),
    b"1": _Reader.marked,
    b"N": _constant(lambda: None),
    b"\x88": _constant(lambda: True),
    b"\x89": _constant(lambda: False),
    b"]": _constant(list),
    b"}": _constant(dict),
    b")": _constant(tuple),
    b"I": _value(_integer_line),
    b"J": _value(lambda reader: reader.number("<i")),
    b"K": _Reader.small_numbers,
    b"M": _Reader.small_numbers,
    b"L": _value(lambda reader: int(reader.line().removesuffix("L"))),
    b"\x8a": _value(lambda reader: _long(reader, "<B")),
    b"\x8b": _value(lambda reader: _long(reader, "<i")),
    b"F": _value(lambda reader: float(reader.line())),
    b"G": _value(lambda reader: reader.number(">d")),
    b"S": _value(_quoted_line),
    b"T": _bytes("<i"),
    b"U": _bytes("<B"),
    b"B": _bytes("<I"),
    b"C": _bytes("<B"),
    b"\x8e": _bytes("<Q"),
    b"V": _value(lambda reader: reader.raw_line().decode("raw-unicode-escape")),
    b"X": _unicode("<I"),
    b"\x8c": _unicode("<B"),
    b"\x8d": _unicode("<Q"),
    b"l": _of_marked(without_names),
    b"t": _of_marked(tuple_of),
    b"d": lambda reader: _dictionary(reader, reader.marked()),
    b"\x85": _tuple(1),
    b"\x86": _tuple(2),
    b"\x87": _tuple(3),
    b"a": _append,
    b"e": _extend,
    b"s": lambda reader: reader.set_items(_last_two(reader)),
    b"u": lambda reader: reader.set_items(reader.marked()),
    b"p": lambda reader: reader.remember(int(reader.line())),
    b"q": lambda reader: reader.remember(reader.number("<B")),
    b"r": lambda reader: reader.remember(reader.number("<I")),
    b"\x94": lambda reader: reader.remember(len(reader.memory)),
    b"g": lambda reader: reader.recall(int(reader.line())),
    b"h": lambda reader: reader.recall(reader.number("<B")),
    b"j": lambda reader: reader.recall(reader.number("<I")),
    b"c": lambda reader: reader.name(reader.line(), reader.line()),
    b"\x93": lambda reader: reader.name(*_last_two(reader)),
    b"R": _Reader.reduce,
    b"b": _Reader.build,
}
