"""What a parameter allows, in words, and what was wrong with a value, in a sentence.

Both are read off the pydantic model's own JSON Schema, so the check, its message, the help and README's table cannot
disagree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from utils.registry import did_you_mean

_NOT_FINITE, _TOO_MANY = "not_finite", "too_many"


@cache
def _schema_of(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def allowed(model: type[BaseModel], name: str) -> str:
    """The values that the parameter `name` of `model` takes, in words."""
    schema = _schema_of(model)
    return _in_words(schema["properties"][name], schema.get("$defs", {}))


def sentences(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One sentence for each parameter that `error` complains of: name, what was received, what is allowed."""
    found: dict[str, str] = {}
    unknown = 0
    for problem in error.errors(include_url=False):
        path = [_cut(str(part)) for part in problem["loc"]]
        if not path:
            found[str(len(found))] = problem["msg"].removeprefix("Value error, ").replace("\n", "\n  ")
        elif problem["type"] == "extra_forbidden":
            unknown += 1
            found[".".join(path)] = _unknown(path, model) if unknown <= 20 else f"{'.'.join(path)}: unknown parameter"
        elif problem["type"] == "too_long" and _owner(path, model) == path[0]:
            found[path[0]] = f"{path[0]}: received too many values; expected {problem['ctx']['max_length']:,} at most"
        elif _owner(path, model) not in found:
            found[_owner(path, model)] = _wrong_value(path, problem, model)
    return list(found.values())


def finite(value: Any) -> Any:
    """`value` itself, of which pydantic knows no more than that it is JSON.

    Raises:
        PydanticCustomError: a number in it, at any depth, is NaN or infinite; or it is too deep to tell.
    """
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise PydanticCustomError(_NOT_FINITE, "no number may be NaN or infinite") from None
    except RecursionError:
        raise PydanticCustomError(_NOT_FINITE, "nested too deeply") from None
    return value


def at_most(most: int) -> Callable[[Any], Any]:
    """What lets a value pass that is JSON, no deeper than `finite` looks, and holds as many values as `most` at any depth."""

    def checked(value: Any) -> Any:
        inner, count = [value], 0
        while inner:
            outer = [one.values() if isinstance(one, dict) else one for one in inner if isinstance(one, dict | list)]
            inner = [one for several in outer for one in several]
            count += len(inner)
            if count > most:
                raise PydanticCustomError(_TOO_MANY, f"{most:,} values at most, at whatever depth")
        return value

    return checked


def _owner(path: list[str], model: type[BaseModel]) -> str:
    """The parameter, or the entry of a nested object, that a problem at `path` belongs to."""
    inner = model.model_fields[path[0]].annotation
    nested = isinstance(inner, type) and issubclass(inner, BaseModel)
    return ".".join(path[: 2 if nested else 1])


def _inner(path: list[str], model: type[BaseModel]) -> type[BaseModel]:
    """The model that a problem at `path` is in: `model`, one that a parameter holds, or one in a list of such."""
    owner = model
    for part, following in pairwise(path):
        if part in owner.model_fields:
            annotation: Any = owner.model_fields[part].annotation
            while following.isdigit() and get_args(annotation):
                annotation = get_args(annotation)[0]
            owner = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else owner
    return owner


def _unknown(path: list[str], model: type[BaseModel]) -> str:
    return f"{'.'.join(path)}: unknown parameter{did_you_mean(path[-1], list(_inner(path, model).model_fields))}"


def _wrong_value(path: list[str], problem: Any, model: type[BaseModel]) -> str:
    name, owner = path[0], _inner(path, model)
    if owner is not model and path[-1] in owner.model_fields:
        wanted, at = allowed(owner, path[-1]), ".".join(path)
        if problem["type"] == "missing":
            return f"{at}: missing; expected {wanted} ({owner.model_fields[path[-1]].description})"
        return f"{at}: received {_shown(problem['input'])}; expected {wanted}"
    if problem["type"] == "missing":
        return f"{name}: missing; expected {allowed(model, name)} ({model.model_fields[name].description})"
    expected, received = allowed(model, name), problem["input"]
    is_tried = isinstance(received, str) and re.search(r"[,\[\]]|\.\.", received) and "a list of" in expected
    hint = " (a list is written as in JSON: '[1, 2]')" if is_tried else ""
    hint = f"; {problem['msg']}" if problem["type"] in {_NOT_FINITE, _TOO_MANY} else hint
    return f"{name}: received {_shown(received)}; expected {expected}{hint}"


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(type(value).__name__)
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def _in_words(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[-1]]
        return "an object with " + ", ".join(schema["properties"])
    if "anyOf" in schema:
        return " or ".join(_in_words(option, definitions) for option in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum") or [schema["const"]]
        return ("one of " if len(values) > 1 else "") + ", ".join(map(str, values))
    kind = schema.get("type")
    if kind in {"integer", "number"}:
        return " ".join(["a whole number" if kind == "integer" else "a number", _bounds(schema)]).strip()
    if kind == "array":
        items = _in_words(schema["items"], definitions).removeprefix("a ").replace("whole number", "whole numbers")
        return "a list of " + ("these" if items.startswith("one of") else items)
    if kind == "object" and isinstance(values := schema.get("additionalProperties"), dict):
        kind = f"object of {values['type']}" if values.get("type") == "array" else kind
    return {
        "object of array": "an object of lists",
        "string": "a text",
        "boolean": "true or false",
        "null": "null",
        "object": "an object",
    }.get(str(kind), "a value")


def _bounds(schema: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    shown = [f"{sign} {schema[key]:g}" for key, sign in signs.items() if key in schema and schema[key] < 2**31]
    return " and ".join(shown)
