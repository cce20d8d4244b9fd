"""From the lists of a parameter file to the cells of a grid, each with single values, and from a cell to its name.

Selection engines, seeds, thresholds and folds unfold within a cell (see `single_runs`), for these share data and learning
engine; every other list multiplies the cells. The parameters are an instance of `HParams`, which no module of utils/ may
import.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import product
from typing import Any

from pydantic import ValidationError

from utils.constraints import sentences
from utils.registry import did_you_mean

AXES = ("dataset", "model", "num_select_per_round", "hist_sel_mode")
"""Parameters that may be lists themselves; any other varies through `grid`."""
_OWN_LISTS = ("framework_type", "random_seed", "sel_thresholds", *AXES)
_FIXED = ("sub_dir", "mode", "run_name", "grid", "fold", "full_data_baseline", "threads")
_LONGEST = 40


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
    return (
        [_cell(hparams, dict(zip(varied, values, strict=True))) for values in product(*varied.values())]
        if varied
        else [hparams]
    )


def problems(hparams: Any) -> list[str]:
    """What is wrong with the lists, and with values in them, one sentence each."""
    model, varied = type(hparams), axes(hparams)
    found = []
    for name in hparams.grid:
        if name not in model.model_fields:
            found.append(f"grid.{name}: unknown parameter{did_you_mean(name, list(model.model_fields))}")
        elif name in _OWN_LISTS:
            found.append(f"grid.{name}: give the list to {name} itself")
        elif name in _FIXED or not model.model_fields[name].json_schema_extra["changes_results"]:
            found.append(f"grid.{name}: is the same for all runs; leave it out")
    for name, values in varied.items():
        texts = [json.dumps(value, sort_keys=True) for value in values]
        if len(set(texts)) < len(texts):
            found.append(f"{_place(name)}: received {_shown(values)}; each value may stand there once")
    if found:
        return found
    try:
        cells(hparams)
    except ValidationError as error:
        return sentences(error, model)
    return []


def _cell(hparams: Any, point: Mapping[str, Any]) -> Any:
    varied = {name: values for name, values in axes(hparams).items() if len(values) > 1}
    parts = [f"{name}_{_slug(point[name], varied[name])}" for name in varied]
    changes: dict[str, Any] = {"grid": {}, "run_name": "_".join(filter(None, [hparams.run_name, *parts])) or None}
    if "dataset" in varied:
        changes |= _of_data_set(hparams, point["dataset"])
    values = hparams.model_dump() | point | changes
    cell = type(hparams).model_validate(values, context={"each_alone": True})
    cell.point.update({name: point[name] for name in varied})
    return cell


def _of_data_set(hparams: Any, name: str) -> dict[str, Any]:
    """Of several data sets each has a folder of its name, and may have parameters under its name."""
    params = hparams.data_params
    own = params.get(name, {}) if any(one in params for one in hparams.dataset) else params
    return {"data_dir": str(hparams.data_folder() / name), "data_params": own}


def _slug(value: Any, others: list[Any]) -> str:
    """`value` as a part of a folder's name; numbered where that would not tell it from the others."""
    plain = [_plain(other) for other in others]
    own = _plain(value)
    return own if own and plain.count(own) == 1 else f"{own}-{others.index(value) + 1}".strip("-")


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", text)[:_LONGEST].strip("-.")


def _place(name: str) -> str:
    return name if name in AXES else f"grid.{name}"


def _shown(values: list[Any]) -> str:
    text = json.dumps(values, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
