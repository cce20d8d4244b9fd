"""Names in parameter files → what they stand for.

A plug-in registers itself under a name; a parameter file holds that name and nothing else, never an import path. Other
packages add theirs through entry points. Unknown names are answered with the nearest known ones, and `params` are checked
against the plug-in's own signature, as strictly as any other parameter.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from importlib.metadata import entry_points
from itertools import islice
from types import SimpleNamespace
from typing import Any, Generic, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError

from utils.errors import ParameterError

T = TypeVar("T", bound=Callable[..., Any])
MOST_GUESSED = 20
"""Unknown names that get a guess what was meant: more of them are not shown anyway, and each takes a while."""
_LONGEST_GUESSED = 100
_MOST_COMPARED = 10_000
"""Known names that are looked at for one that was meant; hostile ones take a millisecond each."""


class Registry(Generic[T]):
    """All plug-ins of one kind; the modules of `package` and the entry points of `group` fill it at first use."""

    def __init__(self, kind: str, package: str, group: str, leave_out: tuple[str, ...] = ()) -> None:
        """`kind` names the plug-ins in messages; the modules `leave_out` of `package` hold none and are not imported."""
        self.kind = kind
        self._package = package
        self._group = group
        self._leave_out = leave_out
        self._entries: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Decorator that files a class or a build function under `name`."""

        def decorate(plugin: T) -> T:
            if self._entries.setdefault(name, plugin) is not plugin:
                raise ValueError(f"two plug-ins are registered as {self.kind} {name!r}")
            return plugin

        return decorate

    @cached_property
    def _loaded(self) -> dict[str, T]:
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            if module.name not in self._leave_out:
                importlib.import_module(f"{self._package}.{module.name}")
        for entry_point in _entry_points().select(group=self._group):
            entry_point.load()
        return dict(sorted(self._entries.items()))

    def names(self) -> list[str]:
        """All known names, sorted."""
        return list(self._loaded)

    def get(self, name: str) -> T:
        """What is registered as `name`.

        Raises:
            ParameterError: no such plug-in; the message offers the nearest names.
        """
        try:
            return self._loaded[name]
        except KeyError:
            raise ParameterError(self.unknown(name)) from None

    def unknown(self, name: str) -> str:
        """The sentence that answers an unknown `name`."""
        known = ", ".join(self.names()) or "none in this version"
        return f"there is no {self.kind} {name!r}{did_you_mean(name, self.names())}; known: {known}"

    def problems(self, name: str, params: Mapping[str, Any]) -> list[str]:
        """What is wrong with `name` and the `params` given to it, one sentence each; empty when all is well."""
        if name not in self._loaded:
            return [self.unknown(name)]
        known = self._parameters(name)
        wrong = [key for key in params if key not in known]
        problems = [
            f"{self.kind} {name!r} has no parameter {key!r}{did_you_mean(key, known)}; it takes: {', '.join(known) or 'none'}"
            for key in wrong[:MOST_GUESSED]
        ]
        problems += [f"{self.kind} {name!r} has no parameter {key!r}" for key in wrong[MOST_GUESSED:]]
        plugin = self._loaded[name]
        annotations = SimpleNamespace(__annotations__={key: parameter.annotation for key, parameter in known.items()})
        hints = get_type_hints(annotations, _names_seen_by(plugin), include_extras=True)
        for key, parameter in known.items():
            if key not in params and parameter.default is parameter.empty:
                problems.append(f"{self.kind} {name!r}, {key}: missing")
            if key in params:
                try:
                    TypeAdapter(hints[key]).validate_json(json.dumps(params[key]), strict=True)
                except ValidationError as error:
                    problems.append(f"{self.kind} {name!r}, {key}: received {params[key]!r}; {error.errors()[0]['msg']}")
        return problems

    def takes(self, name: str) -> list[str]:
        """The parameters of what is registered as `name`."""
        return list(self._parameters(name))

    def _parameters(self, name: str) -> dict[str, inspect.Parameter]:
        signature = inspect.signature(self._loaded[name])
        return {key: parameter for key, parameter in signature.parameters.items() if parameter.kind is parameter.KEYWORD_ONLY}


@cache
def _entry_points() -> Any:
    """Of all installed packages, which are read once: that takes a while."""
    return entry_points()


def _names_seen_by(plugin: Callable[..., Any]) -> dict[str, Any]:
    """The names in the module that wrote the signature of `plugin`: for a class, that of the constructor it has or inherits."""
    function = vars(next(base for base in plugin.__mro__ if "__init__" in vars(base))) if isinstance(plugin, type) else {}
    return getattr(function.get("__init__", plugin), "__globals__", {})


def did_you_mean(name: str, known: Mapping[str, Any] | list[str]) -> str:
    """`; did you mean …?` when something near `name` is known, in whatever case, otherwise nothing."""
    spellings: dict[str, list[str]] = {}
    for one in islice(known, _MOST_COMPARED):
        spellings.setdefault(one.lower(), []).append(one)
    near = difflib.get_close_matches(name[:_LONGEST_GUESSED].lower(), spellings, n=2, cutoff=0.6)
    offered = [one for folded in near for one in spellings[folded]][:2]
    return f"; did you mean {' or '.join(offered)}?" if offered else ""
