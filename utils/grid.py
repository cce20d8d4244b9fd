"""From the lists of a parameter file to the cells of a grid, each with single values, and from a cell to its name.

Selection engines, seeds, thresholds and folds unfold within a cell (see `single_runs`), for these share data and learning
engine; every other list multiplies the cells. The parameters are an instance of `HParams`, which no module of utils/ may
import.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from pydantic import ValidationError

from utils.constraints import sentences
from utils.errors import ParameterError
from utils.registry import MOST_GUESSED, did_you_mean

AXES = ("dataset", "model", "num_select_per_round", "hist_sel_mode")
"""Parameters that may be lists themselves; any other varies through `grid`."""
_OWN_LISTS = ("framework_type", "random_seed", "sel_thresholds", *AXES)
_FIXED = ("sub_dir", "mode", "run_name", "grid", "fold", "full_data_baseline", "threads")
_LONGEST = 40
_MOST_CELLS, _MOST_RUNS = 500, 10_000


def axes(hparams: Any) -> dict[str, list[Any]]:
    """Name → values of each parameter that multiplies the cells."""
    own = {name: getattr(hparams, name) for name in AXES if isinstance(getattr(hparams, name), list)}
    return own | hparams.grid


def cells(hparams: Any) -> list[Any]:
    """One instance for each combination of values, the last axis innermost; `hparams` itself where nothing varies.

    Raises:
        ValidationError: a combination holds a value that its parameter does not allow.
    """
    varied = axes(hparams)
    if not varied:
        return [hparams]
    held = {name: [_held(hparams, {name: value})[name] for value in values] for name, values in varied.items()}
    named = {name: parts(name, values) for name, values in varied.items()}
    return [
        _cell(
            hparams,
            {name: (held[name][place], named[name][place]) for name, place in zip(varied, places, strict=True)},
            {name: varied[name][place] for name, place in zip(varied, places, strict=True)},
        )
        for places in product(*(range(len(values)) for values in varied.values()))
    ]


def parts(name: str, values: Sequence[Any]) -> list[str]:
    """Of each of the `values` of the parameter `name`, its part in the names of folders; "" where there is one value.

    The parts differ: where what can stand in a name would not tell the values apart, all are numbered.
    """
    if len(values) == 1:
        return [""]
    texts = [_plain(value) for value in values]
    if "" in texts or len({text.lower() for text in texts}) < len(texts):
        texts = [f"{text}-{number}".strip("-") for number, text in enumerate(texts, start=1)]
    return [f"{name}_{text}" for text in texts]


def checked_cells(hparams: Any) -> tuple[list[Any], list[str]]:
    """The cells, and what is wrong with the lists or with values in them, one sentence each; no cells where anything is."""
    if found := _problems_of_names(hparams) or _too_many(hparams):
        return [], found
    for name, value in ((name, value) for name, values in axes(hparams).items() for value in values):
        try:
            _held(hparams, {name: value})
        except ValidationError as error:
            found += sentences(error, type(hparams))
    if found:
        return [], list(dict.fromkeys(found))
    try:
        made = cells(hparams)
    except ValidationError as error:
        return [], sentences(error, type(hparams))
    except ParameterError as error:
        return [], [f"sub_dir: {problem}" for problem in error.problems]
    apart = len(made)
    for name, values in axes(hparams).items():
        apart //= len(values)
        of_each = [cell.model_dump(mode="json", include={name})[name] for cell in made[::apart][: len(values)]]
        if len({json.dumps(value, sort_keys=True) for value in of_each}) < len(values):
            found.append(f"{_place(name)}: received {_shown(values)}; each value may stand there once")
    return ([] if found else made), found


def _problems_of_names(hparams: Any) -> list[str]:
    model = type(hparams)
    found: list[str] = []
    for name in hparams.grid:
        if name not in model.model_fields:
            near = did_you_mean(name, list(model.model_fields)) if len(found) < MOST_GUESSED else ""
            found.append(f"grid.{name}: unknown parameter{near}")
        elif name in _OWN_LISTS:
            found.append(f"grid.{name}: give the list to {name} itself")
        elif name in _FIXED or not model.model_fields[name].json_schema_extra["changes_results"]:
            found.append(f"grid.{name}: is the same for all runs; leave it out")
    return found


def _too_many(hparams: Any) -> list[str]:
    """A sentence where the lists multiply to more than a machine could even plan."""
    lengths = {name: len(values) for name, values in axes(hparams).items()}
    shown = " · ".join(f"{name} {length:,}" for name, length in lengths.items())
    if (count := math.prod(lengths.values())) > _MOST_CELLS:
        return [f"grid: comes to {count:,} combinations ({shown}); expected {_MOST_CELLS:,} at most: shorten the lists"]
    lists = {name: getattr(hparams, name) for name in ("framework_type", "random_seed", "sel_thresholds")}
    of_cell = {name: len(values) if isinstance(values, list) else 1 for name, values in lists.items()}
    of_cell["num_folds"] = hparams.num_folds + 1 if hparams.mode == "cross_validate" and hparams.fold is None else 1
    if (count := count * math.prod(of_cell.values())) > _MOST_RUNS:
        shown = " · ".join(f"{name} {length:,}" for name, length in (lengths | of_cell).items() if length > 1)
        return [f"grid: comes to {count:,} runs ({shown}); expected {_MOST_RUNS:,} at most: shorten the lists"]
    return []


def _held(hparams: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` as the parameters of their names hold them."""
    alone = type(hparams).model_validate({"sub_dir": hparams.sub_dir, **values}, context={"each_alone": True})
    return {name: getattr(alone, name) for name in values}


def _cell(hparams: Any, chosen: Mapping[str, tuple[Any, str]], given: Mapping[str, Any]) -> Any:
    """The instance with the values in `chosen`, each with its part of the folder's name; as they were `given` they tell it."""
    name = "_".join(filter(None, [hparams.run_name, *(part for _, part in chosen.values())]))
    changes: dict[str, Any] = {name: value for name, (value, _) in chosen.items()} | {"grid": {}, "run_name": name or None}
    if isinstance(hparams.dataset, list) and len(hparams.dataset) > 1:
        changes |= _held(hparams, _of_data_set(hparams, changes["dataset"]))
    return hparams.changed(changes, {name: given[name] for name, (_, part) in chosen.items() if part})


def _of_data_set(hparams: Any, name: str) -> dict[str, Any]:
    """Of several data sets each has a folder of its name, and may have parameters under its name."""
    params = hparams.data_params
    own = params.get(name, {}) if any(one in params for one in hparams.dataset) else params
    return {"data_dir": str(hparams.data_folder() / name), "data_params": own}


def _plain(value: Any) -> str:
    """`value` as far as it can stand in the name of a folder."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", text)[:_LONGEST].strip("-.")


def _place(name: str) -> str:
    return name if name in AXES else f"grid.{name}"


def _shown(values: list[Any]) -> str:
    text = json.dumps(values, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
