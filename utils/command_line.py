"""The command line: every parameter as an option, `--param_file`, and help in groups, all read off the parameter class."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal, NoReturn

from pydantic import BaseModel

from utils.constraints import allowed
from utils.errors import ParameterError
from utils.parameter_file import parse_parameters, read_parameter_file
from utils.registry import MOST_GUESSED, did_you_mean


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ParameterError(message, "command line")


class CommandLine:
    """What the user asked for; values are not checked yet."""

    def __init__(self, model: type[BaseModel], arguments: Sequence[str], description: str, names: dict[str, list[str]]) -> None:
        """Reads `arguments`, and the parameter file where one is given; options win over the file.

        Args:
            model: the parameter class; each field has a description and a "group".
            arguments: without the program's name.
            description: the first lines of `--help`.
            names: parameter → known names, listed in its help.

        Raises:
            ParameterError: an unknown option, or a file that cannot be read.
        """
        parser = _parser(model, description, names)
        options, unknown = parser.parse_known_args(arguments)
        if unknown:
            known = [*model.model_fields, "param_file", "dry_run", "status"]
            wrong = [name for name in unknown if name.startswith("--")] or unknown
            raise ParameterError(_unknown(wrong, known), "command line")
        given = vars(options)
        dry_run, status = given.pop("dry_run"), given.pop("status")
        self.wants: Literal["run", "dry_run", "status"] = "dry_run" if dry_run else "status" if status else "run"
        path: str | None = given.pop("param_file")
        self.values: dict[str, Any] = read_parameter_file(Path(path)) if path else {}
        options_given = any(text is not None for text in given.values())
        self.where = " and ".join([*([path] if path else []), *(["command line"] if options_given or not path else [])])
        self.values |= {name: _value(text, model, name) for name, text in given.items() if text is not None}


def _unknown(options: Sequence[str], known: list[str]) -> list[str]:
    near = [did_you_mean(one.lstrip("-").partition("=")[0].replace("-", "_"), known) for one in options[:MOST_GUESSED]]
    return [f"{option}: unknown option{guess}" for option, guess in zip_longest(options, near, fillvalue="")]


def _parser(model: type[BaseModel], description: str, names: dict[str, list[str]]) -> _Parser:
    parser = _Parser(
        prog="framework.py",
        usage="python framework.py --param_file=FILE [--dry_run | --status] [--any_parameter VALUE …]",
        description=description,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--param_file", metavar="FILE", help="JSON file with the parameters below; comments are fine")
    parser.add_argument("--dry_run", action="store_true", help="print the plan and end, without training or writing anything")
    parser.add_argument("--status", action="store_true", help="list what is done, failed, stopped and missing, and end")
    for group, fields in _groups(model):
        section = parser.add_argument_group(group)
        for name in fields:
            known = f"; known: {', '.join(names[name])}" if name in names else ""
            text = f"{model.model_fields[name].description}{known} [{allowed(model, name)}{_default(model, name)}]"
            flag: dict[str, Any] = {"nargs": "?", "const": "true"} if model.model_fields[name].annotation is bool else {}
            section.add_argument(f"--{name}", metavar="VALUE", help=text.replace("%", "%%"), **flag)
    return parser


def _groups(model: type[BaseModel]) -> Iterator[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        group = str(extra["group"]) if isinstance(extra, dict) else "Parameters"
        groups.setdefault(group, []).append(name)
    yield from groups.items()


def _default(model: type[BaseModel], name: str) -> str:
    field = model.model_fields[name]
    if field.is_required() or isinstance(field.default, BaseModel):
        return ""
    return f"; default {json.dumps(field.default, ensure_ascii=False)}"


def _value(text: str, model: type[BaseModel], name: str) -> Any:
    """An option's value: JSON where it is JSON and the parameter is no plain text, otherwise the text itself."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ParameterError(f"{name}: received what is not UTF-8 text", "command line") from None
    if text != "null" and model.model_fields[name].annotation in {str, str | None}:
        return text
    try:
        [value] = parse_parameters(f'{{"value": [{text}\n]}}')["value"]
        return value
    except ValueError:
        return text
