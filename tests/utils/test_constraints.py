"""What a parameter allows, in words, and one sentence for each thing that is wrong."""

import math
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from utils.constraints import allowed, at_most, finite, sentences


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    rounds: Annotated[int, Field(ge=1, lt=2**31)] | None = None


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    count: int = Field(description="how many", ge=1, lt=2**31)
    share: float = Field(0.5, gt=0, lt=1)
    free: float = Field(0.0, allow_inf_nan=False)
    name: str | None = None
    kind: Literal["a", "b"] = "a"
    fixed: Literal["x"] = "x"
    flag: bool = False
    seeds: Annotated[int, Field(ge=0)] | Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)] = 1
    names: list[str] = []
    inner: Inner = Inner()
    anything: Any = None
    pairs: dict[str, Any] = {}

    _is_finite = field_validator("pairs")(finite)
    _is_short = field_validator("pairs")(at_most(6))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("count", "a whole number ≥ 1"),
        ("share", "a number > 0 and < 1"),
        ("free", "a number"),
        ("name", "a text or null"),
        ("kind", "one of a, b"),
        ("fixed", "x"),
        ("flag", "true or false"),
        ("seeds", "a whole number ≥ 0 or a list of whole numbers ≥ 0"),
        ("names", "a list of text"),
        ("inner", "an object with share, rounds"),
        ("anything", "a value"),
        ("pairs", "an object"),
    ],
)
def test_allowed_in_words(name, words):
    assert allowed(Model, name) == words


def complaints(**values):
    with pytest.raises(ValidationError) as caught:
        Model.model_validate({"count": 1} | values)
    return sentences(caught.value, Model)


def test_what_is_too_deep_to_be_looked_through():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    [found] = complaints(pairs={"a": deep})
    assert found.endswith("; expected an object; nested too deeply")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"count": 0}, "count: received 0; expected a whole number ≥ 1"),
        ({"count": True}, "count: received true; expected a whole number ≥ 1"),
        ({"count": "5"}, 'count: received "5"; expected a whole number ≥ 1'),
        ({"count": 2**31}, "count: received 2147483648; expected a whole number ≥ 1"),
        ({"share": 1}, "share: received 1; expected a number > 0 and < 1"),
        ({"share": None}, "share: received null; expected a number > 0 and < 1"),
        ({"name": 5}, "name: received 5; expected a text or null"),
        ({"kind": "ä"}, 'kind: received "ä"; expected one of a, b'),
        ({"seeds": []}, "seeds: received []; expected a whole number ≥ 0 or a list of whole numbers ≥ 0"),
        ({"seeds": "x" * 99}, f'seeds: received "{"x" * 56}…; expected a whole number ≥ 0 or a list of whole numbers ≥ 0'),
        ({"count": math.nan}, "count: received NaN; expected a whole number ≥ 1"),
        ({"free": math.nan}, "free: received NaN; expected a number"),
        ({"free": -math.inf}, "free: received -Infinity; expected a number"),
        (
            {"pairs": {"a": [1, {"b": math.inf}]}},
            'pairs: received {"a": [1, {"b": Infinity}]}; expected an object; no number may be NaN or infinite',
        ),
        (
            {"pairs": {"a": [1, {"b": 2, "c": [3]}], "d": 4}},
            'pairs: received {"a": [1, {"b": 2, "c": [3]}], "d": 4}; expected an object; 6 values at most, at whatever depth',
        ),
        ({"flag": {1, 2}}, "flag: received 'set'; expected true or false"),
        ({"inner": 5}, "inner: received 5; expected an object with share, rounds"),
        ({"inner": {"share": 2}}, "inner.share: received 2; expected a number > 0 and ≤ 1 or null"),
        ({"inner": {"shar": 2}}, "inner.shar: unknown parameter; did you mean share?"),
        ({"cuont": 2}, "cuont: unknown parameter; did you mean count?"),
        ({"zzz": 2}, "zzz: unknown parameter"),
    ],
)
def test_one_sentence(values, sentence):
    assert complaints(**values) == [sentence]


def test_as_many_values_as_there_may_be():
    assert Model(count=1, pairs={"a": [1, {"b": 2}], "d": [3]}).pairs["d"] == [3]


def test_what_is_missing_is_explained():
    with pytest.raises(ValidationError) as caught:
        Model.model_validate({})
    assert sentences(caught.value, Model) == ["count: missing; expected a whole number ≥ 1 (how many)"]


def test_one_sentence_for_each_parameter_that_is_wrong():
    found = complaints(count=0, seeds=[-1, "a"], flag=1, zzz=1)
    assert [sentence.split(":")[0] for sentence in found] == ["count", "flag", "seeds", "zzz"]


def test_everything_that_is_wrong_inside_an_object_is_named():
    found = complaints(inner={"share": 2, "rounds": 0, "zzz": 1})
    assert sorted(sentence.split(":")[0] for sentence in found) == ["inner.rounds", "inner.share", "inner.zzz"]
