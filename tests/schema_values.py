"""Values that a JSON Schema allows, and such as it does not, by a plain reading of it: none of the program's own checks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from hparams import HParams

SCHEMA = HParams.model_json_schema()
_TYPES = {"string": str, "boolean": bool, "null": type(None)}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for."""
    return SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema


def options(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas of which a value fits one."""
    schema = resolved(schema)
    return [resolved(option) for option in schema.get("anyOf", [schema])]


def fits(value: Any, schema: dict[str, Any]) -> bool:  # noqa: PLR0911
    """Whether `value` is what the JSON Schema describes; what an object must have besides is not looked at."""
    if "anyOf" in schema or "$ref" in schema:
        return any(fits(value, option) for option in options(schema))
    if "enum" in schema or "const" in schema:
        return value in (schema.get("enum") or [schema["const"]]) and not isinstance(value, bool)
    kind = schema.get("type")
    if kind is None:
        return True
    if kind in {"integer", "number"}:
        if isinstance(value, bool) or not isinstance(value, int if kind == "integer" else (int, float)):
            return False
        return (
            value >= schema.get("minimum", value)
            and value <= schema.get("maximum", value)
            and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
            and ("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
        )
    if kind == "array":
        right = isinstance(value, list) and schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", math.inf)
        return right and all(fits(item, schema["items"]) for item in value)
    if kind == "object":
        fields, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        return (
            isinstance(value, dict)
            and len(value) <= schema.get("maxProperties", math.inf)
            and all(fits(inner, fields[key]) for key, inner in value.items() if key in fields)
            and all(fits(inner, others) for key, inner in value.items() if isinstance(others, dict) and key not in fields)
        )
    if kind == "string" and isinstance(value, str):
        right = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", math.inf)
        return right and bool(re.search(schema.get("pattern", ""), value))
    return _TYPES[kind] is type(value)


def candidates(schema: dict[str, Any]) -> Iterator[Any]:
    """Values of every kind, and those at and beyond each bound."""
    yield from (None, True, False, "", "zzz", "5", [], [None], [True], ["a", 1], {}, {"zzz": 1}, -1, 0, 0.5, 1.0, 1e300, -1e300)
    yield from (2**31, 2**63, 2**70, [2**63], float("nan"), float("inf"), float("-inf"), [float("nan")], [-1], ["zzz", "zzz"])
    for option in options(schema):
        for part in (option, option.get("items", {})):
            for bound in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
                if bound in part:
                    yield from (part[bound] - 1, part[bound] + 1, part[bound], str(part[bound]), float(part[bound]) + 0.5)
                    yield from ([part[bound] - 1], [part[bound] + 1])
        if "maxLength" in option:
            yield "x" * (option["maxLength"] + 1)
        if "maxItems" in option:
            yield [example(option["items"])] * (option["maxItems"] + 1)
        yield from (text + "x" for text in option.get("enum", ()))


def example(schema: dict[str, Any]) -> Any:
    """One value that fits."""
    schema = options(schema)[0]
    if "enum" in schema or "const" in schema:
        return (schema.get("enum") or [schema["const"]])[0]
    kind = schema.get("type")
    if kind in {"integer", "number"}:
        low, high = (
            schema.get("minimum", schema.get("exclusiveMinimum", 0)),
            schema.get("exclusiveMaximum", schema.get("maximum")),
        )
        return low + 1 if kind == "integer" or high is None else (low + high) / 2
    if kind == "array":
        return [example(schema["items"])] * schema.get("minItems", 0)
    if kind == "object":
        return {name: example(schema["properties"][name]) for name in schema.get("required", ())}
    if kind == "string":
        return "0" * 64 if "pattern" in schema else "x" * max(1, schema.get("minLength", 0))
    return {"boolean": True}.get(str(kind))


def places(schema: dict[str, Any] = SCHEMA, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every field, also of objects in fields and in lists in fields, by its path; "0" stands for the first of a list."""
    for name, field in schema.get("properties", {}).items():
        yield (*path, name), field
        for option in options(field):
            yield from places(option, (*path, name))
            yield from places(resolved(option.get("items", {})), (*path, name, "0"))


def at(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """What a parameter file holds for `value` to stand at `path`, with the other fields that its object needs."""
    holder, *inner = path
    field = SCHEMA["properties"][holder]
    return {holder: _filled(field, inner, value)}


def _filled(field: dict[str, Any], path: list[str], value: Any) -> Any:
    if not path:
        return value
    if path[0] == "0":
        (items,) = (option["items"] for option in options(field) if "items" in option)
        return [_filled(resolved(items), path[1:], value)]
    (holder,) = (option for option in options(field) if "properties" in option)
    return example(holder) | {path[0]: _filled(holder["properties"][path[0]], path[1:], value)}


def values_of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:  # noqa: PLR0911
    """A strategy of values that fit."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return st.one_of([values_of(option) for option in schema["anyOf"]])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    kind, low, high = schema.get("type"), schema.get("minimum"), schema.get("maximum")
    if kind == "integer":
        return st.integers(low, schema.get("exclusiveMaximum", 2**31) - 1 if high is None else high)
    if kind == "number":
        low, high = schema.get("exclusiveMinimum", low), schema.get("exclusiveMaximum", high)
        return st.floats(
            low, high, exclude_min="exclusiveMinimum" in schema, exclude_max="exclusiveMaximum" in schema,
            allow_nan=False, allow_infinity=False,
        )  # fmt: skip
    if kind == "array":
        return st.lists(values_of(schema["items"]), min_size=schema.get("minItems", 0), max_size=3, unique_by=repr)
    if kind == "object":
        return st.fixed_dictionaries(
            {}, optional={key: values_of(inner) for key, inner in schema.get("properties", {}).items()}
        )
    return {"string": st.text(), "boolean": st.booleans(), "null": st.none()}[str(kind)]
