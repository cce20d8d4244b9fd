"""The command that repeats a comparison: one line for each set of runs that differ in strategy and seed alone."""

from __future__ import annotations

import json
import shlex
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

NOT_PARAMETERS = frozenset(
    {"version", "parts", "classes", "environment", "hardware", "grid", "asked", "data", "split_ignores", "fold"}
)
"""What params.json holds beside parameters, or what a run was given by its batch."""
_OF_THE_MACHINE = {
    "overwrite", "executor", "ray_address", "num_workers", "gpus_per_run", "shard_scoring", "mlflow", "mlflow_uri",
}  # fmt: skip
_FIRST = ("sub_dir", "dataset", "framework_type", "random_seed")
_UNFOLDED = {"framework_type", "random_seed", "strategy_params"}
_AT_FULL_DATA = "full_data_baseline"


def parameters_of(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters among what params.json holds."""
    return {name: value for name, value in params.items() if name not in NOT_PARAMETERS}


def command(params_of_runs: Sequence[Mapping[str, Any]], *, full_data: bool = False) -> list[str]:
    """Command lines for a POSIX shell that do the same runs again, one a variant, in the order of the first run of each.

    Args:
        params_of_runs: params.json of each run; those of runs without one are empty and are left out. Written are the
            parameters under its "asked", in older ones all; never those of the machine.
        full_data: whether the runs on all labels belong to it.
    """
    variants: dict[str, list[dict[str, Any]]] = {}
    for params in params_of_runs:
        if params:
            found = {name: value for name, value in parameters_of(params).items() if name not in _OF_THE_MACHINE}
            shared = {name: value for name, value in found.items() if name not in {*_UNFOLDED, _AT_FULL_DATA}}
            variants.setdefault(_json(shared), []).append(found)
    asked = {name for params in params_of_runs for name in _asked(params)}
    return [_line(runs, asked, full_data) for runs in variants.values()]


def _asked(params: Mapping[str, Any]) -> Iterable[str]:
    """Names of the parameters that were not left at their defaults; of all where the run did not write them down."""
    names = params.get("asked")
    return (name for name in names if isinstance(name, str)) if isinstance(names, list) else params


def _line(runs: Sequence[Mapping[str, Any]], asked: Container[str], full_data: bool) -> str:
    values = dict(runs[0])
    values["framework_type"] = _one_or_list([run.get("framework_type") for run in runs], str)
    values["random_seed"] = _one_or_list([run.get("random_seed") for run in runs], int)
    own = {str(run.get("framework_type")): run["strategy_params"] for run in runs if run.get("strategy_params")}
    if own:
        values["strategy_params"] = own if isinstance(values["framework_type"], list) else next(iter(own.values()))
    if full_data:
        values[_AT_FULL_DATA] = True
    names = [*_FIRST, *(name for name in values if name not in _FIRST)]
    written = [
        f"--{name}={values[name] if isinstance(values[name], str) else _json(values[name])}"
        for name in names
        if not _is_off(values.get(name)) and (name in asked or name in _FIRST or (full_data and name == _AT_FULL_DATA))
    ]
    return shlex.join(["python", "framework.py", *written])


def _is_off(value: Any) -> bool:
    """Whether it says nothing, as None and an object such as "stop" do that holds nothing else."""
    return value is None or (isinstance(value, dict) and bool(value) and all(one is None for one in value.values()))


def _one_or_list(values: Sequence[Any], kind: type) -> Any:
    distinct = list(dict.fromkeys(value for value in values if isinstance(value, kind)))
    return distinct if len(distinct) > 1 else next(iter(distinct), None)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
