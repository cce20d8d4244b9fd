"""What of a params.json is believed."""

import json

import pytest

from utils.saved_params import read_params, sizes_of_parts


def test_what_has_its_type_is_kept_as_it_is(tmp_path):
    params = {
        "dataset": "digits", "checkpoint_on": "validation", "grid": {"model": "cnn"}, "parts": {"pool": 5}, "asked": ["a"],
        "classes": ["a\tb"], "environment": {"threads": 2}, "hardware": {"gpus": []}, "data": {"features": "f"},
        "split_ignores": ["speaker"], "data_params": {"delimiter": "\t"}, "learning_rate": 1e-3, "big": 2**70, "none": None,
    }  # fmt: skip
    (tmp_path / "params.json").write_text(json.dumps(params))
    assert read_params(tmp_path / "params.json") == params


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('{"a": [1e999, -1e999, NaN, 1], "b": {"c": 1%s}}' % ("0" * 400), {"a": [None, None, None, 1], "b": {"c": None}}),
        ('{"a": "\\ud800", "\\udfff": 1}', {"a": "\\ud800", "\\udfff": 1}),
        ('{"a": %s}' % ("[" * 50_000 + "]" * 50_000), {}),
        ('{"a": 1%s}' % ("0" * 5000), {}),
        ("[1]", {}),
        ("", {}),
    ],
    ids=["numbers", "halves of characters", "too deep", "too long", "no mapping", "empty"],
)
def test_what_nobody_can_write_again_is_left_out(tmp_path, text, read):
    (tmp_path / "params.json").write_text(text)
    assert read_params(tmp_path / "params.json") == read


@pytest.mark.parametrize(
    ("parts", "sizes"),
    [
        ({"pool": 5, "validation": 0, "test": 2}, (5, 0, 2)),
        ({"pool": 0, "validation": 1, "test": 2}, None),
        ({"pool": 5, "test": 2}, None),
        ({}, None),
    ],
    ids=str,
)
def test_sizes_are_known_together_or_not_at_all(parts, sizes):
    assert sizes_of_parts({"parts": parts}) == sizes
    assert sizes_of_parts({}) is None
