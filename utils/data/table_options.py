"""What a parameter file may say about the columns of a table, and which part each column then plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from utils.data.table_cells import TableCells
from utils.errors import DataError, ParameterError
from utils.registry import MOST_GUESSED, did_you_mean

_USUAL_TARGETS = ("label", "target", "class")


@dataclass(frozen=True)
class TableOptions:
    """The options that all tables share."""

    target: str | None = None
    """The column to predict; None: the only one called label, target or class, otherwise the last."""
    columns: Sequence[str] | None = None
    """The columns that a model is fed; None: all that play no other part."""
    categorical: Sequence[str] | None = None
    """Columns whose cells are categories even where they look like numbers."""
    group: str | None = None
    """The column that says which samples belong together."""
    ignore: Sequence[str] = ()
    """Columns that play no part."""


@dataclass(frozen=True)
class Roles:
    """Which part each column of one table plays."""

    target: str
    features: tuple[str, ...]
    group: str | None


def assign_roles(cells: TableCells, options: TableOptions) -> Roles:
    """The parts that the columns of `cells` play by `options`.

    Raises:
        ParameterError: an option names a column that is not there, or one column for two parts.
        DataError: no column is left to be fed to a model.
    """
    problems = _unknown_columns(cells, options)
    if problems:
        raise ParameterError(problems, "data_params")
    others = [name for name in cells.columns if name not in {*options.ignore, options.group}]
    target = options.target or _usual_target(others)
    taken = {target, options.group, *options.ignore}
    features = [name for name in cells.columns if name not in taken] if options.columns is None else list(options.columns)
    problems = [f"columns: {name!r} is the target, the group or ignored; leave it out" for name in features if name in taken]
    used = set(features)
    unused = [name for name in options.categorical or () if name not in used]
    problems += [f"categorical: {name!r} is none of the columns in use; use it, or leave it out" for name in unused]
    if options.target is not None and options.target in {options.group, *options.ignore}:
        problems.append(f"target: {target!r} is the group or ignored too; a column plays one part")
    if len(used) < len(features):
        problems.append(f"columns: received {features}; each column may stand there once")
    if problems:
        raise ParameterError(problems, "data_params")
    if not features:
        raise DataError(
            f"{cells.where}: no column is left to learn from beside the target {target!r}; it has {', '.join(cells.columns)}"
        )
    if "" in features:
        raise DataError(
            f"{cells.where}: row 1: column {list(cells.columns).index('') + 1} has no name, as where pandas writes its index; "
            'name it, remove it, or put "" into data_params.ignore'
        )
    return Roles(target, tuple(features), options.group)


def _usual_target(names: Sequence[str]) -> str:
    usual = [name for name in names if name.lower() in _USUAL_TARGETS]
    return usual[0] if len(usual) == 1 else next(reversed(names), "")


def _unknown_columns(cells: TableCells, options: TableOptions) -> list[str]:
    named = {
        "target": [options.target],
        "columns": options.columns or (),
        "categorical": options.categorical or (),
        "group": [options.group],
        "ignore": options.ignore,
    }
    known = list(cells.columns)
    shown = ", ".join(map(repr, known[:40])) + (" …" if len(known) > 40 else "")
    unknown = [
        (option, name) for option, names in named.items() for name in names if name is not None and name not in cells.columns
    ]
    problems = [
        f"{option}: {cells.where} has no column {name!r}{did_you_mean(name, known)}; it has {shown}"
        for option, name in unknown[:MOST_GUESSED]
    ]
    return problems + [f"{option}: {cells.where} has no column {name!r}" for option, name in unknown[MOST_GUESSED:]]
