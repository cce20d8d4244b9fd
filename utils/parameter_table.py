"""A model's parameters for the reader: README's table and the JSON Schema, read off the fields that the checks are made of."""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic import BaseModel

from utils.constraints import allowed
from utils.errors import ParameterError


def notes_on(model: type[BaseModel], name: str) -> dict[str, Any]:
    """What is noted of the parameter `name` of `model`: its `group`, and whether it `changes_results`."""
    extra = model.model_fields[name].json_schema_extra
    return dict(extra) if isinstance(extra, dict) else {}


def plain(value: Any) -> Any:
    """A default as a plain JSON value."""
    return value.model_dump(exclude_none=True) if isinstance(value, BaseModel) else value


def table_of(model: type[BaseModel]) -> str:
    """The table of the parameters of `model`, in Markdown, a part for each group."""
    lines = []
    group = None
    for name, field in model.model_fields.items():
        if notes_on(model, name)["group"] != group:
            group = notes_on(model, name)["group"]
            lines += ["", f"**{group}**", "", "| parameter | allowed | default | meaning |", "|---|---|---|---|"]
        default = "required" if field.is_required() else f"`{json.dumps(plain(field.default), ensure_ascii=False)}`"
        lines.append(f"| `{name}` | {allowed(model, name)} | {default} | {field.description} |")
    return "\n".join(lines[1:]) + "\n"


def print_parameters(model: type[BaseModel], arguments: list[str]) -> int:
    """`--schema` prints the JSON Schema of a parameter file, `--table` README's table; the result is the exit code."""
    outputs = {
        "--schema": lambda: json.dumps(model.model_json_schema(), indent=2, ensure_ascii=False) + "\n",
        "--table": lambda: table_of(model),
    }
    if len(arguments) != 1 or arguments[0] not in outputs:
        sys.stderr.write("usage: python hparams.py --schema | --table\n")
        return ParameterError.exit_code
    sys.stdout.write(outputs[arguments[0]]())
    return 0
