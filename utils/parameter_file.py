"""Reads a parameter file: JSON with `#` and `//` comments and trailing commas, as strictly as a hostile file demands.

Comments and trailing commas are blanked in place, so line and column in a message are those of the file. What plain JSON
parsers let through (duplicate keys, endless nesting, lone surrogates) is refused with a sentence; of NaN and 1e999 the
parameters themselves complain, together with all else that is wrong with them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from utils.errors import ParameterError

_MAX_BYTES, _MAX_DIGITS, _MAX_LEVELS = 1 << 20, 400, 50
_TOO_DEEP = "nested too deeply: a parameter file is a flat JSON object"
_TEXT = r'"(?:\\[^\n]|[^"\\\n])*"?'
_TOKENS = re.compile(rf"{_TEXT}|(?:#|//)[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"({_TEXT}|[\[{{,:]\s*,)|,(?=\s*[}}\]])")


def read_parameter_file(path: Path) -> dict[str, Any]:
    """The JSON object in `path` as a dictionary.

    Raises:
        ParameterError: the file is missing, too large, not UTF-8 text, not valid JSON, or holds no object.
    """
    try:
        if path.is_fifo():  # reading would wait until somebody writes to it
            raise ValueError("it is a pipe")
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ParameterError(f"cannot read it: {reason}; expected a JSON file, see params/quickstart.json", str(path)) from None
    if len(data) > _MAX_BYTES:
        raise ParameterError(f"larger than {_MAX_BYTES:,} bytes: a parameter file is a short JSON object", str(path))
    try:
        return parse_parameters(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ParameterError(f"not UTF-8 text (byte {error.start}): save it as UTF-8", str(path)) from None
    except ValueError as error:
        raise ParameterError(str(error), str(path)) from None


def parse_parameters(text: str) -> dict[str, Any]:
    """The JSON object written in `text`.

    Raises:
        ValueError: a sentence with line and column where there is one.
    """
    plain = _TOKENS.sub(_blank_comment, text)
    plain = _TRAILING_COMMA.sub(lambda match: match[1] or " ", plain)
    try:
        value = json.loads(
            plain,
            object_pairs_hook=_unique_keys,
            parse_int=_short_integer,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except UnicodeEncodeError:
        raise ValueError("holds half a surrogate pair (\\ud800 … \\udfff): write the character itself") from None
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object {{…}}, received {type(value).__name__}")
    _check_depth(value)
    return value


def _check_depth(value: dict[str, Any]) -> None:
    """Refuses objects and lists inside one another that others, who take fewer levels than JSON, could not look through."""
    inner: list[Any] = [value]
    for _ in range(_MAX_LEVELS + 1):
        outer = [one.values() if isinstance(one, dict) else one for one in inner if isinstance(one, dict | list)]
        inner = [one for several in outer for one in several]
    if inner:
        raise ValueError(_TOO_DEEP)


def _blank_comment(match: re.Match[str]) -> str:
    token = match[0]
    closed = not token.startswith("/*") or (len(token) >= 4 and token.endswith("*/"))
    return token if token.startswith('"') or not closed else re.sub(r"[^\n]", " ", token)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"the key {key!r} stands twice: keep one")
        result[key] = value
    return result


def _short_integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(text):,} digits, {text[:20]}…: nothing here takes more than {_MAX_DIGITS}")
    return int(text)
