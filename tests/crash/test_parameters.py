"""G10 in short: parameter files that nobody should have written; `python -m tests.torture parameters` does 20,000 of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from hparams import HParams
from tests.schema_values import SCHEMA, at, example, fits, places
from tests.torture.parameters import answer_named, excluded, fuzz
from utils import constraints
from utils.run_directory import changed_params

HARDEST = ["FIFO", "1 GB", "escapes in a value", "a million combinations"]


def test_a_few_hundred_mutants_are_refused_in_a_few_lines_or_mean_the_same_after_a_round_trip(tmp_path: Path) -> None:
    outcomes = fuzz(1, tmp_path, 300)
    assert outcomes["refused"] > 200
    assert outcomes["accepted"] > 5


@pytest.mark.parametrize("name", HARDEST)
def test_a_file_with_a_name_is_answered_by_a_process_of_its_own(name: str, tmp_path: Path) -> None:
    assert list(answer_named(tmp_path, [name])) == [name]


def test_every_field_has_values_that_the_table_excludes() -> None:
    assert {path for path, _ in excluded()} >= {path for path, schema in places() if schema.get("type") != "object"}
    assert {path[0] for path, _ in excluded()} == set(SCHEMA["properties"])
    assert all(fits(example(schema), schema) for _, schema in places())


def test_a_message_that_names_no_field_would_be_found(tmp_path: Path) -> None:
    with mock.patch.object(constraints, "_wrong_value", lambda *_: "something is wrong"), pytest.raises(AssertionError):
        fuzz(1, tmp_path, 20)


NESTED = [path for path, _ in places() if len(path) > 1]


@pytest.mark.parametrize("path", NESTED, ids=".".join)
def test_a_change_inside_a_nested_parameter_is_told_old_to_new(path: tuple[str, ...]) -> None:
    """Each entry of stop, annotators and pretrained; only where the weights lie may change."""
    holder = path[0]
    found = [HParams.model_validate({"sub_dir": "x"} | at(path, value), context={"each_alone": True}) for value in two_of(path)]
    before, after = (one.result_params() for one in found)
    header = {"fingerprint": {"params": before}}
    changes = changed_params(header, after)
    expected = (
        [] if path == ("pretrained", "path") else [f"{holder}: {json.dumps(before[holder])} → {json.dumps(after[holder])}"]
    )
    assert changes == expected


@pytest.mark.parametrize("name", ["strategy_params", "model_params", "data_params"])
@pytest.mark.parametrize(("old", "new"), [({}, {"a": 1}), ({"a": 1}, {"a": 2}), ({"a": {"b": [1]}}, {"a": {"b": [1, 2]}})])
def test_a_change_inside_free_parameters_is_told(name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    before, after = (HParams(sub_dir="x", **{name: value}).result_params() for value in (old, new))
    assert changed_params({"fingerprint": {"params": before}}, after) == [f"{name}: {json.dumps(old)} → {json.dumps(new)}"]


def two_of(path: tuple[str, ...]) -> list[Any]:
    """Two values that fit at `path`."""
    schema = dict(places())[path]
    values = [example(schema), "1" * 64, "y", None, 0.25, 3, [[1.0, 0.0], [0.0, 1.0]]]
    return [value for value in values if fits(value, schema)][:2]
